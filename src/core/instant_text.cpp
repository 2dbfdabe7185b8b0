#include "core/instant_text.hpp"

#include <algorithm>
#include <charconv>

namespace store_uptime {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// n >= 0 in at least so many digits.
void append(std::string& out, std::int64_t n, std::ptrdiff_t digits) {
    char text[20];
    char* const end = std::to_chars(text, text + sizeof(text), n).ptr;
    out.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(digits - (end - text), 0)), '0');
    out.append(text, end);
}

void append_fraction(std::string& out, std::int64_t micros) {
    if (micros == 0) return;
    out += '.';
    append(out, micros, 6);
    out.erase(out.find_last_not_of('0') + 1);
}

// The digits after a decimal point as microseconds.
std::int64_t scan_fraction(Scanner& in) {
    const std::size_t start = in.position();
    std::int64_t n = in.digits(1, 6, "up to six digits of a second");
    for (std::size_t count = in.position() - start; count < 6; ++count) n *= 10;
    return n;
}

// Seconds and their fraction, if there are any.
Micros scan_seconds(Scanner& in) {
    if (!in.take(':')) return Micros{0};
    const std::size_t start = in.position();
    const std::int64_t s = in.digits(2, 2, "two digits of seconds");
    if (s > 59) in.fail_at(start, "seconds go up to 59");
    return seconds(s) + Micros{in.take('.') ? scan_fraction(in) : 0};
}

}  // namespace

void append_time_of_day(std::string& out, Micros since_midnight) {
    append(out, since_midnight / hours(1), 2);
    out += ':';
    append(out, since_midnight % hours(1) / minutes(1), 2);
    const Micros rest = since_midnight % minutes(1);
    if (rest == Micros{0}) return;
    out += ':';
    append(out, rest / seconds(1), 2);
    append_fraction(out, (rest % seconds(1)).count());
}

void append_text(std::string& out, Instant t) {
    const WallClock utc{t.time_since_epoch()};
    const Date d = std::chrono::floor<std::chrono::days>(utc);
    const CivilDate civil = civil_date(d);
    if (civil.year < 0) out += '-';
    append(out, std::abs(civil.year), 4);
    out += '-';
    append(out, civil.month, 2);
    out += '-';
    append(out, civil.day, 2);
    out += ' ';
    const Micros of_day = utc - d;
    append_time_of_day(out, of_day);
    if (of_day % minutes(1) == Micros{0}) out += ":00";
    out += 'Z';
}

Micros scan_time_of_day(Scanner& in, Micros most) {
    const std::size_t start = in.position();
    const std::int64_t h = in.digits(1, 2, "a time of day, as 09:00");
    if (!in.take(':')) in.fail_at(start, "expected a time of day, as 09:00");
    const std::int64_t m = in.digits(2, 2, "two digits of minutes");
    if (m > 59) in.fail_at(start, "minutes go up to 59");
    const Micros t = hours(h) + minutes(m) + scan_seconds(in);
    if (t > most) {
        std::string limit = "times go up to ";
        append_time_of_day(limit, most);
        in.fail_at(start, limit);
    }
    return t;
}

Instant scan_instant(Scanner& in) {
    const std::size_t start = in.position();
    CivilDate civil{};
    const bool before_christ = in.take('-');
    civil.year = in.digits(4, 6, "an instant, as 2024-01-08 16:14:00Z");
    if (before_christ) civil.year = -civil.year;
    in.expect('-');
    civil.month = static_cast<unsigned>(in.digits(2, 2, "two digits of a month"));
    in.expect('-');
    civil.day = static_cast<unsigned>(in.digits(2, 2, "two digits of a day"));
    Date d;
    if (!make_date(civil, d)) in.fail_at(start, "there is no such date");
    if (!in.take('T')) in.expect(' ');
    const Micros of_day = scan_time_of_day(in, kDay);
    if (!in.take('Z')) in.fail("expected \"Z\"", "Instants are written in UTC, as 2024-01-08 16:14:00Z.");
    const std::int64_t days = d.time_since_epoch().count();
    std::int64_t us = 0;
    if (__builtin_mul_overflow(days, kDay.count(), &us) || __builtin_add_overflow(us, of_day.count(), &us) ||
        clamp_instant(us) != Instant{Micros{us}})
        in.fail_at(start, "an instant out of range", kInstantHint);
    return Instant{Micros{us}};
}

}  // namespace store_uptime
