#include "core/calendar_codec.hpp"

#include <array>

namespace store_uptime {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr const char* kWhat = "business_calendar";

// Each divides the next.
constexpr std::array<std::int64_t, 3> kUnits{1, 1'000'000, 60'000'000};
constexpr unsigned kHasFrom = 1U << 3, kHasUntil = 1U << 4, kUnitShift = 5;

constexpr std::int64_t days(Date d) noexcept { return d.time_since_epoch().count(); }

unsigned unit_of(const Shift& s) noexcept {
    unsigned unit = kUnits.size() - 1;
    while (s.opens.count() % kUnits[unit] != 0 || s.closes.count() % kUnits[unit] != 0) --unit;
    return unit;
}

class Writer {
 public:
    explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}

    void byte(unsigned b) { out_.push_back(static_cast<std::uint8_t>(b)); }
    void number(std::uint64_t n) {
        std::array<std::uint8_t, kLongestNumber> bytes{};
        out_.insert(out_.end(), bytes.data(), put_number(bytes.data(), n));
    }
    void text(std::string_view s) {
        number(s.size());
        out_.insert(out_.end(), s.begin(), s.end());
    }
    void shift(const Shift& s, unsigned unit) {
        number(static_cast<std::uint64_t>(s.opens.count() / kUnits[unit]));
        number(static_cast<std::uint64_t>((s.closes - s.opens).count() / kUnits[unit]));
    }
    void date(Date d) { number(zigzag(days(d))); }

 private:
    std::vector<std::uint8_t>& out_;
};

void write(Writer& out, const WeeklyRow& row) {
    const bool has_from = row.valid_from != Date::min(), has_until = row.valid_until != Date::max();
    const unsigned unit = unit_of(row.shift);
    out.byte(row.weekday | (has_from ? kHasFrom : 0) | (has_until ? kHasUntil : 0) | unit << kUnitShift);
    out.shift(row.shift, unit);
    if (has_from) out.date(row.valid_from);
    if (has_until) out.date(row.valid_until);
}

class Reader {
 public:
    explicit Reader(Bytes bytes) : in_(bytes, kWhat) { check_version(in_, kVersion, kWhat); }

    ZonedCalendar read() {
        ZonedCalendar read;
        const Bytes zone = in_.bytes(in_.number(kLongestZoneName));
        read.zone.assign(zone.begin(), zone.end());
        read.calendar.weekly.resize(count());
        for (WeeklyRow& row : read.calendar.weekly) weekly(row);
        read.calendar.special.resize(count());
        std::int64_t since = 0;
        for (SpecialRow& row : read.calendar.special) {
            special(row, since, &row == read.calendar.special.data());
            since = days(row.date);
        }
        in_.finish();
        return read;
    }

    [[noreturn]] void fail(const char* why) const { in_.fail(why); }

 private:
    // Of rows that are still to come; each takes three bytes at least.
    std::size_t count() { return static_cast<std::size_t>(in_.number(std::min(kMaxCalendarRows, in_.left() / 3))); }

    Shift shift(unsigned unit) {
        if (unit >= kUnits.size()) fail("a unit of time is malformed");
        const auto most = static_cast<std::uint64_t>(2 * kDay.count() / kUnits[unit]);
        const std::uint64_t opens = in_.number(most);
        const std::uint64_t closes = opens + in_.number(most - opens);
        return {Micros{static_cast<std::int64_t>(opens) * kUnits[unit]},
                Micros{static_cast<std::int64_t>(closes) * kUnits[unit]}};
    }

    Date date_at(std::int64_t day) const {
        const bool in_range = days(kMinCalendarDate) <= day && day <= days(kMaxCalendarDate);
        if (!in_range) fail("a date is out of range");
        return Date{std::chrono::days{day}};
    }
    Date date() { return date_at(unzigzag(in_.number())); }

    void weekly(WeeklyRow& row) {
        const unsigned head = in_.byte();
        row.weekday = head & 7;
        if (row.weekday > 6 || head >> 7 != 0) fail("a row is malformed");
        row.shift = shift(head >> kUnitShift);
        if ((head & kHasFrom) != 0) row.valid_from = date();
        if ((head & kHasUntil) != 0) row.valid_until = date();
    }

    void special(SpecialRow& row, std::int64_t since, bool first) {
        const unsigned head = in_.byte();
        if ((head & ~(3U << kUnitShift)) != 0) fail("a row is malformed");
        const auto longest = static_cast<std::uint64_t>(days(kMaxCalendarDate) - days(kMinCalendarDate));
        row.date = first ? date() : date_at(since + static_cast<std::int64_t>(in_.number(longest)));
        row.shift = shift(head >> kUnitShift);
    }

    ByteReader in_;
};

}  // namespace

std::vector<std::uint8_t> encode(const ZonedCalendar& calendar) {
    std::vector<std::uint8_t> bytes;
    Writer out(bytes);
    out.byte(kVersion);
    out.text(calendar.zone);
    out.number(calendar.calendar.weekly.size());
    for (const WeeklyRow& row : calendar.calendar.weekly) write(out, row);
    out.number(calendar.calendar.special.size());
    const SpecialRow* before = nullptr;
    for (const SpecialRow& row : calendar.calendar.special) {
        const unsigned unit = unit_of(row.shift);
        out.byte(unit << kUnitShift);
        if (before == nullptr)
            out.date(row.date);
        else
            out.number(static_cast<std::uint64_t>(days(row.date) - days(before->date)));
        out.shift(row.shift, unit);
        before = &row;
    }
    return bytes;
}

ZonedCalendar decode_calendar(Bytes bytes) {
    Reader reader(bytes);
    ZonedCalendar read = reader.read();
    // Cheaper than to check each way of writing the same otherwise: what we would write must be what there is.
    if (!is_zone_name(read.zone)) reader.fail("its zone has no name");
    read.calendar.normalise();
    const std::vector<std::uint8_t> again = encode(read);
    if (!std::equal(bytes.begin(), bytes.end(), again.begin(), again.end())) reader.fail("it is not in normal form");
    return read;
}

}  // namespace store_uptime
