#include "core/row_block.hpp"

#include <algorithm>

namespace store_uptime {
namespace {

// Fewer are not begun with at the end of a room, unless they are all.
constexpr std::size_t kFewest = 32;

}  // namespace

template <KeyKind kind>
void RowPacker::number(std::span<const char> rows, StoreKeys& keys) {
    const char* const end = rows.data() + rows.size();
    for (const char* at = rows.data(); at < end; ++count_) {
        __builtin_prefetch(at + 8 * kCacheLine);  // across pages, where the processor does not
        stores_[count_] = number_of<kind>(keys, read_row(at, kind, said_[count_]));
    }
}

bool RowPacker::take(RowKind kind, std::span<const char> rows, StoreKeys& keys) {
    kind_ = kind;
    count_ = written_ = 0;
    if (keys.kind() == KeyKind::word)
        number<KeyKind::word>(rows, keys);
    else
        number<KeyKind::bytes>(rows, keys);
    if (count_ == 0) return true;
    last_ = said_[0];
    std::int64_t least = 0, greatest = 0;
    for (std::size_t i = 1; i < count_; ++i) {
        const auto step = static_cast<std::int64_t>(said_[i] - said_[i - 1]);
        least = std::min(least, step);
        greatest = std::max(greatest, step);
    }
    least_ = static_cast<std::uint64_t>(least);
    step_bits_ = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(greatest) - least_));
    const std::size_t bits = step_bits_ + static_cast<std::size_t>(std::bit_width(keys.size() - 1));
    if (bits >= 64) count_ = 0;
    width_ = std::max<std::size_t>((bits + 7) / 8, 1);
    return count_ > 0;
}

std::size_t RowPacker::write(char* at, std::size_t room) noexcept {
    const std::size_t count = std::min(RowBlock::fit(room, width_), left());
    if (count < left() && count < kFewest) return 0;
    const RowBlock::Header header{last_, least_, static_cast<std::uint32_t>(count), static_cast<std::uint16_t>(width_),
                                  static_cast<std::uint8_t>(step_bits_), kind_};
    std::memcpy(at, &header, sizeof header);
    // In variables of its own, for bytes that are written could be any member.
    char* row = at + sizeof header;
    std::uint64_t last = last_;
    const std::uint64_t least = least_;
    const std::size_t width = width_, step_bits = step_bits_;
    const std::uint64_t* const said = said_ + written_;
    const StoreNumber* const stores = stores_ + written_;
    for (std::size_t i = 0; i < count; ++i, row += width) {
        const std::uint64_t number = (said[i] - last - least) | std::uint64_t{stores[i]} << step_bits;
        const std::uint64_t moved = number << RowBlock::shift(width);
        last = said[i];
        std::memcpy(row, &moved, sizeof moved);
    }
    last_ = last;
    written_ += count;
    return RowBlock::size(count, width);
}

std::size_t key_rows_size(const StoreKeys& keys) noexcept {
    std::size_t size = 0;
    for (StoreNumber n = 0; n < keys.size(); ++n) size += key_of(keys, n).size();
    return size;
}

void write_key_rows(char* at, const StoreKeys& keys) noexcept {
    for (StoreNumber n = 0; n < keys.size(); ++n) {
        const StoreKey key = key_of(keys, n);
        write_key(at, key);
        at += key.size();
    }
}

}  // namespace store_uptime
