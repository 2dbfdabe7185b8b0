// A store written down in a few lines of text, and questions asked of it.
#pragma once

#include <string_view>

#include "core/time_text.hpp"
#include "core/uptime.hpp"
#include "core/zone_icu.hpp"

namespace store_uptime::test {

struct Store {
    ZoneTable zone;
    Calendar calendar;
    Timeline polls;
    IntervalSet excluded;

    explicit Store(const char* zone_name, const char* from = "2023-11-01", const char* to = "2024-12-01")
        : zone(icu_zone(zone_name, {utc(from), utc(to)})) {}

    // Opens on each of `weekdays` (0 = Monday) at these local times.
    Store& open(std::initializer_list<unsigned> weekdays, const char* opens, const char* closes) {
        for (unsigned day : weekdays) calendar.weekly.push_back({day, make_shift(hm(opens), hm(closes))});
        calendar.normalise();
        return *this;
    }
    Store& around_the_clock() {
        calendar = Calendar::around_the_clock();
        return *this;
    }
    Store& special(const char* day, Shift shift) {
        calendar.special.push_back({date(day), shift});
        calendar.normalise();
        return *this;
    }
    Store& poll(const char* local_time, Status status) {
        polls.push_back({at(local_time), status});
        make_timeline(polls);
        return *this;
    }
    Store& exclude(const char* from, const char* to) {
        excluded.push_back({at(from), at(to)});
        normalise(excluded);
        return *this;
    }

    Instant at(const char* local_time) const { return local(zone.view(), local_time); }
    Interval between(const char* from, const char* to) const { return {at(from), at(to)}; }
    StoreView view() const { return {polls, calendar.view(), zone.view(), excluded}; }

    Totals sum(const Interval& window, Instant as_of, std::string_view policy = "") const {
        Uptime uptime(Question({&window, 1}, as_of, parse_policy(policy)));
        uptime.sum(view());
        return uptime.totals(0);
    }
    Totals sum(const Interval& window, std::string_view policy = "") const { return sum(window, window.to, policy); }

    Micros open_time(const Interval& window) const { return measure(sessions(calendar.view(), zone.view(), window)); }
};

// Totals in minutes, as the contract's tables have them.
struct Minutes {
    double open, up, down, unknown;
    friend bool operator==(const Minutes&, const Minutes&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Minutes& m) {
        return out << m.open << " / " << m.up << " / " << m.down << " / " << m.unknown;
    }
};

inline Minutes in_minutes(const Totals& t) {
    const auto m = [](Micros d) { return static_cast<double>(d.count()) / 60e6; };
    return {m(t.open()), m(t.up), m(t.down), m(t.unknown)};
}

}  // namespace store_uptime::test
