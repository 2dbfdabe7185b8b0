// Instants, wall clocks and dates as the tests write and print them.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "core/interval_set.hpp"
#include "core/zone.hpp"

namespace store_uptime::test {

// "2024-01-08", "2024-01-08 09:00", "2024-01-08 09:00:00.000001", "2024-01-08 24:00".
WallClock wall(std::string_view text);
Instant utc(std::string_view text);
Date date(std::string_view text);
// "09:00", "24:00", "26:00", "09:00:30.5": from midnight.
Micros hm(std::string_view text);

// The first instant at which the clock on the zone's wall shows `text`; fails if it never does.
Instant local(const Zone& zone, std::string_view text);

std::string show(WallClock w);
std::string show(Instant t);
std::string show(const Interval& i);
std::string show(Intervals set);

constexpr Micros minutes(double n) { return Micros{static_cast<std::int64_t>(n * 60'000'000)}; }

}  // namespace store_uptime::test

namespace Catch {

template <>
struct StringMaker<store_uptime::Instant> {
    static std::string convert(store_uptime::Instant t) { return store_uptime::test::show(t); }
};
template <>
struct StringMaker<store_uptime::Interval> {
    static std::string convert(const store_uptime::Interval& i) { return store_uptime::test::show(i); }
};
template <>
struct StringMaker<store_uptime::IntervalSet> {
    static std::string convert(const store_uptime::IntervalSet& set) { return store_uptime::test::show(set); }
};

}  // namespace Catch
