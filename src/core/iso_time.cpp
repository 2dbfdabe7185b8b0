#include "core/iso_time.hpp"

#include <charconv>
#include <cmath>

#include "core/characters.hpp"
#include "core/civil_date.hpp"

namespace store_uptime {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

// Takes a text apart from left to right; a step that fails leaves `ok` false for good.
class Reader {
 public:
    explicit Reader(std::string_view text) noexcept : rest_(text) { skip_blanks(); }

    bool done() noexcept {
        skip_blanks();
        return ok_ && rest_.empty();
    }
    bool ok() const noexcept { return ok_; }
    void fail() noexcept { ok_ = false; }

    bool next_is(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }
    bool next_is_digit() const noexcept { return !rest_.empty() && is_digit(rest_.front()); }
    bool take(char c) noexcept {
        if (!next_is(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // A word in upper or lower case.
    bool take_word(std::string_view word) noexcept {
        if (rest_.size() < word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i)
            if ((rest_[i] & ~0x20) != word[i]) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    void expect(char c) noexcept { ok_ = take(c) && ok_; }
    void skip_blanks() noexcept {
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    }

    // A number of `least` to `most` digits.
    int number(int least, int most) noexcept {
        int n = 0, digits = 0;
        for (; digits < most && next_is_digit(); ++digits) {
            n = 10 * n + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (digits < least) ok_ = false;
        return n;
    }
    // The same, no greater than `limit`.
    int number_upto(int limit, int least, int most) noexcept {
        const int n = number(least, most);
        if (n > limit) ok_ = false;
        return n;
    }

    // A decimal point and the digits after it in microseconds. More than six digits are rounded as PostgreSQL rounds them:
    // they become a binary fraction, and that times a million the nearest integer, the even one of two.
    std::int64_t fraction() noexcept {
        const std::string_view point = rest_;
        rest_.remove_prefix(1);
        if (!next_is_digit()) ok_ = false;
        std::int64_t micros = 0;
        int digits = 0;
        for (; next_is_digit(); ++digits, rest_.remove_prefix(1))
            if (digits < 6) micros = 10 * micros + (rest_.front() - '0');
        for (int have = digits; have < 6; ++have) micros *= 10;
        if (digits <= 6) return micros;
        double part = 0;  // and so it stays for what is too small to be one
        std::from_chars(point.data(), rest_.data(), part, std::chars_format::fixed);
        return std::lrint(part * 1e6);
    }

 private:
    std::string_view rest_;
    bool ok_ = true;
};

Date read_date(Reader& in) noexcept {
    CivilDate civil{};
    civil.year = in.number(4, 6);
    in.expect('-');
    civil.month = static_cast<unsigned>(in.number(1, 2));
    in.expect('-');
    civil.day = static_cast<unsigned>(in.number(1, 2));
    Date d{};
    if (!in.ok() || civil.year < 1 || civil.year > kLastIsoYear || !make_date(civil, d)) in.fail();
    return d;
}

Micros read_time(Reader& in) noexcept {
    std::int64_t t = in.number_upto(24, 1, 2) * kHour;
    in.expect(':');
    t += in.number_upto(59, 2, 2) * kMinute;
    if (in.take(':')) {
        t += in.number_upto(59, 2, 2) * kSecond;
        if (in.next_is('.')) t += in.fraction();
    }
    if (t > 24 * kHour) in.fail();
    return Micros{t};
}

// What is to be taken off the wall clock to have UTC; nothing said is UTC.
Micros read_offset(Reader& in) noexcept {
    in.skip_blanks();
    if (in.take_word("UTC") || in.take_word("GMT") || in.take_word("Z")) return Micros{0};
    const bool west = in.next_is('-');
    if (!in.take('+') && !in.take('-')) return Micros{0};
    std::int64_t offset = in.number_upto(15, 2, 2) * kHour;
    if (in.take(':') || in.next_is_digit()) offset += in.number_upto(59, 2, 2) * kMinute;
    if (in.take(':')) offset += in.number_upto(59, 2, 2) * kSecond;
    return Micros{west ? -offset : offset};
}

// n with at least `width` digits.
char* write_number(char* to, std::int64_t n, int width) noexcept {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), n).ptr;
    for (auto have = end - digits; have < width; ++have) *to++ = '0';
    return std::copy(digits, end, to);
}

}  // namespace

std::optional<Instant> parse_iso_instant(std::string_view text) noexcept {
    Reader in(text);
    const Date date = read_date(in);
    if (!in.take('T') && !in.take('t')) {
        in.expect(' ');
        in.skip_blanks();
    }
    const Micros time = read_time(in);
    const Micros offset = read_offset(in);
    if (!in.done()) return std::nullopt;
    return Instant{date.time_since_epoch() + time - offset};
}

std::optional<Micros> parse_iso_time(std::string_view text) noexcept {
    Reader in(text);
    const Micros time = read_time(in);
    return in.done() ? std::optional(time) : std::nullopt;
}

std::optional<Date> parse_iso_date(std::string_view text) noexcept {
    Reader in(text);
    const Date date = read_date(in);
    return in.done() ? std::optional(date) : std::nullopt;
}

char* write_iso_date(char* to, Date d) noexcept {
    const CivilDate civil = civil_date(d);
    to = write_number(to, civil.year, 4);
    *to++ = '-';
    to = write_number(to, civil.month, 2);
    *to++ = '-';
    return write_number(to, civil.day, 2);
}

char* write_iso_time(char* to, Micros since_midnight) noexcept {
    const std::int64_t t = since_midnight.count();
    to = write_number(to, t / kHour, 2);
    *to++ = ':';
    to = write_number(to, t / kMinute % 60, 2);
    *to++ = ':';
    to = write_number(to, t / kSecond % 60, 2);
    if (t % kSecond == 0) return to;
    *to++ = '.';
    return write_number(to, t % kSecond, 6);
}

char* write_iso_instant(char* to, Instant t) noexcept {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    to = write_iso_date(to, Date{day.time_since_epoch()});
    *to++ = ' ';
    return write_iso_time(to, t - day);
}

}  // namespace store_uptime
