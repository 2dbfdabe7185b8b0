#include "core/cases.hpp"

#include "core/time_text.hpp"
#include "core/zone_icu.hpp"

namespace store_uptime::test {
namespace {

constexpr Micros kHour = std::chrono::hours(1);
constexpr Micros kHalfHour = std::chrono::minutes(30);

// An invented zone whose clock jumps by up to a day, up to twice within the week. More would be no clock: fill counts
// on a date not coming back after three days.
ZoneTable invented_zone(Random& random, Instant around) {
    const auto offset = [&] { return kHalfHour * random.between(-28, 28) + Micros{random.one_in(5) ? 7 : 0}; };
    ZoneTable table{{{around - 20 * kDay, offset()}}, {around - 20 * kDay, around + 20 * kDay}};
    for (auto changes = random.below(3); changes > 0; --changes) {
        const Instant at = random.instant(around - 2 * kDay, around + 3 * kDay, kHalfHour);
        if (at > table.spans.back().from) table.spans.push_back({at, offset()});
    }
    return table;
}

Shift random_shift(Random& random) {
    const Micros opens = random_time_of_day(random);
    if (random.one_in(10)) return {opens, opens + kHalfHour * random.between(1, 48)};  // perhaps past 24:00
    return make_shift(opens, random_time_of_day(random));
}

Date near(Random& random, Date d, int days) { return d + std::chrono::days(random.between(-days, days)); }

std::vector<Poll> random_polls(Random& random, Interval range, Instant as_of) {
    std::vector<Poll> polls;
    const Micros grid = random.of({kHalfHour, kHour, 3 * kHour, Micros(std::chrono::minutes(10))});
    // All over, or a cluster: sessions with many polls, and windows with none.
    if (random.one_in(2)) range.from = random.instant(range.from, range.to - kDay, kHour);
    if (random.one_in(2)) range.to = std::min(range.to, range.from + kDay);
    for (auto n = random.below(13); n > 0; --n) {
        const Status status = random.of({Status::up, Status::up, Status::down, Status::down, Status::unknown});
        Instant at = random.instant(range.from, range.to, grid);
        if (random.one_in(12)) at = as_of + Micros{random.between(-1, 1)};
        if (!polls.empty() && random.one_in(8)) at = random.of(polls).at;
        polls.push_back({at, status});
    }
    return polls;
}

}  // namespace

const std::vector<Place>& places() {
    static const std::vector<Place> all{
        {"America/Chicago", "2024-01-08"},     {"America/Chicago", "2024-03-10"},
        {"America/Chicago", "2024-11-03"},     {"Australia/Lord_Howe", "2024-10-06"},
        {"Australia/Lord_Howe", "2024-04-07"}, {"Pacific/Apia", "2011-12-30"},
        {"Pacific/Kwajalein", "1993-08-21"},   {"America/St_Johns", "2010-11-07"},
        {"America/St_Johns", "2010-03-14"},    {"America/Havana", "2024-11-03"},
        {"America/Havana", "2024-03-10"},      {"America/Sao_Paulo", "2018-11-04"},
        {"Asia/Kathmandu", "1986-01-01"},      {"Asia/Kolkata", "2024-01-08"},
        {"Pacific/Chatham", "2024-04-07"},     {"Pacific/Chatham", "2024-09-29"},
        {"Africa/Monrovia", "1972-01-07"},     {"Africa/Casablanca", "2022-05-08"},
        {"Antarctica/Troll", "2024-03-31"},    {"Europe/Berlin", "2024-10-27"},
        {"America/Caracas", "2016-05-01"},     {"America/Anchorage", "1867-10-18"},
        {"UTC", "2024-02-29"}};
    return all;
}

ZoneTable zone_at(const Place& place) {
    const Instant around{WallClock(date(place.date)).time_since_epoch()};
    return icu_zone(place.zone, {around - 20 * kDay, around + 20 * kDay});
}

Micros random_time_of_day(Random& random) {
    if (random.one_in(12)) return Micros{random.between(0, kDay.count())};
    if (random.one_in(8)) return random.of({Micros{0}, kDay, kDay - Micros{1}, Micros{1}});
    return kHalfHour * random.between(0, 48);
}

Calendar random_calendar(Random& random, Date around) {
    Calendar calendar;
    switch (random.below(5)) {
        case 0:
            calendar = Calendar::around_the_clock();
            break;
        case 1:
            for (unsigned day = 0; day < 7; ++day)
                calendar.weekly.push_back({day, make_shift(9 * kHour, 17 * kHour)});
            break;
        case 2:
            for (unsigned day = 0; day < 7; ++day)
                calendar.weekly.push_back({day, make_shift(20 * kHour, 5 * kHour)});
            break;
        default:
            for (auto rows = random.below(12); rows > 0; --rows) {
                WeeklyRow row{static_cast<unsigned>(random.below(7)), random_shift(random)};
                if (random.one_in(4)) row.valid_from = near(random, around, 4);
                if (random.one_in(4)) row.valid_until = near(random, around, 4);
                calendar.weekly.push_back(row);
            }
    }
    if (random.one_in(2))
        for (auto rows = random.below(5); rows > 0; --rows)
            calendar.special.push_back({near(random, around, 3), random.one_in(3) ? Shift{} : random_shift(random)});
    random.shuffle(calendar.weekly);
    random.shuffle(calendar.special);
    return calendar;
}

Policy random_policy(Random& random) {
    return {random.of({Fill::previous, Fill::nearest, Fill::next}),
            random.of({Carry::session, Carry::day, Carry::always}),
            random.of({Backfill::on, Backfill::off}),
            random.of({Status::unknown, Status::unknown, Status::up, Status::down}),
            random.of({kDay, kDay, kUnlimited, Micros{1}, Micros{2}, kHalfHour, kHour, 3 * kHour, 5 * kDay,
                       kHalfHour + Micros{1}})};
}

Case random_case(Random& random) {
    Case c;
    const Place& place = random.of(places());
    const Date day = date(place.date);
    const Instant around{WallClock(day).time_since_epoch()};
    const bool invented = random.one_in(4);
    c.zone_name = invented ? "invented" : place.zone;
    c.zone = invented ? invented_zone(random, around) : zone_at(place);
    c.calendar = random_calendar(random, day);
    c.policy = random_policy(random);

    const Interval world{around - 3 * kDay, around + 4 * kDay};
    for (auto n = 1 + random.below(3); n > 0; --n) {
        const Instant a = random.instant(world.from, world.to, kHour), b = random.instant(world.from, world.to, kHour);
        c.windows.push_back({std::min(a, b), std::max(a, b) + Micros{a == b ? 1 : 0}});
    }
    c.as_of = random.one_in(3)   ? c.windows.front().to
              : random.one_in(2) ? random.instant(world.from, world.to, kHour)
                                 : world.to;
    c.polls = random_polls(random, world, c.as_of);
    if (!c.polls.empty() && random.one_in(6)) c.as_of = random.of(c.polls).at;
    if (random.one_in(2))
        for (auto n = random.below(4); n > 0; --n) {
            const Instant from = random.instant(world.from, world.to, kHalfHour);
            c.excluded.push_back({from, from + kHalfHour * random.between(1, 20)});
        }
    return c;
}

ZoneTable cut(const ZoneTable& table, Interval range) {
    const Zone zone = table.view();
    const auto first = zone.spans().begin() + static_cast<std::ptrdiff_t>(zone.span_at(range.from));
    ZoneTable part{{first, zone.spans().end()}, range};
    std::erase_if(part.spans, [&](const ZoneSpan& s) { return s.from >= range.to && s.from > range.from; });
    return part;
}

}  // namespace store_uptime::test
