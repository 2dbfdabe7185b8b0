#include "core/zone.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "core/cases.hpp"
#include "core/time_text.hpp"
#include "core/zone_icu.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr Micros kHour = std::chrono::hours(1);

const ZoneTable kTable{{{utc("2024-01-01"), -6 * kHour}, {utc("2024-03-10 08:00"), -5 * kHour}},
                       {utc("2024-01-01"), utc("2024-07-01")}};

}  // namespace

TEST_CASE("a zone tells the wall clock of an instant", "[zone]") {
    const Zone zone = kTable.view();
    CHECK(zone.wall(utc("2024-03-10 07:59:59.999999")) == wall("2024-03-10 01:59:59.999999"));
    CHECK(zone.wall(utc("2024-03-10 08:00")) == wall("2024-03-10 03:00"));
    CHECK(zone.date(utc("2024-03-10 05:59:59.999999")) == date("2024-03-09"));
    CHECK(zone.date(utc("2024-03-10 06:00")) == date("2024-03-10"));
    CHECK(zone.offset_at(utc("2024-01-01")) == -6 * kHour);
    CHECK(zone.offset_at(utc("2024-06-30 23:59:59.999999")) == -5 * kHour);
    CHECK(zone.extent(0) == Interval{utc("2024-01-01"), utc("2024-03-10 08:00")});
    CHECK(zone.extent(1) == Interval{utc("2024-03-10 08:00"), utc("2024-07-01")});
    CHECK(zone.span_at(utc("2024-03-10 07:59:59.999999")) == 0);
    CHECK(zone.span_at(utc("2024-03-10 08:00")) == 1);
}

TEST_CASE("asking beyond the table is an error, never a guess", "[zone]") {
    const Zone zone = kTable.view();
    CHECK_THROWS_AS(zone.offset_at(utc("2023-12-31 23:59:59.999999")), Error);
    CHECK_THROWS_AS(zone.offset_at(utc("2024-07-01")), Error);
    CHECK_THROWS_AS(zone.require({utc("2023-12-31"), utc("2024-02-01")}), Error);
    CHECK_THROWS_AS(zone.require({utc("2024-06-01"), utc("2024-07-01 00:00:00.000001")}), Error);
    CHECK_NOTHROW(zone.require({utc("2024-01-01"), utc("2024-07-01")}));
    CHECK_THROWS_AS(Zone().offset_at(utc("2024-01-01")), Error);
}

TEST_CASE("a fixed zone covers all time", "[zone]") {
    const ZoneTable kathmandu = fixed_zone(minutes(345));
    CHECK(kathmandu.view().wall(utc("2024-01-01")) == wall("2024-01-01 05:45"));
    CHECK_NOTHROW(kathmandu.view().require({kMinInstant, kMaxInstant}));
    CHECK(kathmandu.view().offset_at(kMaxInstant - Micros{1}) == minutes(345));
    try {
        kathmandu.view().offset_at(kMaxInstant);
        FAIL("an instant past the last");
    } catch (const Error& e) {
        CHECK(e.code() == Errc::out_of_range);
    }
}

// The C library reads the operating system's own zone files: another data base read by other code. Only zones and
// years whose rules have been settled for long are compared.
TEST_CASE("tables agree with the C library", "[zone]") {
    const std::string name = GENERATE(as<std::string>{}, "America/Chicago", "Australia/Lord_Howe", "Pacific/Apia",
                                      "America/St_Johns", "America/Havana", "Asia/Kathmandu", "Pacific/Chatham",
                                      "Africa/Monrovia", "America/Sao_Paulo", "Europe/Dublin", "Antarctica/Troll",
                                      "Asia/Kolkata", "Europe/London", "UTC");
    REQUIRE(setenv("TZ", (":" + name).c_str(), 1) == 0);
    tzset();
    const Interval range{utc("1971-01-01"), utc("2018-01-01")};
    const ZoneTable table = icu_zone(name, range);
    Random random(11);
    std::vector<Instant> instants;
    for (int i = 0; i < 5000; ++i) instants.push_back(random.instant(range.from, range.to - kHour, kHour));
    for (const ZoneSpan& s : table.spans)
        for (const int seconds : {-1, 0}) instants.push_back(s.from + std::chrono::seconds(seconds));
    for (Instant t : instants) {
        t = std::chrono::floor<std::chrono::seconds>(t);
        if (t < range.from) continue;
        const std::time_t seconds = t.time_since_epoch() / std::chrono::seconds(1);
        std::tm local{};
        REQUIRE(localtime_r(&seconds, &local) != nullptr);
        INFO(name << " " << show(t));
        REQUIRE(table.view().offset_at(t) == std::chrono::seconds(local.tm_gmtoff));
    }
    unsetenv("TZ");
    tzset();
}
