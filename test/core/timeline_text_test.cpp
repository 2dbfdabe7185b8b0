#include "core/timeline_text.hpp"

#include <random>

#include "core/instant_text.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using test::utc;

TEST_CASE("a timeline prints as UTC, in order") {
    CHECK(print(Timeline{}) == "{}");
    const Timeline polls{{utc("2024-01-08 16:14:00"), Status::up},
                         {utc("2024-01-08 17:15:00.5"), Status::down},
                         {utc("2024-01-08 17:15:01.000001"), Status::unknown}};
    const std::string text =
        "{2024-01-08 16:14:00Z up, 2024-01-08 17:15:00.5Z down, 2024-01-08 17:15:01.000001Z unknown}";
    CHECK(print(polls) == text);
    CHECK(parse_timeline(text) == polls);
    CHECK(parse_timeline(" { 2024-01-08T17:15:01.000001Z  unknown ,\n2024-01-08 17:15:00.500Z down,"
                         "2024-01-08 16:14Z up,2024-01-08 16:14:00Z unknown } ") == polls);
}

TEST_CASE("instants of all supported time are read as they were written") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 20000; ++round) {
        const std::uint64_t wide = random() % static_cast<std::uint64_t>((kMaxInstant - kMinInstant).count());
        const Instant t{kMinInstant + Micros{static_cast<std::int64_t>(round % 2 ? wide : wide % 300'000'000'000'000'000ULL)}};
        std::string text;
        append_text(text, t);
        Scanner in(text, "instant");
        REQUIRE(scan_instant(in) == t);
        REQUIRE(in.at_end());
    }
    for (const Instant t : {kMinInstant, kMaxInstant}) {
        std::string text;
        append_text(text, t);
        Scanner in(text, "instant");
        CHECK(scan_instant(in) == t);
    }
}

TEST_CASE("a timeline printed in pieces, up to a length") {
    const Timeline polls = parse_timeline("{2024-01-08 16:14:00Z up, 2024-01-08 17:15:00.5Z down, 2024-01-09 00:00:00Z unknown}");
    const std::string text = print(polls);
    for (std::size_t first = 0; first <= polls.size(); ++first) {
        TimelinePrinter printer(polls.size(), text.size());
        printer.add(Polls(polls).first(first));
        printer.add(Polls(polls).subspan(first));
        CHECK(printer.finish() == text);
    }
    const auto is_refused = [](const auto& work) {
        try {
            work();
        } catch (const Error& e) {
            return e.code() == Errc::too_large;
        }
        return false;
    };
    TimelinePrinter printer(polls.size(), text.size() - 1);
    CHECK(is_refused([&] { printer.add(polls); }));
    // By the number of polls alone.
    CHECK(is_refused([] { TimelinePrinter(41, 1024); }));
    CHECK_NOTHROW(TimelinePrinter(40, 1024));
}

TEST_CASE("errors point at the character") {
    const auto error = [](const char* text) -> std::string {
        try {
            parse_timeline(text);
        } catch (const Error& e) {
            CHECK(e.code() == Errc::syntax);
            return e.what();
        }
        return "none";
    };
    CHECK(error("") == "invalid status_timeline: expected \"{\" at its end");
    CHECK(error("{2024-01-08 16:14:00Z up") == "invalid status_timeline: expected \"}\" at its end");
    CHECK(error("{2024-01-08 16:14:00Z off}") ==
          "invalid status_timeline: expected a status at character 23, \"off}\"");
    CHECK_THAT(error("{2024-01-08 16:14:00 up}"), Catch::Contains("expected \"Z\" at character 21"));
    CHECK_THAT(error("{2024-02-30 16:14:00Z up}"), Catch::Contains("no such date at character 2"));
    CHECK_THAT(error("{2024-01-08 25:14:00Z up}"), Catch::Contains("times go up to 24:00 at character 13"));
    CHECK_THAT(error("{2024-01-08 16:61:00Z up}"), Catch::Contains("minutes go up to 59"));
    CHECK_THAT(error("{2024-01-08 16:14:00.1234567Z up}"), Catch::Contains("six digits"));
    CHECK_THAT(error("{300000-01-08 16:14:00Z up}"), Catch::Contains("out of range"));
    CHECK_THAT(error("{} x"), Catch::Contains("expected nothing more at character 4"));
    CHECK_THAT(error("{,}"), Catch::Contains("expected an instant"));
    CHECK_THAT(error("{2024-01-08 16:14:00Z up,}"), Catch::Contains("expected an instant"));
    CHECK_THAT(error("\xC3\xA4"), Catch::Contains("at character 1"));
    CHECK_THAT(error("{\xC3\xA4\xC3\xA4"), Catch::Contains("at character 2"));
}
