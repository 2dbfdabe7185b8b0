// Opening hours as a list of rules, each over what the rules before it have left: the meaning of OpenStreetMap's
// opening_hours.
//
// A rule names days (weekdays, dates or both; all if it names none) and says when those are open. It replaces what the
// rules before said of these days, or, as an additional rule, adds to it. Days are those on which a shift starts: the
// tail of the night before belongs to the day before, and no rule for a day touches it.
//
// A rule for a range of dates becomes rows valid in that range, and what it replaces stays valid before and after it; a
// rule for a single date becomes a special day.
#pragma once

#include <map>

#include "core/calendar.hpp"
#include "core/interrupt.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

struct DateRange {
    Date from = Date::min();  // both inclusive
    Date until = Date::max();
    bool special = false;  // a single date, which becomes a special day
};

struct OpeningRule {
    bool adds = false;                  // to what is said of these days, instead of replacing it
    std::array<bool, 7> weekdays{};     // 0 = Monday
    std::vector<DateRange> dates{DateRange{}};  // all time unless the rule says otherwise
    std::vector<Shift> shifts;          // none: closed, whatever `adds` says

    bool names(Date d) const noexcept { return weekdays[weekday_of(d)]; }
};

// Applies rules one after the other.
class OpeningRules {
 public:
    // Throws Errc::too_large when there are more rules or rows than kMaxCalendarRows.
    void apply(const OpeningRule& rule);
    // Normalised.
    Calendar calendar() const;

 private:
    void apply_to(Date date, const OpeningRule& rule);
    void apply_to(const DateRange& range, const OpeningRule& rule);
    // Leaves the rows of the rule's weekdays valid outside the range only.
    void clear(const DateRange& range, const OpeningRule& rule);
    void count(std::size_t more);

    std::vector<WeeklyRow> weekly_;
    std::map<Date, std::vector<Shift>> special_;
    std::size_t rules_ = 0;  // each as often as it has ranges of dates
    std::size_t rows_ = 0;  // made so far, no fewer than there are
    Steps steps_;
};

}  // namespace store_uptime
