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
        for (const Word* w = words_; w != end_; ++w)
            if (w->head == head && w->text.size() == word.size() &&
                (word.size() <= sizeof head || std::memcmp(w->text.data(), word.data(), word.size()) == 0))
                return w->status;
        return std::nullopt;
    }

 private:
    struct Word {
        std::uint64_t head;
        std::string_view text;
        Status status;
    };

    // Equal for two texts of one length up to eight bytes only if they are equal.
    static std::uint64_t head_of(std::string_view text) noexcept {
        const char* const at = text.data();
        const std::size_t size = text.size();
        const auto four = [](const char* p) {
            std::uint32_t bytes = 0;
            std::memcpy(&bytes, p, sizeof bytes);
            return std::uint64_t{bytes};
        };
        if (size >= 8) return four(at) | four(at + 4) << 32;
        if (size >= 4) return four(at) | four(at + size - 4) << 32;
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < size; ++i) bytes = bytes << 8 | static_cast<unsigned char>(at[i]);
        return bytes;
    }

    bool is_boolean_;
    const Word* words_;
    const Word* end_;
};

static_assert(std::is_trivially_destructible_v<StatusReader>);

}  // namespace store_uptime::pg
