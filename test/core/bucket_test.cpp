// Buckets against the wall clock: walked through step by step where clocks did odd things, and judged by their
// definition to the microsecond for clocks that never were.
#include "core/bucket.hpp"

#include <map>

#include "core/cases.hpp"
#include "core/time_text.hpp"
#include "core/zone_icu.hpp"

using namespace store_uptime;
using namespace store_uptime::test;
using namespace std::chrono_literals;

namespace {

constexpr Bucket kAll[] = {Bucket::hour, Bucket::day, Bucket::week, Bucket::month};
constexpr Bucket kOfDates[] = {Bucket::day, Bucket::week, Bucket::month};
constexpr Micros kTick{1};

ZoneTable zone_for(const char* name, const Interval& range) { return icu_zone(name, bucket_zone_range(range)); }

WallClock hour_of(WallClock wall) { return std::chrono::floor<std::chrono::hours>(wall); }

// The day, Monday or first of the month that `d` belongs to, by the standard library's calendar.
Date begin_of(Bucket b, Date d) {
    const std::chrono::year_month_day civil{d};
    if (b == Bucket::month) return Date{civil.year() / civil.month() / 1};
    if (b == Bucket::week) return d - (std::chrono::weekday{d} - std::chrono::Monday);
    return d;
}

// How long the buckets are, in hours, and that they partition the range.
std::vector<double> lengths(Bucket b, const char* zone, const char* from, const char* to) {
    // Both ends are local, so the zone is asked for some more.
    const ZoneTable table = icu_zone(zone, {utc(from) - 20 * kDay, utc(to) + 2 * kDay});
    const Interval range{local(table.view(), from), local(table.view(), to)};
    std::vector<double> found;
    Instant at = range.from;
    for (const Interval& i : buckets(b, range, table.view())) {
        REQUIRE(i.from == at);
        at = i.to;
        found.push_back(static_cast<double>(i.length().count()) / 3600e6);
    }
    REQUIRE(at == range.to);
    return found;
}

using Hours = std::vector<double>;

// The edges of all buckets within `range`, found by looking at the wall every half minute since almost two weeks before.
std::map<Bucket, std::vector<Instant>> walk(const Zone& zone, const Interval& range) {
    constexpr Micros kStep = 30s;
    std::map<Bucket, std::vector<Instant>> edges;
    std::map<Bucket, Date> latest;
    const Instant start = std::chrono::floor<std::chrono::days>(range.from) - 13 * kDay;
    WallClock before{};
    for (Instant t = start; t < range.to; t += kStep) {
        const WallClock wall = zone.wall(t);
        if (t > range.from && (wall - before != kStep || hour_of(wall) != hour_of(before))) edges[Bucket::hour].push_back(t);
        before = wall;
        for (const Bucket b : kOfDates) {
            const Date begin = begin_of(b, std::chrono::floor<std::chrono::days>(wall));
            if (t > start && begin <= latest[b]) continue;
            latest[b] = begin;
            if (t > range.from) edges[b].push_back(t);
        }
    }
    return edges;
}

std::vector<Instant> inner_edges(const std::vector<Interval>& buckets) {
    std::vector<Instant> edges;
    for (std::size_t i = 1; i < buckets.size(); ++i) edges.push_back(buckets[i].from);
    return edges;
}

// The latest date that the wall has shown up to t. A span shows its latest at its end.
Date latest_date(const Zone& zone, Instant t) {
    Date latest = Date::min();
    for (std::size_t i = 0; i <= zone.span_at(t); ++i)
        latest = std::max(latest, zone.date(std::min(t, zone.extent(i).to - kTick)));
    return latest;
}

// Whether t and the instant before it are of one bucket.
bool goes_on(Bucket b, const Zone& zone, Instant t) {
    const Instant before = t - kTick;
    if (b != Bucket::hour) return begin_of(b, latest_date(zone, before)) == begin_of(b, latest_date(zone, t));
    return zone.offset_at(before) == zone.offset_at(t) && hour_of(zone.wall(before)) == hour_of(zone.wall(t));
}

// Whether the first and last instant of [from, to) are of one bucket. What lies between is then, too: dates only go on,
// and so do the hours of a clock that is not set.
bool is_one(Bucket b, const Zone& zone, const Interval& i) {
    const Instant last = i.to - kTick;
    if (b != Bucket::hour) return begin_of(b, latest_date(zone, i.from)) == begin_of(b, latest_date(zone, last));
    for (std::size_t span = zone.span_at(i.from); span <= zone.span_at(last); ++span)
        if (zone.spans()[span].offset != zone.offset_at(i.from)) return false;
    return hour_of(zone.wall(i.from)) == hour_of(zone.wall(last));
}

}  // namespace

TEST_CASE("days are as long as the clock on the wall makes them") {
    CHECK(lengths(Bucket::day, "America/Chicago", "2024-03-09", "2024-03-12") == Hours{24, 23, 24});
    CHECK(lengths(Bucket::day, "America/Chicago", "2024-11-02", "2024-11-05") == Hours{24, 25, 24});
    CHECK(lengths(Bucket::day, "America/Chicago", "2024-03-09 18:00", "2024-03-10 18:00") == Hours{6, 17});
    CHECK(lengths(Bucket::day, "Australia/Lord_Howe", "2024-10-06", "2024-10-07") == Hours{23.5});
    CHECK(lengths(Bucket::day, "Australia/Lord_Howe", "2024-04-07", "2024-04-08") == Hours{24.5});
    // No 30th of December.
    CHECK(lengths(Bucket::day, "Pacific/Apia", "2011-12-29", "2012-01-01") == Hours{24, 24});
    // Midnight is skipped: the day begins at one o'clock.
    CHECK(lengths(Bucket::day, "America/Havana", "2024-03-09", "2024-03-11") == Hours{24, 23});
    CHECK(lengths(Bucket::day, "America/Sao_Paulo", "2018-11-03", "2018-11-05") == Hours{24, 23});
    CHECK(lengths(Bucket::day, "Asia/Beirut", "2022-03-26", "2022-03-28") == Hours{24, 23});
    // Midnight is shown twice: at the first one the day begins.
    CHECK(lengths(Bucket::day, "America/Havana", "2024-11-02", "2024-11-04") == Hours{24, 25});
    // The day before comes back for an hour before, or a minute after, midnight: it is of the day that is over or begun.
    CHECK(lengths(Bucket::day, "America/Sao_Paulo", "2018-02-17", "2018-02-19") == Hours{25, 24});
    CHECK(lengths(Bucket::day, "America/St_Johns", "2010-11-06", "2010-11-08") == Hours{24, 25});
    // A whole date comes back.
    CHECK(lengths(Bucket::day, "Pacific/Kwajalein", "1969-09-29", "1969-10-02") == Hours{24, 47, 24});
}

TEST_CASE("hours end when the clock is full, and when it is set") {
    CHECK(lengths(Bucket::hour, "America/Chicago", "2024-03-10 00:30", "2024-03-10 04:15") == Hours{0.5, 1, 1, 0.25});
    CHECK(lengths(Bucket::hour, "America/Chicago", "2024-11-03 00:30", "2024-11-03 03:00") == Hours{0.5, 1, 1, 1});
    CHECK(lengths(Bucket::hour, "Australia/Lord_Howe", "2024-10-06 01:00", "2024-10-06 04:00") == Hours{1, 0.5, 1});
    CHECK(lengths(Bucket::hour, "Australia/Lord_Howe", "2024-04-07 01:00", "2024-04-07 03:00") == Hours{1, 0.5, 1});
    const ZoneTable kathmandu = zone_for("Asia/Kathmandu", {utc("2024-01-01"), utc("2024-01-02")});
    CHECK(buckets(Bucket::hour, {utc("2024-01-01 00:00"), utc("2024-01-01 02:00")}, kathmandu.view()) ==
          std::vector<Interval>{{utc("2024-01-01 00:00"), utc("2024-01-01 00:15")},
                                {utc("2024-01-01 00:15"), utc("2024-01-01 01:15")},
                                {utc("2024-01-01 01:15"), utc("2024-01-01 02:00")}});
}

TEST_CASE("weeks begin on Monday, months on the first") {
    CHECK(lengths(Bucket::week, "Europe/Berlin", "2024-03-20", "2024-04-03") == Hours{5 * 24, 7 * 24 - 1, 2 * 24});
    CHECK(lengths(Bucket::month, "Europe/Berlin", "2024-01-01", "2024-05-01") == Hours{31 * 24, 29 * 24, 31 * 24 - 1, 30 * 24});
    CHECK(lengths(Bucket::month, "UTC", "2023-02-15", "2023-04-01") == Hours{14 * 24, 31 * 24});
    CHECK(lengths(Bucket::month, "Pacific/Apia", "2011-12-15", "2012-02-01") == Hours{16 * 24, 31 * 24});
    CHECK(lengths(Bucket::week, "Pacific/Apia", "2011-12-26", "2012-01-02") == Hours{6 * 24});
}

TEST_CASE("buckets begin where a walk through the wall clock finds them to begin") {
    const char* zone = GENERATE("America/Chicago", "America/Havana", "America/Sao_Paulo", "America/St_Johns", "Asia/Beirut",
                                "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
                                "Pacific/Chatham", "Asia/Amman", "America/Asuncion", "Europe/Berlin", "UTC");
    // Years in which one or the other of these did what is worth a test.
    const char* year = GENERATE("2006", "2010", "2011", "2014", "2017", "2018");
    const Interval all{utc(std::string(year) + "-02-10"), utc(std::string(year) + "-02-10") + 340 * kDay};
    const ZoneTable table = zone_for(zone, all);
    const auto walked = walk(table.view(), all);
    Random random(1);
    for (int round = 0; round < 40; ++round) {
        Instant a = random.instant(all.from, all.to, 30min), b = random.instant(all.from, all.to, 30min);
        if (round == 0) a = all.from, b = all.to;
        if (a == b) continue;
        const Interval range{std::min(a, b), std::max(a, b)};
        for (const Bucket bucket : kAll) {
            std::vector<Instant> wanted;
            for (const Instant edge : walked.at(bucket))
                if (range.from < edge && edge < range.to) wanted.push_back(edge);
            INFO(zone << " " << name(bucket) << " " << show(range));
            REQUIRE(inner_edges(buckets(bucket, range, table.view())) == wanted);
        }
    }
}

TEST_CASE("any clock's buckets are maximal and partition the range, to the microsecond") {
    std::size_t cut[4] = {};
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        const Case c = random_case(random);  // its zone, invented or not, and its windows, near what the clock does
        for (const Interval& range : c.windows)
            for (const Bucket bucket : kAll) {
                const std::vector<Interval> found = buckets(bucket, range, c.zone.view());
                INFO("seed " << seed << " " << name(bucket) << " " << show(range) << "\n" << describe(c));
                REQUIRE(found.front().from == range.from);
                REQUIRE(found.back().to == range.to);
                for (std::size_t i = 0; i < found.size(); ++i) {
                    REQUIRE(found[i].from < found[i].to);
                    REQUIRE(is_one(bucket, c.zone.view(), found[i]));
                    if (i == 0) continue;
                    REQUIRE(found[i].from == found[i - 1].to);
                    REQUIRE_FALSE(goes_on(bucket, c.zone.view(), found[i].from));
                }
                cut[static_cast<std::size_t>(bucket)] += found.size() > 1;
            }
    }
    for (const std::size_t n : cut) CHECK(n > 100);
}

TEST_CASE("what came before the range tells which date has begun") {
    // At 00:01 on the 7th the clock went back to 23:01 on the 6th: the 7th had begun.
    const Interval range{utc("2010-11-07 03:00"), utc("2010-11-07 06:00")};
    const ZoneTable table = zone_for("America/St_Johns", range);
    CHECK(table.view().wall(range.from) == wall("2010-11-06 23:30"));
    CHECK(buckets(Bucket::day, range, table.view()) == std::vector<Interval>{range});
    const ZoneTable without = cut(table, range);
    CHECK_THROWS_AS(buckets(Bucket::day, range, without.view()), Error);
}

TEST_CASE("a rule of POSIX may set the clock back by two weeks") {
    // The last thing that the clock shows before is the first instant of a date.
    const Instant change = utc("2024-01-15 00:00:01.000001");
    constexpr Micros kFarthest = 167h + 59min + 59s;
    const Interval covers{change - 30 * kDay, change + 30 * kDay};
    const ZoneTable table{{{covers.from, kFarthest}, {change, -kFarthest}}, covers};
    const Date reached = table.view().date(change - kTick);
    for (const Micros later : {Micros{0}, Micros{5 * kDay}, Micros{13 * kDay + 23h + 59min}}) {
        const std::vector<Interval> found = buckets(Bucket::day, {change + later, change + 16 * kDay}, table.view());
        CHECK(table.view().date(found[1].from) == reached + std::chrono::days{1});
        CHECK(table.view().date(found[1].from - kTick) == reached);
    }
}

TEST_CASE("the edges of time") {
    const ZoneTable utc_table = fixed_zone(Micros{0}), east = fixed_zone(14h), west = fixed_zone(-12h);
    for (const ZoneTable* table : {&utc_table, &east, &west})
        for (const Bucket b : kAll) {
            const Interval first{kMinInstant, kMinInstant + 40 * kDay}, last{kMaxInstant - 40 * kDay, kMaxInstant};
            for (const Interval& range : {first, last}) {
                const std::vector<Interval> found = buckets(b, range, table->view());
                CHECK(found.front().from == range.from);
                CHECK(found.back().to == range.to);
                CHECK(found.size() >= 2);
            }
            CHECK(buckets(b, {kMinInstant, kMinInstant + kTick}, table->view()).size() == 1);
        }
}

TEST_CASE("a series has a limited number of buckets, whatever the zone") {
    const Instant from = utc("2000-01-01");
    const Micros longest[] = {1h, kDay, 7 * kDay, 31 * kDay};
    const ZoneTable table = fixed_zone(5h + 45min);
    for (const Bucket b : kAll) {
        const Micros most = kMostBuckets * longest[static_cast<std::size_t>(b)];
        const std::size_t count = buckets(b, {from, from + most}, table.view()).size();
        CHECK(count >= kMostBuckets);
        CHECK(count <= kMostBuckets + kMostBuckets / 50);  // most months are shorter than the longest
        try {
            buckets(b, {from, from + most + kTick}, table.view());
            FAIL("not refused");
        } catch (const Error& e) {
            CHECK(e.code() == Errc::too_large);
            CHECK(e.what() == "more than 100000 " + std::string(name(b)) + "s in one series");
        }
        CHECK_THROWS_AS(check_series(b, {kMinInstant, kMaxInstant}), Error);
        CHECK_THROWS_AS(check_series(b, {from, from}), Error);
        CHECK_THROWS_AS(check_series(b, {from, from - kTick}), Error);
    }
}

TEST_CASE("the names of buckets") {
    for (const Bucket b : kAll) CHECK(parse_bucket(name(b)) == b);
    CHECK(parse_bucket("Day") == Bucket::day);
    for (const char* text : {"", "days", "minute", "year", " day", "quarter"}) {
        try {
            parse_bucket(text);
            FAIL("taken for a bucket");
        } catch (const Error& e) {
            CHECK(e.code() == Errc::invalid_argument);
            CHECK(e.what() == "bucket \"" + std::string(text) + "\" is not known");
            CHECK(e.hint() == "Buckets are hour, day, week and month.");
        }
    }
}
