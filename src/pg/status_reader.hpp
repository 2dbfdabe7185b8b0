// What a status column says: boolean, or text that is one of the source's words for up, down and unknown.
//
// Asked for every poll there is, so a word is told by its first eight bytes, which are one number.
#pragma once

#include "core/status.hpp"
#include "pg/convert.hpp"
#include "pg/source.hpp"

namespace store_uptime::pg {

class StatusReader {
 public:
    static StatusReader create(const Source& source);

    // The status that a value of the column means; nothing for a text that is none of the words.
    std::optional<Status> read(Datum value) const {
        if (is_boolean_) return DatumGetBool(value) ? Status::up : Status::down;
        const std::string_view word = text_view(value);
        const std::uint64_t head = head_of(word);
        // All words are looked at: which of them it is cannot be predicted, and branches would be.
        const Word* found = nullptr;
        for (const Word* w = words_; w != end_; ++w)
            found = (w->head == head) & (w->text.size() == word.size()) ? w : found;
        if (word.size() > sizeof head) [[unlikely]]
            found = find_long(word);
        if (found == nullptr) return std::nullopt;
        return found->status;
    }

 private:
    struct Word {
        std::uint64_t head;
        std::string_view text;
        Status status;
    };

    // Equal for two texts of one length up to eight bytes only if they are equal.
    static std::uint64_t head_of(std::string_view text) noexcept {
        const auto four = [at = text.data()](std::size_t from) {
            std::uint32_t bytes = 0;
            std::memcpy(&bytes, at + from, sizeof bytes);
            return std::uint64_t{bytes};
        };
        if (text.size() >= 4) return four(0) | four(std::min<std::size_t>(text.size(), 8) - 4) << 32;
        std::uint64_t bytes = 0;
        for (const char c : text) bytes = bytes << 8 | static_cast<unsigned char>(c);
        return bytes;
    }

    const Word* find_long(std::string_view word) const noexcept {
        for (const Word* w = words_; w != end_; ++w)
            if (w->text == word) return w;
        return nullptr;
    }

    bool is_boolean_;
    const Word* words_;
    const Word* end_;
};

static_assert(std::is_trivially_destructible_v<StatusReader>);

}  // namespace store_uptime::pg
