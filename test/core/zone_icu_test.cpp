#include "core/zone_icu.hpp"

#include <catch2/catch.hpp>
#include <cctype>

#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

std::vector<ZoneSpan> spans(const char* name, const char* from, const char* to) {
    return icu_zone(name, {utc(from), utc(to)}).spans;
}

constexpr Micros kHour = std::chrono::hours(1);

}  // namespace

TEST_CASE("a table begins where it is asked to and lists the changes of offset", "[zone_icu]") {
    CHECK(spans("America/Chicago", "2024-01-01", "2025-01-01") ==
          std::vector<ZoneSpan>{{utc("2024-01-01"), -6 * kHour},
                                {utc("2024-03-10 08:00"), -5 * kHour},
                                {utc("2024-11-03 07:00"), -6 * kHour}});
    CHECK(spans("UTC", "1800-01-01", "2200-01-01") ==
          std::vector<ZoneSpan>{{utc("1800-01-01"), Micros{0}}});
    CHECK(spans("Australia/Lord_Howe", "2024-04-01", "2024-11-01") ==
          std::vector<ZoneSpan>{{utc("2024-04-01"), 11 * kHour},
                                {utc("2024-04-06 15:00"), minutes(630)},
                                {utc("2024-10-05 15:30"), 11 * kHour}});
    CHECK(spans("Pacific/Apia", "2011-12-01", "2012-02-01") ==
          std::vector<ZoneSpan>{{utc("2011-12-01"), -10 * kHour}, {utc("2011-12-30 10:00"), 14 * kHour}});
    CHECK(spans("America/St_Johns", "2010-11-01", "2010-12-01") ==
          std::vector<ZoneSpan>{{utc("2010-11-01"), minutes(-150)}, {utc("2010-11-07 02:31"), minutes(-210)}});
    CHECK(spans("Asia/Kathmandu", "1985-12-01", "1986-02-01") ==
          std::vector<ZoneSpan>{{utc("1985-12-01"), minutes(330)}, {utc("1985-12-31 18:30"), minutes(345)}});
    CHECK(spans("Africa/Monrovia", "1972-01-01", "1972-02-01") ==
          std::vector<ZoneSpan>{{utc("1972-01-01"), -minutes(44.5)}, {utc("1972-01-07 00:44:30"), Micros{0}}});
    CHECK(spans("Pacific/Chatham", "2024-04-01", "2024-04-10") ==
          std::vector<ZoneSpan>{{utc("2024-04-01"), minutes(825)}, {utc("2024-04-06 14:00"), minutes(765)}});
}

TEST_CASE("a change at either end of the range belongs to it as to a half-open interval", "[zone_icu]") {
    const auto change = utc("2024-03-10 08:00");
    CHECK(icu_zone("America/Chicago", {change, change + Micros{1}}).spans ==
          std::vector<ZoneSpan>{{change, -5 * kHour}});
    CHECK(icu_zone("America/Chicago", {change - Micros{1}, change}).spans ==
          std::vector<ZoneSpan>{{change - Micros{1}, -6 * kHour}});
    CHECK(icu_zone("America/Chicago", {change - Micros{1}, change + Micros{1}}).spans ==
          std::vector<ZoneSpan>{{change - Micros{1}, -6 * kHour}, {change, -5 * kHour}});
}

TEST_CASE("only a change of the whole offset makes a span", "[zone_icu]") {
    // Portugal's winter of 1992 turned 'WEST' into 'CET' without moving the clock.
    const auto table = icu_zone("Europe/Lisbon", {utc("1992-01-01"), utc("1993-01-01")});
    for (std::size_t i = 1; i < table.spans.size(); ++i)
        CHECK(table.spans[i].offset != table.spans[i - 1].offset);
    CHECK(table.view().wall(utc("1992-09-27 00:59")) == wall("1992-09-27 01:59"));
    CHECK(table.view().wall(utc("1992-09-27 01:00")) == wall("1992-09-27 02:00"));
}

TEST_CASE("rules go on into the far future and back before the first law", "[zone_icu]") {
    CHECK(spans("Europe/Berlin", "2500-01-01", "2501-01-01").size() == 3);
    CHECK(icu_zone("Europe/Berlin", {utc("1800-01-01"), utc("1801-01-01")}).view().offset_at(utc("1800-05-05")) ==
          hm("00:53:28"));
    CHECK(icu_zone("America/Chicago", {kMinInstant, kMinInstant + kDay}).spans.size() == 1);
    CHECK(icu_zone("Asia/Kolkata", {kMaxInstant - kDay, kMaxInstant}).view().offset_at(kMaxInstant - kDay) ==
          minutes(330));
}

TEST_CASE("a name that is no zone is an error that names it", "[zone_icu]") {
    const std::string name =
        GENERATE(as<std::string>{}, "", "Mars/Olympus", "america/chicago", "America/Chicago ", "GMT+5:17",
                 "GMT+5", "Etc/Unknown", "CST", "BST", "IST", "PST", std::string("UTC\0x", 5), "Zürich",
                 "America/Chicago; 24/7", std::string(100'000, 'x'), "\xff\xfe");
    CAPTURE(name.substr(0, 80));
    try {
        icu_zone(name, {utc("2024-01-01"), utc("2024-02-01")});
        FAIL("taken for a zone");
    } catch (const Error& e) {
        CHECK(e.code() == Errc::unknown_zone);
        CHECK(std::string(e.what()).find(name.substr(0, 80).c_str()) != std::string::npos);
        CHECK(std::string(e.what()).size() < 200);
    }
}

TEST_CASE("Windows' names stand for IANA zones", "[zone_icu]") {
    CHECK(zone_of_windows_name("Central Standard Time") == "America/Chicago");
    CHECK(zone_of_windows_name("W. Europe Standard Time") == "Europe/Berlin");
    CHECK(zone_of_windows_name("India Standard Time") == "Asia/Calcutta");
    CHECK(zone_of_windows_name("UTC") == "Etc/UTC");
    CHECK(zone_of_windows_name("America/Chicago") == std::nullopt);
    CHECK(zone_of_windows_name("Central Standard") == std::nullopt);
    CHECK(zone_of_windows_name("") == std::nullopt);
    CHECK(zone_of_windows_name(std::string(5000, 'a')) == std::nullopt);
    CHECK(zone_of_windows_name("\xc3\x28") == std::nullopt);
}

TEST_CASE("ICU tells which release of the zone database it carries", "[zone_icu]") {
    const std::string version = icu_tzdata_version();
    REQUIRE(version.size() >= 5);
    CHECK(version.substr(0, 2) == "20");
    CHECK(std::isalpha(static_cast<unsigned char>(version[4])));
}
