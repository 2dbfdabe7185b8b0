// Reads a value's text form from left to right, and says where it stopped understanding it.
#pragma once

#include <string>
#include <string_view>

#include "core/characters.hpp"
#include "core/error.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

class Scanner {
 public:
    // `what` names the value in errors; `hint` goes with those that have none of their own.
    Scanner(std::string_view text, const char* what, const char* hint = "") noexcept
        : text_(text), what_(what), hint_(hint) {}

    std::size_t position() const noexcept { return at_; }
    void go_back(std::size_t position) noexcept { at_ = position; }
    bool at_end() const noexcept { return at_ == text_.size(); }
    char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    std::string_view since(std::size_t start) const noexcept { return text_.substr(start, at_ - start); }

    void skip_space() noexcept {
        while (!at_end() && is_space(text_[at_])) ++at_;
    }
    void advance() noexcept { ++at_; }
    // Takes `c` if it is next.
    bool take(char c) noexcept {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail(std::string("expected \"") + c + "\"");
    }
    // The letters that come next, possibly none.
    std::string_view word() noexcept {
        const std::size_t start = at_;
        while (is_letter(peek())) ++at_;
        return since(start);
    }
    // A number of `least` to `most` digits.
    std::int64_t digits(int least, int most, const char* meaning) {
        std::int64_t n = 0;
        int count = 0;
        for (; count < most && is_digit(peek()); ++count) n = n * 10 + (text_[at_++] - '0');
        if (count < least || is_digit(peek())) fail(std::string("expected ") + meaning);
        return n;
    }

    // Throws Errc::syntax pointing at `position` (that of the next character if none is given).
    [[noreturn]] void fail(const std::string& why, const char* hint = nullptr) const { fail_at(at_, why, hint); }
    [[noreturn]] void fail_at(std::size_t position, const std::string& why, const char* hint = nullptr) const;

 private:
    std::string_view text_;
    const char* what_;
    const char* hint_;
    std::size_t at_ = 0;
};

}  // namespace store_uptime
