#include "core/iso_time.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

using namespace store_uptime;

namespace {

// The C library's calendar, as another opinion.
Instant by_c_library(int year, int month, int day, int hour, int minute, int second, int micros) {
    std::tm tm{};
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    return Instant{std::chrono::seconds{timegm(&tm)} + Micros{micros}};
}

std::string text(Instant t) {
    char buffer[kIsoTextSize];
    return {buffer, write_iso_instant(buffer, t)};
}
std::string text(Micros t) {
    char buffer[kIsoTextSize];
    return {buffer, write_iso_time(buffer, t)};
}
std::string text(Date d) {
    char buffer[kIsoTextSize];
    return {buffer, write_iso_date(buffer, d)};
}

constexpr Micros hms(int h, int m, int s, int us = 0) {
    return std::chrono::hours(h) + std::chrono::minutes(m) + std::chrono::seconds(s) + Micros(us);
}

}  // namespace

TEST_CASE("an instant is read as UTC unless an offset is given", "[iso_time]") {
    const Instant t = by_c_library(2023, 1, 22, 12, 9, 39, 388'884);
    for (const char* same :
         {"2023-01-22 12:09:39.388884 UTC", "2023-01-22 12:09:39.388884", "2023-01-22T12:09:39.388884Z",
          "  2023-01-22  12:09:39.388884utc ", "2023-1-22 12:09:39.388884+00", "2023-01-22t12:09:39.388884 gmt",
          "2023-01-22 06:09:39.388884-06", "2023-01-22 17:39:39.388884+05:30", "2023-01-22 17:39:39.388884 +0530",
          "2023-01-23 02:09:39.388884+14:00", "2023-01-22 12:10:09.388884+00:00:30",
          "2023-01-22 12:09:39.388884000", "2023-01-22 12:09:39.3888841", "2023-01-22 12:09:39.3888836"}) {
        INFO(same);
        CHECK(parse_iso_instant(same) == t);
    }
    CHECK(parse_iso_instant("2023-01-22 12:09") == by_c_library(2023, 1, 22, 12, 9, 0, 0));
    CHECK(parse_iso_instant("2023-12-31 24:00 UTC") == by_c_library(2024, 1, 1, 0, 0, 0, 0));
    CHECK(parse_iso_instant("2023-12-31 23:59:59.9999996") == by_c_library(2024, 1, 1, 0, 0, 0, 0));
    CHECK(parse_iso_instant("2023-01-22 12:09:39.3") == by_c_library(2023, 1, 22, 12, 9, 39, 300'000));
}

TEST_CASE("what is no instant is none", "[iso_time]") {
    for (const char* none :
         {"", " ", "infinity", "-infinity", "now", "today", "epoch", "2023-01-22", "12:09:39", "2023-13-01 00:00",
          "2023-00-01 00:00", "2023-02-29 00:00", "2023-04-31 00:00", "2023-01-00 00:00", "0000-01-01 00:00",
          "23-01-22 00:00", "2023/01/22 00:00", "01/22/2023 00:00", "22.01.2023 00:00", "2023-01-22 25:00",
          "2023-01-22 24:00:01", "2023-01-22 12:60", "2023-01-22 12:09:60", "2023-01-22 12", "2023-01-22 12:9:39",
          "2023-01-22 12:09:39.", "2023-01-22 12:09:39,5", "2023-01-22 12:09:39 UTCC", "2023-01-22 12:09:39 EST",
          "2023-01-22 12:09:39 +16", "2023-01-22 12:09:39 +01:60", "2023-01-22 12:09:39 +1", "2023-01-22_12:09:39",
          "2023-01-2212:09:39", "2023-01-22 12:09:39 UTC+1", "2023-01-22 12:09 PM", "-2023-01-22 12:09",
          "2023-01-22 12:09:39 BC", "999999-01-01 00:00", "289991-01-01 00:00", "2023-1-1-1 00:00", "x"}) {
        INFO(none);
        CHECK_FALSE(parse_iso_instant(none));
    }
}

TEST_CASE("times of day reach from midnight to midnight", "[iso_time]") {
    CHECK(parse_iso_time("00:00:00") == hms(0, 0, 0));
    CHECK(parse_iso_time(" 9:05 ") == hms(9, 5, 0));
    CHECK(parse_iso_time("23:59:59.999999") == hms(23, 59, 59, 999'999));
    CHECK(parse_iso_time("24:00") == hms(24, 0, 0));
    for (const char* none : {"", "24:00:00.000001", "9", "9:5", "-1:00", "12:00 PM", "12:00Z", "12:00+01", "noon"}) {
        INFO(none);
        CHECK_FALSE(parse_iso_time(none));
    }
}

TEST_CASE("digits beyond microseconds round as PostgreSQL rounds them", "[iso_time]") {
    const auto fraction = [](const std::string& digits) { return (*parse_iso_time("00:00:00." + digits)).count(); };
    // Halves go to the even microsecond, if the binary fraction is one.
    CHECK(fraction("0000005") == 0);
    CHECK(fraction("0000015") == 2);
    CHECK(fraction("0000025") == 2);
    CHECK(fraction("00000050000000000000000001") == 0);
    CHECK(fraction("0000005001") == 1);
    CHECK(fraction("9999995") == 1'000'000);
    CHECK(fraction("99999949999") == 999'999);
    CHECK(fraction("123456" + std::string(400, '9')) == 123'457);
    CHECK(fraction(std::string(400, '0') + "1") == 0);
    CHECK(parse_iso_time("23:59:59.9999995") == hms(24, 0, 0));
    CHECK_FALSE(parse_iso_time("24:00:00.000001"));

    std::mt19937_64 random(4);
    for (int i = 0; i < 200'000; ++i) {
        std::string digits(1 + random() % 20, '0');
        for (char& digit : digits) digit = static_cast<char>('0' + random() % 10);
        if (digits.size() >= 7 && random() % 2 == 0) digits[6] = '5', digits.resize(random() % 4 == 0 ? digits.size() : 7);
        INFO(digits);
        REQUIRE(fraction(digits) == std::llrint(std::strtod(("0." + digits).c_str(), nullptr) * 1'000'000));
    }
}

TEST_CASE("dates are of the Gregorian calendar", "[iso_time]") {
    using namespace std::chrono;
    CHECK(parse_iso_date("2024-02-29") == local_days{year{2024} / 2 / 29});
    CHECK(parse_iso_date("0001-01-01") == local_days{year{1} / 1 / 1});
    CHECK(parse_iso_date("32767-12-31") == local_days{year{32767} / 12 / 31});
    CHECK(*parse_iso_date("32768-01-01") == local_days{year{32767} / 12 / 31} + days{1});
    for (const char* none : {"1900-02-29", "2100-02-29", "2024-02-30", "", "2024-02", "2024-02-29 00:00", "20240229"}) {
        INFO(none);
        CHECK_FALSE(parse_iso_date(none));
    }
}

TEST_CASE("what is written reads as the same value", "[iso_time]") {
    CHECK(text(by_c_library(2023, 1, 22, 12, 9, 39, 388'884)) == "2023-01-22 12:09:39.388884");
    CHECK(text(by_c_library(1969, 12, 31, 23, 59, 59, 1)) == "1969-12-31 23:59:59.000001");
    CHECK(text(by_c_library(1, 1, 1, 0, 0, 0, 0)) == "0001-01-01 00:00:00");
    CHECK(text(hms(24, 0, 0)) == "24:00:00");
    CHECK(text(hms(7, 3, 1, 500'000)) == "07:03:01.500000");

    std::mt19937_64 random(20230125);
    // From year 1 to where the engine's time ends.
    std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000'000, kMaxInstant.time_since_epoch().count());
    for (int i = 0; i < 20'000; ++i) {
        const Instant t{Micros{any(random)}};
        const auto day = std::chrono::floor<std::chrono::days>(t);
        const Date date{day.time_since_epoch()};
        REQUIRE(parse_iso_instant(text(t)) == t);
        REQUIRE(parse_iso_date(text(date)) == date);
        REQUIRE(parse_iso_time(text(t - day)) == t - day);
        // The C library agrees on the date.
        const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
        std::tm tm{};
        gmtime_r(&seconds, &tm);
        char expected[64];
        std::snprintf(expected, sizeof(expected), "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        REQUIRE(text(date) == expected);
    }
}
