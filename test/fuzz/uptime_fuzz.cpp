// Any calendar and timeline, whatever bytes they come from: up, down and unknown are the open time, and so in each of two
// parts that the window is cut into.
#include <cstdlib>
#include <cstring>

#include "core/calendar_codec.hpp"
#include "core/opening.hpp"
#include "core/timeline_codec.hpp"
#include "core/uptime.hpp"

using namespace store_uptime;

namespace {

// What the first bytes ask: a window of up to half a year, where to cut it, when, and the policy.
struct Asked {
    std::uint32_t start, length, cut, as_of;  // minutes
    std::uint8_t fill, carry, backfill, unknown, gap, calendar_size;
};

Totals sum(const StoreView& store, const Interval& window, Instant as_of, const Policy& policy) {
    Uptime uptime(Question({&window, 1}, as_of, policy));
    uptime.sum(store);
    return uptime.totals(0);
}

void check(const StoreView& store, const Interval& window, Instant middle, Instant as_of, const Policy& policy) {
    const Totals whole = sum(store, window, as_of, policy);
    Totals parts = sum(store, {window.from, middle}, as_of, policy);
    parts.then(sum(store, {middle, window.to}, as_of, policy));
    const Interval seen{window.from, std::max(window.from, std::min(window.to, as_of))};
    if (whole != parts || whole.open() != measure(sessions(store.calendar, store.zone, seen))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Asked asked;
    if (size < sizeof(asked)) return 0;
    std::memcpy(&asked, data, sizeof(asked));
    const Bytes rest(data + sizeof(asked), size - sizeof(asked));
    const Bytes calendar_bytes = rest.first(std::min<std::size_t>(rest.size(), asked.calendar_size));
    const auto minutes = [](std::uint64_t n) { return Micros{std::chrono::minutes(n)}; };
    const Instant start = Instant{} + minutes(asked.start);  // from 1970 to 10135
    const Interval window{start, start + minutes(2 + asked.length % 250'000)};
    const Instant middle = window.from + minutes(1 + asked.cut % (asked.length % 250'000 + 1));
    const Instant as_of = start + minutes(asked.as_of % 300'000);
    const Policy policy{static_cast<Fill>(asked.fill % 3), static_cast<Carry>(asked.carry % 3),
                        static_cast<Backfill>(asked.backfill % 2), static_cast<Status>(asked.unknown % 3),
                        asked.gap == 0 ? kUnlimited : minutes(asked.gap * std::uint64_t{37})};
    static const ZoneTable zone = fixed_zone(std::chrono::hours(5) + std::chrono::minutes(45));
    try {
        const ZonedCalendar calendar = decode_calendar(calendar_bytes);
        const CalendarView hours = calendar.calendar.view();
        const auto opens = next_open(hours, zone.view(), start), closes = next_close(hours, zone.view(), start);
        if (opens && (*opens <= start || !is_open(hours, zone.view(), *opens))) std::abort();
        if (closes && (*closes <= start || is_open(hours, zone.view(), *closes))) std::abort();
        const Timeline polls = decode_timeline(rest.subspan(calendar_bytes.size()));
        check({polls, hours, zone.view(), {}}, window, middle, as_of, policy);
    } catch (const Error& e) {
        if (e.code() != Errc::corrupt && e.code() != Errc::unsupported && e.code() != Errc::too_large) std::abort();
    }
    return 0;
}
