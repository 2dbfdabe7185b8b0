#include "core/opening_rules.hpp"

namespace store_uptime {
namespace {

constexpr std::chrono::days kNextDay{1};

}  // namespace

void OpeningRules::apply(const OpeningRule& rule) {
    for (const DateRange& range : rule.dates) {
        check_calendar_size(++rules_);
        steps_.add(weekly_.size() + special_.size());
        if (!range.special)
            apply_to(range, rule);
        else if (rule.names(range.from))
            apply_to(range.from, rule);
    }
}

void OpeningRules::apply_to(Date date, const OpeningRule& rule) {
    const auto [day, is_new] = special_.try_emplace(date);
    if (!rule.adds || rule.shifts.empty()) {
        day->second.clear();
    } else if (is_new) {  // what holds of this date as of any other of its weekday holds on
        for (const WeeklyRow& row : weekly_)
            if (row.weekday == weekday_of(date) && row.valid_on(date)) day->second.push_back(row.shift);
    }
    day->second.insert(day->second.end(), rule.shifts.begin(), rule.shifts.end());
    count(day->second.size() + 1);
}

void OpeningRules::apply_to(const DateRange& range, const OpeningRule& rule) {
    const bool replaces = !rule.adds || rule.shifts.empty();
    if (replaces) clear(range, rule);
    for (auto day = special_.lower_bound(range.from); day != special_.end() && day->first <= range.until;) {
        const auto next = std::next(day);
        if (rule.names(day->first)) {
            if (replaces)
                special_.erase(day);
            else
                day->second.insert(day->second.end(), rule.shifts.begin(), rule.shifts.end());
            count(rule.shifts.size());
        }
        day = next;
    }
    for (unsigned weekday = 0; weekday < 7; ++weekday) {
        if (!rule.weekdays[weekday]) continue;
        for (const Shift& shift : rule.shifts) weekly_.push_back({weekday, shift, range.from, range.until});
        count(rule.shifts.size());
    }
}

void OpeningRules::clear(const DateRange& range, const OpeningRule& rule) {
    std::vector<WeeklyRow> kept;
    for (const WeeklyRow& row : weekly_) {
        if (!rule.weekdays[row.weekday] || row.valid_until < range.from || range.until < row.valid_from) {
            kept.push_back(row);
            continue;
        }
        if (row.valid_from < range.from) {
            kept.push_back(row);
            kept.back().valid_until = range.from - kNextDay;
        }
        if (range.until < row.valid_until) {
            kept.push_back(row);
            kept.back().valid_from = range.until + kNextDay;
        }
    }
    if (kept.size() > weekly_.size()) count(kept.size() - weekly_.size());
    weekly_ = std::move(kept);
}

void OpeningRules::count(std::size_t more) {
    rows_ += more;
    check_calendar_size(rows_ / 4);  // later rules may take back what earlier ones made
}

Calendar OpeningRules::calendar() const {
    Calendar calendar;
    calendar.weekly = weekly_;
    for (const auto& [date, shifts] : special_) {
        if (shifts.empty()) calendar.special.push_back({date, {}});
        for (const Shift& shift : shifts) calendar.special.push_back({date, shift});
    }
    calendar.normalise();
    return calendar;
}

}  // namespace store_uptime
