#include "core/policy.hpp"

#include <catch2/catch.hpp>

#include "core/cases.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr const char* kDefaults = "fill=previous carry=session backfill=on max_gap=1 day unknown=unknown";

// The error's message and hint in one, empty if there was none.
std::string complaint(std::string_view text, Errc code = Errc::syntax) {
    try {
        parse_policy(text);
    } catch (const Error& e) {
        CHECK(e.code() == code);
        return std::string(e.what()) + " | " + e.hint();
    }
    return {};
}

std::string duration(std::string_view text) { return print_duration(parse_duration(text)); }

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an empty policy is all defaults", "[policy]") {
    CHECK(parse_policy("") == Policy{});
    CHECK(parse_policy("  \n ") == Policy{});
    CHECK(print(Policy{}) == kDefaults);
    CHECK(parse_policy(kDefaults) == Policy{});
}

TEST_CASE("options come in any order, spacing and case", "[policy]") {
    const Policy p = parse_policy("  UNKNOWN = Down max_gap= 1 day 12:00:00  fill =NEAREST\tbackfill=off\ncarry=always");
    CHECK(p.fill == Fill::nearest);
    CHECK(p.carry == Carry::always);
    CHECK(p.backfill == Backfill::off);
    CHECK(p.unknown == Status::down);
    CHECK(p.max_gap == std::chrono::hours(36));
    CHECK(print(p) == "fill=nearest carry=always backfill=off max_gap=1 day 12:00:00 unknown=down");
    CHECK(parse_policy("carry=day").carry == Carry::day);
    CHECK(parse_policy("fill=next").fill == Fill::next);
    CHECK(parse_policy("unknown=up").unknown == Status::up);
}

TEST_CASE("the text form gives the value back, and equal values print equally", "[policy]") {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        Random random(seed);
        Policy p = random_policy(random);
        if (random.one_in(2)) p.max_gap = Micros{1 + static_cast<std::int64_t>(random.bits() >> (2 + random.below(60)))};
        INFO("seed " << seed << " " << print(p));
        REQUIRE(parse_policy(print(p)) == p);
        REQUIRE(print(parse_policy(print(p))) == print(p));
    }
}

TEST_CASE("a mistake is named, with what is allowed", "[policy]") {
    CHECK(holds(complaint("fil=next"), "\"fil\""));
    CHECK(holds(complaint("fil=next"), "fill, carry, backfill, max_gap and unknown"));
    CHECK(holds(complaint("fill=prev"), "\"prev\""));
    CHECK(holds(complaint("fill=prev"), "previous, nearest, next"));
    CHECK(holds(complaint("carry=week"), "session, day, always"));
    CHECK(holds(complaint("backfill=maybe"), "on, off"));
    CHECK(holds(complaint("unknown=closed"), "unknown, up, down"));
    CHECK(holds(complaint("nearest"), "\"nearest\""));
    CHECK(holds(complaint("fill="), "\"\""));
    CHECK(holds(complaint("fill=next nearest"), "\"next nearest\""));
    CHECK(holds(complaint("max_gap=soon"), "\"soon\""));
    CHECK_FALSE(complaint("=").empty());
    CHECK_FALSE(complaint("=next").empty());
    CHECK_FALSE(complaint("fill==next").empty());
    CHECK_FALSE(complaint("fill=next,carry=day").empty());
}

TEST_CASE("durations are read as the server writes intervals", "[policy]") {
    CHECK(duration("1 day") == "1 day");
    CHECK(duration("24 hours") == "1 day");
    CHECK(duration("90 min") == "01:30:00");
    CHECK(duration("01:30") == "01:30:00");
    CHECK(duration("1.5 hours") == "01:30:00");
    CHECK(duration("0.5 day") == "12:00:00");
    CHECK(duration("2 days 03:04:05.678901") == "2 days 03:04:05.678901");
    CHECK(duration("@ 1 day 2 hours 3 mins 4.5 secs") == "1 day 02:03:04.5");
    CHECK(duration("1 week") == "7 days");
    CHECK(duration("1us") == "00:00:00.000001");
    CHECK(duration("300:00:00") == "12 days 12:00:00");
    CHECK(duration(" INFINITY ") == "infinity");
    CHECK(parse_duration("infinity") == kUnlimited);
}

TEST_CASE("durations that are none are refused", "[policy]") {
    const std::string text = GENERATE(as<std::string>{}, "", " ", "day", "1", "1 fortnight", "1..5 s", "1. s", ".5 s",
                                      "1:2:3:4", "1:60", "1:00:60", "99999999999999999999 s", "9999999999999 days",
                                      "0.0000001 s", "0.00000000000001 day", "1 day infinity", "--1 s", "1 day,", "@");
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), Error);
}

TEST_CASE("months and what is not above zero are refused for what they are", "[policy]") {
    const std::string text =
        GENERATE(as<std::string>{}, "1 month", "1 year 2 mons", "0", "0 s", "-1 day", "00:00", "0 days 00:00:00");
    CAPTURE(text);
    try {
        parse_duration(text);
        FAIL("taken");
    } catch (const Error& e) {
        CHECK((e.code() == Errc::invalid_argument || text == "0"));
        CHECK_FALSE(e.hint().empty());
    }
}
