#include "core/scanner.hpp"

namespace store_uptime {
namespace {

constexpr bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

void Scanner::fail_at(std::size_t position, const std::string& why, const char* hint) const {
    std::size_t character = 1;
    for (std::size_t i = 0; i < position; ++i) character += continues_character(text_[i]) ? 0 : 1;
    std::size_t end = std::min(text_.size(), position + 20);
    while (end < text_.size() && continues_character(text_[end])) ++end;
    const std::string_view found = text_.substr(position, end - position);
    const std::string place = found.empty() ? " at its end"
                                            : " at character " + std::to_string(character) + ", \"" +
                                                  std::string(found) + (end < text_.size() ? "...\"" : "\"");
    throw Error(Errc::syntax, std::string("invalid ") + what_ + ": " + why + place, hint ? hint : hint_);
}

}  // namespace store_uptime
