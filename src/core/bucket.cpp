#include "core/bucket.hpp"

#include "core/characters.hpp"
#include "core/civil_date.hpp"

namespace store_uptime {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::string_view kNames[] = {"hour", "day", "week", "month"};
constexpr Micros kLongest[] = {hours(1), kDay, 7 * kDay, 31 * kDay};

constexpr Micros longest(Bucket b) noexcept { return kLongest[static_cast<std::size_t>(b)]; }

// No clock is set back by more: the offsets of zones, POSIX rules included, lie within a week of UTC.
constexpr Micros kFarthestReturn = 14 * kDay;

// The date on which the bucket begins that `d` lies in.
Date begin_of(Bucket b, Date d) noexcept {
    switch (b) {
        case Bucket::week:
            return d - days{weekday_of(d)};
        case Bucket::month:
            return d - days{civil_date(d).day - 1};
        case Bucket::hour:
        case Bucket::day:
            break;
    }
    return d;
}

// The date on which the bucket begins that follows the one beginning on `d`.
Date next_begin(Bucket b, Date d) noexcept { return begin_of(b, d + std::chrono::floor<days>(longest(b))); }

// Cuts a range at edges that ascend.
class Cutter {
 public:
    explicit Cutter(const Interval& range) : rest_(range) {}

    // Edges at or outside the ends of what is left cut nothing.
    void at(Instant edge) {
        if (!rest_.contains(edge) || edge == rest_.from) return;
        pieces_.push_back({rest_.from, edge});
        rest_.from = edge;
    }
    std::vector<Interval> finish() {
        pieces_.push_back(rest_);
        return std::move(pieces_);
    }

 private:
    Interval rest_;
    std::vector<Interval> pieces_;
};

// Calls f(span, offset, moved) for the spans of `range`; `moved` unless the one before has the same offset.
template <class F>
void each_span(const Zone& zone, const Interval& range, F&& f) {
    for (std::size_t i = zone.span_at(range.from); i < zone.spans().size(); ++i) {
        const Interval span = intersect(zone.extent(i), range);
        if (span.empty()) return;
        const Micros offset = zone.spans()[i].offset;
        f(span, offset, i > 0 && zone.spans()[i - 1].offset != offset);
    }
}

void cut_by_clock(const Interval& range, const Zone& zone, Cutter& cut) {
    each_span(zone, range, [&cut](const Interval& span, Micros offset, bool moved) {
        if (moved) cut.at(span.from);
        const WallClock until = wall_clock(span.to, offset);
        for (WallClock full = std::chrono::ceil<hours>(wall_clock(span.from, offset)); full < until; full += hours(1))
            cut.at(Instant{full.time_since_epoch() - offset});
    });
}

void cut_by_date(Bucket b, const Interval& range, const Zone& zone, Cutter& cut) {
    const Interval looked_at = bucket_zone_range(range);
    Date latest = begin_of(b, zone.date(looked_at.from));  // of the buckets that have begun
    each_span(zone, looked_at, [&](const Interval& span, Micros offset, bool) {
        const WallClock until = wall_clock(span.to, offset);
        // A clock set forward may show a later date at once.
        const Date shown = begin_of(b, std::chrono::floor<days>(wall_clock(span.from, offset)));
        if (shown > latest) {
            cut.at(span.from);
            latest = shown;
        }
        for (Date next = next_begin(b, latest); next < until; next = next_begin(b, next)) {
            cut.at(Instant{next.time_since_epoch() - offset});
            latest = next;
        }
    });
}

}  // namespace

std::string_view name(Bucket b) noexcept { return kNames[static_cast<std::size_t>(b)]; }

Bucket parse_bucket(std::string_view text) {
    for (const Bucket b : {Bucket::hour, Bucket::day, Bucket::week, Bucket::month})
        if (same_word(text, name(b))) return b;
    throw Error(Errc::invalid_argument, "bucket \"" + std::string(text) + "\" is not known",
                "Buckets are hour, day, week and month.");
}

Interval check_series(Bucket b, const Interval& range) {
    check_window(range);
    if (range.length() > kMostBuckets * longest(b))
        throw Error(Errc::too_large,
                    "more than " + std::to_string(kMostBuckets) + " " + std::string(name(b)) + "s in one series",
                    "Ask for a shorter stretch of time, or for longer buckets.");
    return range;
}

std::int64_t bucket_estimate(Bucket b, const Interval& range) noexcept { return range.length() / longest(b) + 2; }

Interval bucket_zone_range(const Interval& range) noexcept { return {saturating_sub(range.from, kFarthestReturn), range.to}; }

std::vector<Interval> buckets(Bucket b, const Interval& range, const Zone& zone) {
    check_series(b, range);
    zone.require(bucket_zone_range(range));
    Cutter cut(range);
    if (b == Bucket::hour)
        cut_by_clock(range, zone, cut);
    else
        cut_by_date(b, range, zone, cut);
    return cut.finish();
}

}  // namespace store_uptime
