// The conformance cases: figures from other systems' tests and documents, and from independent calculation.
#include <catch2/catch.hpp>

#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr const char* kLocf = "carry=always backfill=off max_gap=infinity";

IntervalSet up_intervals(const Store& store, const Interval& window, const char* policy) {
    IntervalSet up;
    for (const Segment& s :
         status_intervals(Question({&window, 1}, window.to, parse_policy(policy)), store.view()))
        if (s.status == Status::up) up.push_back(s.during);
    return up;
}

Interval span(const char* from, const char* to) { return {utc(from), utc(to)}; }

}  // namespace

TEST_CASE("A: a step timeline", "[conformance]") {
    Store store("UTC", "2019-12-01", "2020-02-01");
    store.around_the_clock();
    store.poll("2020-01-01 00:00:00", Status::down)
        .poll("2020-01-01 00:00:11", Status::up)
        .poll("2020-01-01 00:01:00", Status::down)
        .poll("2020-01-01 00:01:03", Status::up)
        .poll("2020-01-01 00:02:00", Status::down);
    const auto up = [&](const char* from, const char* to) {
        return store.sum(span(from, to), utc("2020-01-01 00:02"), kLocf).up;
    };
    const Totals all = store.sum(span("2020-01-01", "2020-01-01 00:02"), kLocf);
    CHECK(all.up == std::chrono::seconds(106));
    CHECK(all.down == std::chrono::seconds(14));
    CHECK(up("2020-01-01 00:01:00", "2020-01-01 00:02:00") == std::chrono::seconds(57));
    CHECK(up("2020-01-01 00:00:15", "2020-01-01 00:00:45") == std::chrono::seconds(30));
    CHECK(up("2020-01-01 00:00:15", "2020-01-01 00:01:16") == std::chrono::seconds(58));
    CHECK(up_intervals(store, span("2020-01-01", "2020-01-01 00:02"), kLocf) ==
          IntervalSet{span("2020-01-01 00:00:11", "2020-01-01 00:01:00"),
                      span("2020-01-01 00:01:03", "2020-01-01 00:02:00")});
    const auto status = [&](const char* t) { return latest_at(store.polls, utc(t)); };
    CHECK(status("2020-01-01 00:00:05")->status == Status::down);
    CHECK(status("2020-01-01 00:01:00")->status == Status::down);
    CHECK(status("2020-01-01 00:01:02")->status == Status::down);
    CHECK(status("2019-12-31 23:59:59.999999") == nullptr);
}

TEST_CASE("B: liveness", "[conformance]") {
    constexpr const char* policy = "carry=always backfill=off max_gap=10 min";
    const auto liveness = [](const char* moved) {
        Store store("UTC", "2019-12-01", "2020-02-01");
        store.around_the_clock();
        for (const char* t :
             {"00:02:20", "00:10", "00:17", "00:30", "00:35", "00:40", "00:35", "00:40", "00:40", "00:50:30", moved,
              "01:08", "01:18", "01:28", "01:38:01", "01:40", "01:40:01", "01:50:01", "01:57", "01:59:50"})
            store.poll((std::string("2020-01-01 ") + t).c_str(), Status::up);
        return store;
    };
    const Store store = liveness("01:00");
    const Interval window = span("2020-01-01 00:00", "2020-01-01 02:00");
    const Totals t = store.sum(window, policy);
    CHECK(t.up == hm("01:54:09"));
    CHECK(t.unknown == hm("00:05:51"));
    CHECK(up_intervals(store, window, policy) ==
          IntervalSet{span("2020-01-01 00:02:20", "2020-01-01 00:27"), span("2020-01-01 00:30", "2020-01-01 00:50"),
                      span("2020-01-01 00:50:30", "2020-01-01 01:38"),
                      span("2020-01-01 01:38:01", "2020-01-01 02:00")});

    const Store moved = liveness("01:00:30");
    const std::array<Micros, 4> half_hours{hm("00:24:40"), hm("00:29:30"), hm("00:30:00"), hm("00:29:59")};
    for (int i = 0; i < 4; ++i) {
        const Instant from = window.from + i * minutes(30);
        CHECK(moved.sum({from, from + minutes(30)}, window.to, policy).up == half_hours[static_cast<std::size_t>(i)]);
    }
}

TEST_CASE("E: time zones, open minutes by wall-clock membership", "[conformance]") {
    struct Row {
        const char *zone, *day, *opens, *closes;
        double open;
    };
    const auto row = GENERATE(values<Row>({
        {"America/Chicago", "2024-03-10", "00:00", "24:00", 1380},
        {"America/Chicago", "2024-03-10", "01:00", "04:00", 120},
        {"America/Chicago", "2024-03-10", "01:30", "02:30", 30},
        {"America/Chicago", "2024-03-10", "02:15", "02:45", 0},
        {"America/Chicago", "2024-03-10", "02:30", "03:30", 30},
        {"America/Chicago", "2024-03-09", "22:00", "06:00", 420},
        {"America/Chicago", "2024-11-02", "22:00", "06:00", 540},
        {"America/Chicago", "2024-11-03", "00:00", "24:00", 1500},
        {"America/Chicago", "2024-11-03", "01:00", "03:00", 180},
        {"America/Chicago", "2024-11-03", "00:30", "01:30", 90},
        {"America/Chicago", "2024-11-03", "01:30", "02:30", 90},
        {"America/Chicago", "2024-11-03", "01:15", "01:45", 60},
        {"Australia/Lord_Howe", "2024-10-06", "00:00", "24:00", 1410},
        {"Australia/Lord_Howe", "2024-04-07", "00:00", "24:00", 1470},
    }));
    CAPTURE(row.zone, row.day, row.opens, row.closes);
    Store store(row.zone);
    store.special(row.day, make_shift(hm(row.opens), hm(row.closes)));
    const Instant noon = store.at((std::string(row.day) + " 12:00").c_str());
    CHECK(store.open_time({noon - 2 * kDay, noon + 2 * kDay}) == minutes(row.open));
}

TEST_CASE("E: a week without a Friday, and Mondays inside a UTC day", "[conformance]") {
    Store apia("Pacific/Apia", "2011-12-01", "2012-02-01");
    apia.open({0, 1, 2, 3, 4}, "09:00", "17:00");
    CHECK(apia.open_time(apia.between("2011-12-26", "2012-01-02")) == minutes(1920));

    const auto monday = GENERATE(
        table<const char*, double>({{"Asia/Kolkata", 480}, {"Asia/Kathmandu", 480}, {"Pacific/Chatham", 195}}));
    Store store(std::get<0>(monday));
    store.open({0}, "09:00", "17:00");
    CHECK(store.open_time(span("2024-01-08", "2024-01-09")) == minutes(std::get<1>(monday)));
}

TEST_CASE("E: weeks around the clock", "[conformance]") {
    Store store("America/Chicago");
    store.around_the_clock();
    CHECK(store.open_time(store.between("2024-03-04", "2024-03-11")) == minutes(10020));
    CHECK(store.open_time(store.between("2024-10-28", "2024-11-04")) == minutes(10140));
    for (const char* from : {"2024-03-07 13:17", "2024-10-30 01:30", "2024-07-01"})
        CHECK(store.open_time({store.at(from), store.at(from) + 7 * kDay}) == minutes(10080));
}

TEST_CASE("E: Mexico City opens by its own rules of the day", "[conformance]") {
    // The rules as they are since October 2022; ICU's own may be older, so they are written here.
    const ZoneTable zone{{{utc("2023-01-01"), -std::chrono::hours(6)}}, span("2023-01-01", "2024-01-01")};
    Calendar calendar;
    calendar.special = {{date("2023-07-15"), make_shift(hm("09:00"), hm("17:00"))}};
    CHECK(sessions(calendar.view(), zone.view(), span("2023-07-14", "2023-07-17")) ==
          IntervalSet{span("2023-07-15 15:00", "2023-07-15 23:00")});
}

namespace {

// The stores of part F, all in Chicago, asked about Monday 2024-01-08.
Store store_p() {
    Store s("America/Chicago");
    s.open({0}, "09:00", "12:00").poll("2024-01-08 10:14", Status::up).poll("2024-01-08 11:15", Status::down);
    return s;
}

Store polls_q() {
    Store s("America/Chicago");
    s.poll("2024-01-08 09:00", Status::up)
        .poll("2024-01-08 10:00", Status::up)
        .poll("2024-01-08 13:00", Status::up)
        .poll("2024-01-08 14:00", Status::down);
    return s;
}

Store store_q() {
    Store s = polls_q();
    s.open({0}, "09:00", "17:00");
    return s;
}

Minutes monday(const Store& s, const char* policy = "") {
    return in_minutes(s.sum(s.between("2024-01-08", "2024-01-09"), policy));
}

Minutes last(const Store& s, const char* as_of, Micros length, const char* policy = "") {
    const Instant now = s.at(as_of);
    return in_minutes(s.sum({now - length, now}, now, policy));
}

}  // namespace

TEST_CASE("worked examples of the contract", "[conformance]") {
    Store s = store_p();
    CHECK(monday(s) == Minutes{180, 135, 45, 0});
    CHECK(monday(s, "backfill=off") == Minutes{180, 61, 45, 74});
    CHECK(monday(s, "fill=nearest") == Minutes{180, 104.5, 75.5, 0});
    s.poll("2024-01-08 08:50", Status::down);
    CHECK(monday(s) == Minutes{180, 135, 45, 0});
    CHECK(monday(s, "carry=always") == Minutes{180, 61, 119, 0});
    s.polls.clear();
    CHECK(monday(s) == Minutes{180, 0, 0, 180});
    CHECK(monday(s, "unknown=down") == Minutes{180, 0, 180, 0});
}

TEST_CASE("F: rolling windows", "[conformance]") {
    const Store p = store_p();
    const Micros hour = minutes(60), day = kDay, week = 7 * kDay;
    CHECK(last(p, "2024-01-08 11:30", hour) == Minutes{60, 45, 15, 0});
    CHECK(last(p, "2024-01-08 11:30", day) == Minutes{150, 135, 15, 0});
    CHECK(last(p, "2024-01-08 11:30", week) == Minutes{180, 135, 15, 30});
    CHECK(last(p, "2024-01-08 11:30", hour, kLocf) == Minutes{60, 45, 15, 0});
    CHECK(last(p, "2024-01-08 11:30", day, kLocf) == Minutes{150, 61, 15, 74});
    CHECK(last(p, "2024-01-08 11:30", week, kLocf) == Minutes{180, 61, 15, 104});
    CHECK(last(p, "2024-01-08 12:30", hour) == Minutes{30, 0, 30, 0});
    CHECK(last(p, "2024-01-08 20:00", hour) == Minutes{0, 0, 0, 0});

    Store old("America/Chicago");
    old.around_the_clock().poll("2023-12-04 12:00", Status::up);
    CHECK(last(old, "2024-01-08 12:00", week) == Minutes{10080, 0, 0, 10080});
    CHECK(last(old, "2024-01-08 12:00", week, kLocf) == Minutes{10080, 10080, 0, 0});
}

TEST_CASE("F: rows over midnight, overlapping and apart", "[conformance]") {
    Store night("America/Chicago");
    night.open({6}, "22:00", "06:00").poll("2024-01-07 23:00", Status::up).poll("2024-01-08 01:00", Status::down);
    CHECK(monday(night) == Minutes{360, 60, 300, 0});

    Store overlapping("America/Chicago");
    overlapping.open({0}, "09:00", "13:00").open({0}, "12:00", "17:00").poll("2024-01-08 09:00", Status::up);
    CHECK(monday(overlapping) == Minutes{480, 480, 0, 0});

    Store apart("America/Chicago");
    apart.open({0}, "09:00", "12:00").open({0}, "14:00", "18:00");
    apart.poll("2024-01-08 09:00", Status::up).poll("2024-01-08 11:00", Status::down).poll("2024-01-08 15:00", Status::up);
    CHECK(monday(apart) == Minutes{420, 360, 60, 0});
    CHECK(monday(apart, kLocf) == Minutes{420, 300, 120, 0});
}

TEST_CASE("F: gaps", "[conformance]") {
    const Store q = store_q();
    CHECK(monday(q) == Minutes{480, 300, 180, 0});
    CHECK(monday(q, "backfill=off max_gap=90 min") == Minutes{480, 210, 90, 180});
    CHECK(monday(q, "backfill=off max_gap=60 min") == Minutes{480, 180, 60, 240});
    CHECK(monday(q, "max_gap=90 min") == Minutes{480, 300, 90, 90});
    CHECK(monday(q, "max_gap=60 min") == Minutes{480, 240, 60, 180});
}

TEST_CASE("F: special days", "[conformance]") {
    CHECK(monday(store_q().special("2024-01-08", {})) == Minutes{0, 0, 0, 0});
    CHECK(monday(store_q().special("2024-01-08", make_shift(hm("10:00"), hm("14:00")))) == Minutes{240, 240, 0, 0});

    Store evening = store_q().special("2024-01-08", make_shift(hm("20:00"), hm("02:00")));
    const Interval two_days = evening.between("2024-01-08", "2024-01-10");
    CHECK(in_minutes(evening.sum(two_days)) == Minutes{360, 0, 0, 360});
    CHECK(in_minutes(evening.sum(two_days, kLocf)) == Minutes{360, 0, 360, 0});

    Store night("America/Chicago");
    night.open({6}, "22:00", "06:00").special("2024-01-08", {}).poll("2024-01-07 22:00", Status::up);
    CHECK(in_minutes(night.sum(night.between("2024-01-07", "2024-01-09"))) == Minutes{480, 480, 0, 0});
}

TEST_CASE("F: maintenance", "[conformance]") {
    Store one = store_q(), two = store_q();
    one.exclude("2024-01-08 13:30", "2024-01-08 15:30");
    two.exclude("2024-01-08 13:30", "2024-01-08 15:00").exclude("2024-01-08 14:30", "2024-01-08 15:30");
    for (const Store& s : {one, two}) {
        CHECK(monday(s) == Minutes{360, 270, 90, 0});
        CHECK(s.sum(s.between("2024-01-08", "2024-01-09")).excluded == minutes(120));
    }
}

TEST_CASE("F: as_of, and a poll at closing time", "[conformance]") {
    const Store q = store_q();
    CHECK(in_minutes(q.sum(q.between("2024-01-08", "2024-01-09"), q.at("2024-01-08 12:00"))) ==
          Minutes{180, 180, 0, 0});

    Store closing("America/Chicago");
    closing.open({0}, "09:00", "17:00").poll("2024-01-08 09:00", Status::up).poll("2024-01-08 17:00", Status::down);
    CHECK(monday(closing) == Minutes{480, 480, 0, 0});
}

TEST_CASE("F: outages", "[conformance]") {
    Store q = store_q();
    q.poll("2024-01-08 15:00", Status::up).poll("2024-01-08 16:00", Status::down);
    const Interval window = q.between("2024-01-08", "2024-01-09");
    const std::vector<Outage> found = outages(Question({&window, 1}, window.to, {}), q.view());
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Outage{q.at("2024-01-08 14:00"), q.at("2024-01-08 15:00"), q.at("2024-01-08 15:00"), minutes(60)});
    CHECK(found[1] == Outage{q.at("2024-01-08 16:00"), q.at("2024-01-08 17:00"), std::nullopt, minutes(60)});
    CHECK(q.sum(window).outages == 2);
    CHECK(q.sum(window).ended_outages() == 1);
}
