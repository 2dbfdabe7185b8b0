#include "core/time_text.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace store_uptime::test {

Date date(std::string_view text) {
    int y = 0;
    unsigned m = 0, d = 0;
    if (std::sscanf(std::string(text).c_str(), "%d-%u-%u", &y, &m, &d) != 3)
        throw std::invalid_argument("no date: " + std::string(text));
    const std::chrono::year_month_day ymd{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
    if (!ymd.ok()) throw std::invalid_argument("no date: " + std::string(text));
    return Date(ymd);
}

Micros hm(std::string_view text) {
    int h = 0, m = 0;
    double s = 0;
    if (std::sscanf(std::string(text).c_str(), "%d:%d:%lf", &h, &m, &s) < 2)
        throw std::invalid_argument("no time of day: " + std::string(text));
    return std::chrono::hours(h) + std::chrono::minutes(m) + Micros(std::llround(s * 1e6));
}

WallClock wall(std::string_view text) {
    const std::size_t space = text.find(' ');
    const WallClock midnight = date(text.substr(0, space));
    return space == std::string_view::npos ? midnight : midnight + hm(text.substr(space + 1));
}

Instant utc(std::string_view text) { return Instant{wall(text).time_since_epoch()}; }

Instant local(const Zone& zone, std::string_view text) {
    const WallClock w = wall(text);
    for (std::size_t i = 0; i < zone.spans().size(); ++i) {
        const Instant t{w.time_since_epoch() - zone.spans()[i].offset};
        if (zone.extent(i).contains(t)) return t;
    }
    throw std::invalid_argument("the zone's wall never shows " + std::string(text));
}

std::string show(WallClock w) {
    const Date d = std::chrono::floor<std::chrono::days>(w);
    const std::chrono::year_month_day ymd{d};
    const std::int64_t us = (w - d).count();
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%d-%02u-%02u %02d:%02d:%02d.%06d", static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                  static_cast<int>(us / 3'600'000'000), static_cast<int>(us / 60'000'000 % 60),
                  static_cast<int>(us / 1'000'000 % 60), static_cast<int>(us % 1'000'000));
    return text.data();
}

std::string show(Instant t) { return show(WallClock{t.time_since_epoch()}) + "Z"; }

std::string show(const Interval& i) { return "[" + show(i.from) + ", " + show(i.to) + ")"; }

std::string show(Intervals set) {
    std::string text = "{";
    for (const Interval& i : set) text += (text.size() == 1 ? "" : ", ") + show(i);
    return text + "}";
}

}  // namespace store_uptime::test
