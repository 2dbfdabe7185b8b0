#include "core/policy.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "core/characters.hpp"

namespace store_uptime {
namespace {

// A word of the text form and what it stands for; the first of each list is the default.
template <class T>
struct Word {
    std::string_view text;
    T value;
};

constexpr std::array<Word<Fill>, 3> kFill{
    {{"previous", Fill::previous}, {"nearest", Fill::nearest}, {"next", Fill::next}}};
constexpr std::array<Word<Carry>, 3> kCarry{
    {{"session", Carry::session}, {"day", Carry::day}, {"always", Carry::always}}};
constexpr std::array<Word<Backfill>, 2> kBackfill{{{"on", Backfill::on}, {"off", Backfill::off}}};
constexpr std::array<Word<Status>, 3> kUnknown{
    {{"unknown", Status::unknown}, {"up", Status::up}, {"down", Status::down}}};

std::string_view trim(std::string_view s) noexcept {
    while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
    return s;
}

std::string quoted(std::string_view s) { return "\"" + std::string(s) + "\""; }

template <class T, std::size_t N>
T word_value(std::string_view option, std::string_view text, const std::array<Word<T>, N>& words) {
    std::string allowed;
    for (const Word<T>& w : words) {
        if (same_word(w.text, text)) return w.value;
        allowed += (allowed.empty() ? "" : ", ") + std::string(w.text);
    }
    throw Error(Errc::syntax,
                "unknown value " + quoted(text) + " of policy option " + quoted(option),
                "Allowed are " + allowed + ".");
}

template <class T, std::size_t N>
std::string_view word_text(T value, const std::array<Word<T>, N>& words) {
    for (const Word<T>& w : words)
        if (w.value == value) return w.text;
    throw Error(Errc::corrupt, "uptime policy holds a value that does not exist");
}

// --- durations -------------------------------------------------------------------------------------------------------

constexpr const char* kDurationHint =
    "Write a positive interval without months, as in 1 day, 90 min, 01:30:00, or infinity.";

[[noreturn]] void bad_duration(std::string_view text) {
    throw Error(Errc::syntax, "max_gap cannot be " + quoted(text), kDurationHint);
}

struct Unit {
    std::string_view text;
    std::int64_t micros;
};
constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr std::array<Unit, 32> kUnits{{{"us", 1},
                                       {"usec", 1},
                                       {"usecs", 1},
                                       {"microsecond", 1},
                                       {"microseconds", 1},
                                       {"ms", 1000},
                                       {"msec", 1000},
                                       {"msecs", 1000},
                                       {"millisecond", 1000},
                                       {"milliseconds", 1000},
                                       {"s", kSecond},
                                       {"sec", kSecond},
                                       {"secs", kSecond},
                                       {"second", kSecond},
                                       {"seconds", kSecond},
                                       {"m", kMinute},
                                       {"min", kMinute},
                                       {"mins", kMinute},
                                       {"minute", kMinute},
                                       {"minutes", kMinute},
                                       {"h", kHour},
                                       {"hr", kHour},
                                       {"hrs", kHour},
                                       {"hour", kHour},
                                       {"hours", kHour},
                                       {"d", 24 * kHour},
                                       {"day", 24 * kHour},
                                       {"days", 24 * kHour},
                                       {"w", 168 * kHour},
                                       {"week", 168 * kHour},
                                       {"weeks", 168 * kHour},
                                       {"wk", 168 * kHour}}};

// Reads a duration from left to right.
class DurationReader {
 public:
    explicit DurationReader(std::string_view text) : text_(trim(text)), rest_(text_) {}

    Micros read() {
        if (!rest_.empty() && rest_.front() == '@') rest_.remove_prefix(1);  // postgres_verbose
        if (skip_space(); rest_.empty()) bad_duration(text_);
        while (skip_space(), !rest_.empty()) read_term();
        return Micros{total_};
    }

 private:
    void skip_space() noexcept {
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    }
    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::int64_t digits() {
        std::int64_t n = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
        if (error != std::errc{} || rest_.empty() || !is_digit(rest_.front())) bad_duration(text_);
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return n;
    }

    void add(std::int64_t count, std::int64_t micros) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(count, micros, &product) ||
            __builtin_add_overflow(total_, product, &total_))
            bad_duration(text_);
    }

    // The digits after a decimal point, of something that lasts `micros`; finer than a microsecond is refused.
    void add_fraction(std::int64_t micros) {
        if (rest_.empty() || !is_digit(rest_.front())) bad_duration(text_);
        std::int64_t part = micros;
        std::int64_t left_over = 0;  // of the division, carried exactly
        std::int64_t scale = 1;
        std::int64_t value = 0;
        while (!rest_.empty() && is_digit(rest_.front())) {
            if (scale > 100'000'000'000) bad_duration(text_);
            scale *= 10;
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        const auto exact = static_cast<__int128>(part) * value;
        left_over = static_cast<std::int64_t>(exact % scale);
        if (left_over != 0) bad_duration(text_);
        add(static_cast<std::int64_t>(exact / scale), 1);
    }

    // hh:mm[:ss[.ffffff]]; the hours have been read.
    void read_clock(std::int64_t hours) {
        const std::int64_t minutes = digits();
        if (minutes > 59) bad_duration(text_);
        add(hours, kHour);
        add(minutes, kMinute);
        if (!take(':')) return;
        const std::int64_t seconds = digits();
        if (seconds > 59) bad_duration(text_);
        add(seconds, kSecond);
        if (take('.')) add_fraction(kSecond);
    }

    void read_term() {
        const std::int64_t count = digits();
        if (take(':')) return read_clock(count);
        std::string_view fraction;
        if (take('.')) {
            fraction = rest_;
            while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
        }
        skip_space();
        std::size_t length = 0;
        while (length < rest_.size() && is_letter(rest_[length])) ++length;
        const std::int64_t micros = unit(rest_.substr(0, length));
        const std::string_view after = rest_.substr(length);
        add(count, micros);
        if (!fraction.empty()) {
            rest_ = fraction;
            add_fraction(micros);
        }
        rest_ = after;
    }

    std::int64_t unit(std::string_view word) const {
        for (const Unit& u : kUnits)
            if (same_word(u.text, word)) return u.micros;
        if (same_word(word, "month") || same_word(word, "months") || same_word(word, "mon") ||
            same_word(word, "mons") || same_word(word, "year") || same_word(word, "years"))
            throw Error(Errc::invalid_argument,
                        "max_gap cannot be " + quoted(text_) + ": months have no fixed length",
                        kDurationHint);
        bad_duration(text_);
    }

    std::string_view text_;
    std::string_view rest_;
    std::int64_t total_ = 0;
};

std::string two_digits(std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

}  // namespace

Micros parse_duration(std::string_view text) {
    if (same_word(trim(text), "infinity")) return kUnlimited;
    const Micros d = trim(text).starts_with('-') ? Micros{-1} : DurationReader(text).read();
    if (d <= Micros{0})
        throw Error(Errc::invalid_argument, "max_gap must be greater than zero, not " + quoted(trim(text)),
                    kDurationHint);
    return d;
}

std::string print_duration(Micros d) {
    if (d == kUnlimited) return "infinity";
    const std::int64_t us = d.count();
    const std::int64_t days = us / (24 * kHour), rest = us % (24 * kHour);
    std::string text;
    if (days != 0) text = std::to_string(days) + (days == 1 ? " day" : " days");
    if (rest == 0 && days != 0) return text;
    if (!text.empty()) text += ' ';
    text += two_digits(rest / kHour) + ":" + two_digits(rest / kMinute % 60) + ":" +
            two_digits(rest / kSecond % 60);
    if (const std::int64_t fraction = rest % kSecond; fraction != 0) {
        std::string digits = std::to_string(kSecond + fraction).substr(1);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text;
}

void set_option(Policy& policy, std::string_view option, std::string_view value) {
    if (same_word(option, "fill"))
        policy.fill = word_value(option, value, kFill);
    else if (same_word(option, "carry"))
        policy.carry = word_value(option, value, kCarry);
    else if (same_word(option, "backfill"))
        policy.backfill = word_value(option, value, kBackfill);
    else if (same_word(option, "unknown"))
        policy.unknown = word_value(option, value, kUnknown);
    else if (same_word(option, "max_gap"))
        policy.max_gap = parse_duration(value);
    else
        throw Error(Errc::syntax, "unknown policy option " + quoted(option),
                    "Options are fill, carry, backfill, max_gap and unknown.");
}

Policy parse_policy(std::string_view text) {
    Policy policy;
    std::string_view rest = trim(text);
    while (!rest.empty()) {
        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos)
            throw Error(Errc::syntax, "policy option without a value: " + quoted(rest),
                        "Write option=value, as in fill=nearest; options are fill, carry, backfill, "
                        "max_gap and unknown.");
        const std::string_view option = trim(rest.substr(0, equals));
        rest = rest.substr(equals + 1);
        // A value runs up to the next `word=`: it may hold spaces, as in max_gap=1 day.
        std::size_t end = rest.size();
        if (const std::size_t next = rest.find('='); next != std::string_view::npos) {
            end = next;
            while (end > 0 && is_space(rest[end - 1])) --end;
            while (end > 0 && !is_space(rest[end - 1])) --end;
        }
        set_option(policy, option, trim(rest.substr(0, end)));
        rest = trim(rest.substr(end));
    }
    return policy;
}

std::string print(const Policy& policy) {
    std::string text = "fill=";
    text += word_text(policy.fill, kFill);
    text += " carry=";
    text += word_text(policy.carry, kCarry);
    text += " backfill=";
    text += word_text(policy.backfill, kBackfill);
    text += " max_gap=" + print_duration(policy.max_gap);
    text += " unknown=";
    text += word_text(policy.unknown, kUnknown);
    return text;
}

}  // namespace store_uptime
