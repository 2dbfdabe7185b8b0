#include "core/calendar_codec.hpp"

#include <catch2/catch.hpp>

#include "core/calendar_text.hpp"
#include "core/cases.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

using Encoded = std::vector<std::uint8_t>;

ZonedCalendar random_value(Random& random) {
    ZonedCalendar c{random.of({"America/Chicago", "UTC", "Central Standard Time", "x", "<+0530>"}),
                    random_calendar(random, date("2024-02-29"))};
    if (random.one_in(4)) c.calendar.special.push_back({random.one_in(2) ? kMinCalendarDate : kMaxCalendarDate, {}});
    if (random.one_in(4)) c.calendar.weekly.push_back({3, {Micros{1}, 2 * kDay}, kMinCalendarDate, kMaxCalendarDate});
    return c.normalise();
}

// Whatever the bytes: a calendar whose bytes they are, or an error of the right kind.
bool reads(const Encoded& bytes) {
    try {
        ZonedCalendar read = decode_calendar(bytes);
        REQUIRE(encode(read) == bytes);
        REQUIRE(parse_calendar(print(read)) == read);
        const ZonedCalendar before = read;
        REQUIRE(read.normalise() == before);
        return true;
    } catch (const Error& e) {
        REQUIRE((e.code() == Errc::corrupt || e.code() == Errc::unsupported));
        return false;
    }
}

}  // namespace

TEST_CASE("a calendar's bytes give the calendar back, and equal calendars are equal bytes", "[calendar_codec]") {
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        const ZonedCalendar c = random_value(random);
        INFO("seed " << seed << " " << print(c));
        const Encoded bytes = encode(c);
        REQUIRE(decode_calendar(bytes) == c);

        ZonedCalendar other = c;
        random.shuffle(other.calendar.weekly);
        random.shuffle(other.calendar.special);
        if (!other.calendar.weekly.empty()) other.calendar.weekly.push_back(random.of(other.calendar.weekly));
        REQUIRE(encode(other.normalise()) == bytes);
        other.zone += "x";
        REQUIRE(encode(other) != bytes);
    }
}

TEST_CASE("the usual week takes few bytes", "[calendar_codec]") {
    CHECK(encode(parse_calendar("America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00")).size() <= 1 + 16 + 2 + 6 * 5);
    CHECK(encode(parse_calendar("America/Chicago; off")).size() == 1 + 16 + 2);
}

TEST_CASE("every truncation and every flipped bit of a calendar is an error or another calendar", "[calendar_codec]") {
    int good = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        const ZonedCalendar c = random_value(random);
        const Encoded bytes = encode(c);
        INFO("seed " << seed << " " << print(c));
        for (std::size_t size = 0; size < bytes.size(); ++size)
            REQUIRE_FALSE(reads(Encoded(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))));
        Encoded longer = bytes;
        longer.push_back(0);
        REQUIRE_FALSE(reads(longer));
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            Encoded flipped = bytes;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            if (reads(flipped)) ++good;
        }
    }
    CHECK(good > 0);
}

TEST_CASE("bytes of any kind are a calendar or refused", "[calendar_codec]") {
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        Random random(seed);
        Encoded bytes = encode(random_value(random));
        for (auto n = 1 + random.below(5); n > 0; --n) {
            const std::size_t at = random.below(bytes.size());
            if (random.one_in(3))
                bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random.bits()));
            else
                bytes[at] = static_cast<std::uint8_t>(random.bits());
        }
        INFO("seed " << seed);
        reads(bytes);
    }
}

TEST_CASE("a later version is told from damage", "[calendar_codec]") {
    Encoded bytes = encode(parse_calendar("UTC; 24/7"));
    bytes[0] = 2;
    try {
        decode_calendar(bytes);
        FAIL("read");
    } catch (const Error& e) {
        CHECK(e.code() == Errc::unsupported);
        CHECK(std::string(e.what()).find("version 2") != std::string::npos);
    }
    // A count that the bytes cannot hold asks for no memory.
    CHECK_FALSE(reads({1, 3, 'U', 'T', 'C', 0xFF, 0xFF, 0xFF, 0x0F}));
    CHECK_FALSE(reads({1, 0, 0, 0}));
}

TEST_CASE("values are checked before they are stored", "[calendar_codec]") {
    const auto refused = [](Calendar calendar, Errc code) {
        try {
            ZonedCalendar{"UTC", std::move(calendar)}.normalise();
        } catch (const Error& e) {
            return e.code() == code;
        }
        return false;
    };
    CHECK(refused({{{0, {Micros{-1}, kDay}}}, {}}, Errc::invalid_argument));
    CHECK(refused({{{0, {Micros{0}, 2 * kDay + Micros{1}}}}, {}}, Errc::invalid_argument));
    CHECK(refused({{}, {{kMaxCalendarDate + std::chrono::days(1), {}}}}, Errc::out_of_range));
    CHECK(refused({{{0, kWholeDay, kMinCalendarDate - std::chrono::days(1)}}, {}}, Errc::out_of_range));
    Calendar many;
    for (std::size_t i = 0; i <= kMaxCalendarRows; ++i)
        many.special.push_back({date("2000-01-01") + std::chrono::days(i), {}});
    CHECK(refused(many, Errc::too_large));
}
