#include "core/poll_block.hpp"

#include <algorithm>

namespace store_uptime {
namespace {

// Fewer are not begun with at the end of a room, unless they are all.
constexpr std::size_t kFewest = 32;

}  // namespace

template <KeyKind kind>
void PollPacker::number(std::span<const char> rows, StoreKeys& keys) {
    const char* const end = rows.data() + rows.size();
    for (const char* at = rows.data(); at < end; ++count_) {
        PackedPoll poll;
        stores_[count_] = number_of<kind>(keys, read_row(at, kind, poll));
        polls_[count_] = static_cast<std::uint64_t>(poll);
        least_ = std::min(least_, polls_[count_]);
        greatest_ = std::max(greatest_, polls_[count_]);
    }
}

bool PollPacker::take(std::span<const char> rows, StoreKeys& keys) {
    count_ = written_ = 0;
    least_ = UINT64_MAX;
    greatest_ = 0;
    if (keys.kind() == KeyKind::word)
        number<KeyKind::word>(rows, keys);
    else
        number<KeyKind::bytes>(rows, keys);
    if (count_ == 0) return true;
    time_bits_ = static_cast<std::size_t>(std::bit_width(greatest_ - least_));
    const std::size_t bits = time_bits_ + static_cast<std::size_t>(std::bit_width(keys.size() - 1));
    if (bits >= 64) count_ = 0;
    width_ = std::max<std::size_t>((bits + 7) / 8, 1);
    return count_ > 0;
}

std::size_t PollPacker::write(char* at, std::size_t room) noexcept {
    using detail::PollBlock;
    const std::size_t count = std::min(PollBlock::fit(room, width_), left());
    if (count < left() && count < kFewest) return 0;
    const PollBlock block{least_, static_cast<std::uint32_t>(count), static_cast<std::uint16_t>(width_),
                          static_cast<std::uint16_t>(time_bits_)};
    std::memcpy(at, &block, sizeof block);
    char* poll = at + sizeof block;
    for (const std::size_t end = written_ + count; written_ < end; ++written_, poll += width_) {
        const std::uint64_t number = (polls_[written_] - least_) | std::uint64_t{stores_[written_]} << time_bits_;
        const std::uint64_t moved = number << block.shift();
        std::memcpy(poll, &moved, sizeof moved);
    }
    return PollBlock::size(count, width_);
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
