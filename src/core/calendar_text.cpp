#include "core/calendar_text.hpp"

#include <cstdio>
#include <map>

#include "core/instant_text.hpp"
#include "core/interrupt.hpp"
#include "core/opening_rules.hpp"
#include "core/scanner.hpp"

namespace store_uptime {
namespace {

constexpr Micros kTwoDays = 2 * kDay;
constexpr std::array<std::string_view, 7> kWeekdays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* kHint =
    "Write a time zone, then rules as in: America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; "
    "2024 Dec 25 off (or America/Chicago; 24/7).";

template <std::size_t N>
std::size_t index_of(std::string_view word, const std::array<std::string_view, N>& words) noexcept {
    std::size_t i = 0;
    while (i < N && !same_word(word, words[i])) ++i;
    return i;
}

// --- reading ---------------------------------------------------------------------------------------------------------

class CalendarReader {
 public:
    explicit CalendarReader(std::string_view text) noexcept : in_(text, "business_calendar", kHint) {}

    ZonedCalendar read() {
        ZonedCalendar read;
        read.zone = zone();
        OpeningRules rules;
        bool adds = false;
        do {
            rules.apply(rule(adds));
            in_.skip_space();
            adds = in_.peek() == ',';
        } while (in_.take(';') || in_.take(','));
        if (!in_.at_end()) in_.fail("expected \";\" or \",\" and another rule");
        read.calendar = rules.calendar();
        read.normalise();
        return read;
    }

 private:
    std::string zone() {
        in_.skip_space();
        const std::size_t start = in_.position();
        std::size_t end = start;  // without the spaces before the semicolon
        for (; !in_.at_end() && in_.peek() != ';'; in_.advance())
            if (!is_space(in_.peek())) end = in_.position() + 1;
        const std::string_view name = in_.since(start).substr(0, end - start);
        if (name.empty()) in_.fail_at(start, "expected a time zone");
        if (!in_.take(';')) in_.fail("expected \";\" and opening hours");
        return std::string(name);
    }

    OpeningRule rule(bool adds) {
        OpeningRule rule;
        rule.adds = adds;
        rule.weekdays.fill(true);
        in_.skip_space();
        if (around_the_clock()) {
            rule.shifts = {kWholeDay};
            return rule;
        }
        const std::size_t start = in_.position();
        if (in_.peek() == '-' || at_year()) rule.dates = dates();
        in_.skip_space();
        if (at_weekday()) rule.weekdays = weekdays();
        const bool names_days = in_.position() > start;
        in_.skip_space();
        if (is_digit(in_.peek()))
            rule.shifts = shifts();
        else if (is_letter(in_.peek()))
            closed();
        else if (names_days)
            rule.shifts = {kWholeDay};
        else
            in_.fail("expected a rule");
        return rule;
    }

    bool around_the_clock() noexcept {
        const std::size_t start = in_.position();
        if (in_.take('2') && in_.take('4') && in_.take('/') && in_.take('7')) return true;
        in_.go_back(start);
        return false;
    }

    void closed() {
        const std::size_t start = in_.position();
        const std::string_view word = in_.word();
        if (!same_word(word, "off") && !same_word(word, "closed"))
            in_.fail_at(start, "expected weekdays, hours or \"off\"");
    }

    // Digits that no colon follows are a year, others an hour.
    bool at_year() const noexcept {
        std::size_t digits = 0;
        while (digits < 5 && is_digit(in_.peek(digits))) ++digits;
        return digits > 0 && in_.peek(digits) != ':';
    }

    // What follows a comma, if `begins` says it is there; otherwise the comma separates rules and stays.
    template <class Begins>
    bool another(Begins begins) {
        const std::size_t before = in_.position();
        steps_.add();
        in_.skip_space();
        if (in_.take(',')) {
            in_.skip_space();
            if (begins()) return true;
        }
        in_.go_back(before);
        return false;
    }

    std::vector<DateRange> dates() {
        std::vector<DateRange> ranges;
        do {
            ranges.push_back(date_range());
            check_calendar_size(ranges.size());
        } while (another([this] { return in_.peek() == '-' || at_year(); }));
        return ranges;
    }

    // A year, month or day, as the dates from its first to its last.
    struct Written {
        CivilDate civil;  // month and day 0 if not written
        DateRange range;
    };

    DateRange date_range() {
        const std::size_t start = in_.position();
        if (in_.take('-')) {
            in_.skip_space();
            return {Date::min(), date({}).range.until, false};
        }
        const Written from = date({});
        const std::size_t end = in_.position();
        in_.skip_space();
        if (in_.take('+')) return {from.range.from, Date::max(), false};
        if (!in_.take('-')) {
            in_.go_back(end);
            return from.range;
        }
        in_.skip_space();
        const DateRange range{from.range.from, date(from.civil).range.until, false};
        if (range.until < range.from) in_.fail_at(start, "a range of dates that ends before it begins");
        return range;
    }

    // `before`: what is written before the hyphen; years and months left out after it are those.
    Written date(CivilDate before) {
        const std::size_t start = in_.position();
        CivilDate civil{before.year, 0, 0};
        const bool day_only = before.day != 0 && is_digit(in_.peek()) && !is_digit(in_.peek(2));
        if (day_only)
            civil.month = before.month;
        else if (before.month == 0 || is_digit(in_.peek()))
            civil.year = in_.digits(4, 4, "a year of four digits");
        if (!day_only) civil.month = month(before.month != 0);
        const std::size_t after_month = in_.position();
        if (!day_only) in_.skip_space();
        if (civil.month != 0 && is_digit(in_.peek()) && !at_hour())
            civil.day = static_cast<unsigned>(in_.digits(1, 2, "a day of the month"));
        else
            in_.go_back(after_month);
        return {civil, range_of(civil, start)};
    }

    // The month that comes next, 0 if none does; weekdays are words too.
    unsigned month(bool must) {
        const std::size_t before = in_.position();
        in_.skip_space();
        const std::size_t start = in_.position();
        const std::size_t month = index_of(in_.word(), kMonths);
        if (month < kMonths.size()) return static_cast<unsigned>(month) + 1;
        if (must) in_.fail_at(start, "expected a month, as Jan");
        in_.go_back(before);
        return 0;
    }

    bool at_hour() const noexcept { return in_.peek(is_digit(in_.peek(1)) ? 2 : 1) == ':'; }

    DateRange range_of(const CivilDate& civil, std::size_t start) const {
        DateRange range;
        const CivilDate first{civil.year, civil.month ? civil.month : 1, civil.day ? civil.day : 1};
        if (!make_date(first, range.from) || range.from < kMinCalendarDate)
            in_.fail_at(start, "there is no such date");
        range.until = range.from;
        range.special = civil.day != 0;
        if (range.special) return range;
        const std::chrono::year_month last{std::chrono::year(static_cast<int>(civil.year)),
                                           std::chrono::month(civil.month ? civil.month : 12)};
        range.until = Date(last / std::chrono::last);
        return range;
    }

    bool at_weekday() {
        const std::size_t start = in_.position();
        const bool found = index_of(in_.word(), kWeekdays) < kWeekdays.size();
        in_.go_back(start);
        return found;
    }

    unsigned weekday() {
        const std::size_t start = in_.position();
        const std::size_t day = index_of(in_.word(), kWeekdays);
        if (day == kWeekdays.size()) in_.fail_at(start, "expected a weekday, as Mo");
        return static_cast<unsigned>(day);
    }

    std::array<bool, 7> weekdays() {
        std::array<bool, 7> named{};
        do {
            unsigned day = weekday();
            named[day] = true;
            const std::size_t end = in_.position();
            in_.skip_space();
            if (!in_.take('-')) {
                in_.go_back(end);
                continue;
            }
            in_.skip_space();
            for (const unsigned last = weekday(); day != last; named[day] = true) day = (day + 1) % 7;
        } while (another([this] { return at_weekday(); }));
        return named;
    }

    std::vector<Shift> shifts() {
        std::vector<Shift> shifts;
        do {
            shifts.push_back(shift());
            check_calendar_size(shifts.size());
        } while (another([this] { return is_digit(in_.peek()) && at_hour(); }));
        return shifts;
    }

    Shift shift() {
        const std::size_t start = in_.position();
        Shift s;
        s.opens = scan_time_of_day(in_, kTwoDays);
        in_.skip_space();
        if (!in_.take('-')) in_.fail("expected \"-\" and a closing time");
        in_.skip_space();
        s.closes = scan_time_of_day(in_, kTwoDays);
        if (s.closes <= s.opens) s.closes += kDay;
        if (s.closes > kTwoDays || s.closed()) in_.fail_at(start, "hours end by the end of the next day");
        return s;
    }

    Scanner in_;
    Steps steps_;
};

// --- printing --------------------------------------------------------------------------------------------------------

// When rows are valid; of all time comes first.
struct Validity {
    Date from, until;

    bool operator<(const Validity& other) const noexcept {
        return from != other.from ? from < other.from : until > other.until;
    }
};

// The shifts of each weekday in rows of one validity.
using Week = std::array<std::vector<Shift>, 7>;
using Weeks = std::map<Validity, Week>;

Weeks weeks_of(const std::vector<WeeklyRow>& rows) {
    Weeks weeks;
    for (const WeeklyRow& row : rows) weeks[{row.valid_from, row.valid_until}][row.weekday].push_back(row.shift);
    return weeks;
}

class CalendarWriter {
 public:
    std::string write(const ZonedCalendar& calendar) {
        text_ = calendar.zone;
        const Calendar& c = calendar.calendar;
        if (std::equal(c.weekly.begin(), c.weekly.end(), kAroundTheClock.begin(), kAroundTheClock.end()))
            text_ += "; 24/7";
        else
            write_weekly(weeks_of(c.weekly));
        if (c.weekly.empty() && c.special.empty()) text_ += "; off";
        write_special(c.special);
        return std::move(text_);
    }

 private:
    void write_weekly(const Weeks& weeks) {
        for (auto week = weeks.begin(); week != weeks.end(); ++week) {
            const auto& [valid, shifts] = *week;
            std::array<bool, 7> written{};
            for (unsigned day = 0; day < 7; ++day) {
                if (shifts[day].empty() || written[day]) continue;
                std::array<bool, 7> alike{};
                for (unsigned other = day; other < 7; ++other)
                    written[other] |= alike[other] = shifts[other] == shifts[day];
                // A semicolon replaces: where rows written before stand on the same days, a comma adds.
                text_ += overlaps(weeks.begin(), week, alike) ? ", " : "; ";
                write(valid);
                write(alike);
                write(shifts[day]);
            }
        }
    }

    // Whether a week before `week` has rows on any of `days` that are valid with it.
    static bool overlaps(Weeks::const_iterator before, Weeks::const_iterator week, const std::array<bool, 7>& days) {
        for (; before != week; ++before) {
            if (before->first.until < week->first.from || week->first.until < before->first.from) continue;
            for (unsigned day = 0; day < 7; ++day)
                if (days[day] && !before->second[day].empty()) return true;
        }
        return false;
    }

    void write_special(const std::vector<SpecialRow>& rows) {
        for (std::size_t i = 0; i < rows.size();) {
            const Date date = rows[i].date;
            std::vector<Shift> shifts;
            for (; i < rows.size() && rows[i].date == date; ++i)
                if (!rows[i].shift.closed()) shifts.push_back(rows[i].shift);
            text_ += "; ";
            write(date);
            text_ += ' ';
            write(shifts);
        }
    }

    void write(Date d) {
        const CivilDate civil = civil_date(d);
        char text[32];
        std::snprintf(text, sizeof(text), "%04d %s %02u", static_cast<int>(civil.year),
                      kMonths[civil.month - 1].data(), civil.day);
        text_ += text;
    }

    void write(const Validity& valid) {
        if (valid.from == Date::min() && valid.until == Date::max()) return;
        if (valid.from != Date::min()) write(valid.from);
        if (valid.until == Date::max()) {
            text_ += "+ ";
            return;
        }
        text_ += '-';
        write(valid.until);
        text_ += ' ';
    }

    // Runs of three days and more as ranges.
    void write(const std::array<bool, 7>& days) {
        bool first = true;
        for (std::size_t day = 0; day < 7; ++day) {
            if (!days[day]) continue;
            std::size_t last = day;
            while (last + 1 < 7 && days[last + 1]) ++last;
            if (last == day + 1) last = day;
            if (!first) text_ += ',';
            first = false;
            text_ += kWeekdays[day];
            if (last > day) (text_ += '-') += kWeekdays[last];
            day = last;
        }
        text_ += ' ';
    }

    void write(const std::vector<Shift>& shifts) {
        if (shifts.empty()) text_ += "off";
        for (std::size_t i = 0; i < shifts.size(); ++i) {
            if (i > 0) text_ += ',';
            append_time_of_day(text_, shifts[i].opens);
            text_ += '-';
            // Reading takes a closing time at or before the opening for one of the next day.
            const Micros next_day = shifts[i].closes - kDay;
            const bool shorter = next_day > Micros{0} && next_day <= shifts[i].opens && shifts[i].opens < kDay;
            append_time_of_day(text_, shorter ? next_day : shifts[i].closes);
        }
    }

    std::string text_;
};

}  // namespace

ZonedCalendar parse_calendar(std::string_view text) { return CalendarReader(text).read(); }

std::string print(const ZonedCalendar& calendar) { return CalendarWriter().write(calendar); }

}  // namespace store_uptime
