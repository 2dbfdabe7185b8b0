#include "core/timeline_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace store_uptime {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr const char* kWhat = "status_timeline";
constexpr std::size_t kBlock = TimelineReader::kBlock;
constexpr std::size_t kLeastBlockSize = 4;
// With two bits of status a slot is then still read by one load of eight bytes, wherever in a byte it begins.
constexpr unsigned kMaxWidth = 55;

// Microseconds; each divides the next.
constexpr std::array<std::uint64_t, 13> kUnits{
    1,          10,         100,         1'000,       10'000,        100'000,       1'000'000,
    10'000'000, 60'000'000, 300'000'000, 900'000'000, 3'600'000'000, 86'400'000'000};

// What the high half of a block's form says of statuses; below kUpOrDown it is the one status of all.
constexpr unsigned kUpOrDown = 3, kAnyStatus = 4;

constexpr unsigned status_bits(unsigned statuses) noexcept {
    return statuses < kUpOrDown ? 0 : statuses == kUpOrDown ? 1 : 2;
}
constexpr std::uint64_t low_bits(unsigned n) noexcept { return (std::uint64_t{1} << n) - 1; }
constexpr std::size_t bytes_of_bits(std::size_t bits) noexcept { return (bits + 7) / 8; }
constexpr std::size_t blocks_of(std::size_t polls) noexcept { return polls < 2 ? 0 : (polls - 2) / kBlock + 1; }
constexpr std::int64_t micros(Instant t) noexcept { return t.time_since_epoch().count(); }

// --- writing ---------------------------------------------------------------------------------------------------------

unsigned statuses_of(Polls block) noexcept {
    std::array<bool, 3> seen{};
    for (const Poll& p : block) seen[static_cast<std::size_t>(p.status)] = true;
    if (seen[0] + seen[1] + seen[2] == 1) return static_cast<unsigned>(block.front().status);
    return seen[0] ? kAnyStatus : kUpOrDown;
}

// The width that makes slots and patches together smallest.
unsigned best_width(std::span<const std::uint64_t> deltas, unsigned slot_status_bits) noexcept {
    std::array<std::size_t, 65> of_width{};  // how many deltas are so many bits wide
    for (const std::uint64_t d : deltas) ++of_width[static_cast<std::size_t>(std::bit_width(d))];
    unsigned widest = 64;
    while (widest > 0 && of_width[widest] == 0) --widest;

    unsigned best = 0;
    std::size_t best_size = ~std::size_t{0};
    for (unsigned width = 0; width <= std::min(widest, kMaxWidth); ++width) {
        std::size_t size = bytes_of_bits(deltas.size() * (width + slot_status_bits));
        for (unsigned w = width + 1; w <= widest; ++w) size += of_width[w] * (1 + (w - width + 6) / 7);
        if (size < best_size) {
            best = width;
            best_size = size;
        }
    }
    return best;
}

class BlockWriter {
 public:
    // Writes a block at `out` and gives the place after it.
    std::uint8_t* write(std::uint8_t* out, Instant before, Polls block) noexcept {
        const unsigned unit = take_deltas(before, block);
        const std::span deltas(deltas_.data(), block.size());
        const std::uint64_t least = *std::min_element(deltas.begin(), deltas.end());
        for (std::uint64_t& d : deltas) d -= least;

        const unsigned statuses = statuses_of(block);
        const unsigned width = best_width(deltas, status_bits(statuses));
        const auto patched = [width](std::uint64_t d) { return d >> width != 0; };
        *out++ = static_cast<std::uint8_t>(statuses << 4 | unit);
        *out++ = static_cast<std::uint8_t>(width);
        *out++ = static_cast<std::uint8_t>(std::count_if(deltas.begin(), deltas.end(), patched));
        out = put_number(out, least);
        out = write_slots(out, block, statuses, width);
        for (std::size_t i = 0; i < deltas.size(); ++i) {
            if (!patched(deltas[i])) continue;
            *out++ = static_cast<std::uint8_t>(i);
            out = put_number(out, deltas[i] >> width);
        }
        return out;
    }

 private:
    // Fills deltas_, in units of the index given back.
    unsigned take_deltas(Instant before, Polls block) noexcept {
        unsigned unit = kUnits.size() - 1;
        for (std::size_t i = 0; i < block.size(); ++i) {
            deltas_[i] = static_cast<std::uint64_t>((block[i].at - before).count());
            before = block[i].at;
            while (deltas_[i] % kUnits[unit] != 0) --unit;
        }
        if (unit != 0)
            for (std::size_t i = 0; i < block.size(); ++i) deltas_[i] /= kUnits[unit];
        return unit;
    }

    std::uint8_t* write_slots(std::uint8_t* out, Polls block, unsigned statuses, unsigned width) const noexcept {
        const unsigned bits = status_bits(statuses);
        std::uint64_t pending = 0;
        unsigned filled = 0;  // bits of `pending`, fewer than 8 between slots
        for (std::size_t i = 0; i < block.size(); ++i) {
            const auto status = static_cast<std::uint64_t>(block[i].status);
            const std::uint64_t code = bits == 0 ? 0 : bits == 1 ? status - 1 : status;
            pending |= ((deltas_[i] & low_bits(width)) << bits | code) << filled;
            for (filled += width + bits; filled >= 8; filled -= 8, pending >>= 8)
                *out++ = static_cast<std::uint8_t>(pending);
        }
        if (filled > 0) *out++ = static_cast<std::uint8_t>(pending);
        return out;
    }

    std::array<std::uint64_t, kBlock> deltas_;
};

// --- reading ---------------------------------------------------------------------------------------------------------

// Eight bytes from `at` on, the lowest first; those beyond the end are zero.
std::uint64_t load(Bytes bytes, std::size_t at) noexcept {
    std::uint64_t n = 0;
    if (std::endian::native == std::endian::little && at + sizeof(n) <= bytes.size())
        std::memcpy(&n, bytes.data() + at, sizeof(n));
    else
        for (std::size_t i = 0; i < sizeof(n) && at + i < bytes.size(); ++i)
            n |= std::uint64_t{bytes[at + i]} << 8 * i;
    return n;
}

}  // namespace

void fail_too_many_polls(std::size_t polls) {
    throw Error(Errc::too_large, "a timeline of " + std::to_string(polls) + " polls is too large",
                "Keep it in several, for example one a year: a timeline holds up to " + std::to_string(kMaxPolls) +
                    " polls.");
}

std::size_t encoded_bound(std::size_t polls) noexcept {
    // Of a slot at its widest and a patch of what is beyond; of a block before its slots.
    constexpr std::size_t kLargestPoll = 8 + 1 + 2, kLargestForm = 3 + kLongestNumber;
    return 1 + 3 * kLongestNumber + blocks_of(polls) * kLargestForm + polls * kLargestPoll;
}

std::size_t encode(Polls polls, std::uint8_t* out) {
    if (polls.size() > kMaxPolls) fail_too_many_polls(polls.size());
    const std::uint8_t* const begin = out;
    *out++ = kVersion;
    out = put_number(out, polls.size());
    if (!polls.empty()) out = put_frame(out, polls.front().status, zigzag(micros(polls.front().at)));
    if (polls.size() > 1)
        out = put_number(out, static_cast<std::uint64_t>((polls.back().at - polls.front().at).count()));
    BlockWriter blocks;
    Steps steps;
    for (std::size_t i = 1; i < polls.size(); i += kBlock, steps.add(kBlock))
        out = blocks.write(out, polls[i - 1].at, polls.subspan(i, std::min(kBlock, polls.size() - i)));
    return static_cast<std::size_t>(out - begin);
}

std::vector<std::uint8_t> encode(Polls polls) {
    std::vector<std::uint8_t> bytes(encoded_bound(polls.size()));
    bytes.resize(encode(polls, bytes.data()));
    return bytes;
}

// What a block says of itself before its slots.
struct TimelineReader::Form {
    std::uint64_t unit;
    unsigned statuses;
    unsigned width;
    std::size_t patches;
    std::uint64_t least;
};

TimelineReader::TimelineReader(Bytes bytes) : bytes_(bytes, kWhat) {
    check_version(bytes_, kVersion, kWhat);
    count_ = left_ = static_cast<std::size_t>(bytes_.number(kMaxPolls));
    if (count_ > 0) {
        first_.at = last_ = Instant{Micros{unzigzag(bytes_.frame(first_.status))}};
        if (first_.at < kMinInstant || first_.at > kMaxInstant) bytes_.fail("an instant is out of range");
    }
    if (count_ > 1) last_ += Micros{static_cast<std::int64_t>(bytes_.number((kMaxInstant - first_.at).count()))};
    if (bytes_.left() < blocks_of(count_) * kLeastBlockSize) bytes_.fail("it is cut short");
    if (count_ == 0) bytes_.finish();
}

Polls TimelineReader::next_block() {
    steps_.add(kBlock);
    if (left_ == 0) return {};
    if (left_ == count_) {
        polls_[0] = first_;
        at_ = first_.at;
        if (--left_ == 0) bytes_.finish();
        return {polls_, 1};
    }
    const std::size_t count = std::min(kBlock, left_);
    const Form form = read_form(count);
    read_slots(form, count);
    read_patches(form, count);
    add_deltas(form, count);
    left_ -= count;
    if (left_ == 0) {
        bytes_.finish();
        if (at_ != last_) bytes_.fail("its last poll is not where it says");
    }
    return {polls_, count};
}

TimelineReader::Form TimelineReader::read_form(std::size_t count) {
    const unsigned form = bytes_.byte(), width = bytes_.byte();
    const std::size_t patches = bytes_.byte();
    const unsigned unit = form & 15, statuses = form >> 4;
    if (unit >= kUnits.size() || statuses > kAnyStatus || width > kMaxWidth || patches > count)
        bytes_.fail("a block is malformed");
    return {kUnits[unit], statuses, width, patches, bytes_.number()};
}

void TimelineReader::read_slots(const Form& form, std::size_t count) {
    const unsigned bits = status_bits(form.statuses), slot = form.width + bits;
    const Bytes slots = bytes_.bytes(bytes_of_bits(count * slot));
    const std::uint64_t status_mask = low_bits(bits), delta_mask = low_bits(form.width);
    const std::uint64_t lightest = bits == 0 ? form.statuses : bits == 1 ? 1 : 0;  // what a code of 0 means
    std::uint64_t heaviest = 0;
    std::size_t position = 0;
    for (std::size_t i = 0; i < count; ++i, position += slot) {
        const std::uint64_t packed = load(slots, position / 8) >> position % 8;
        const std::uint64_t status = (packed & status_mask) + lightest;
        heaviest = std::max(heaviest, status);
        polls_[i].status = static_cast<Status>(status);
        deltas_[i] = packed >> bits & delta_mask;
    }
    if (heaviest > static_cast<std::uint64_t>(Status::down)) bytes_.fail("a status is malformed");
    if (position % 8 != 0 && slots.back() >> position % 8 != 0) bytes_.fail("bits after a block's slots are set");
}

void TimelineReader::read_patches(const Form& form, std::size_t count) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < form.patches; ++i) {
        const std::size_t index = bytes_.byte();
        const std::uint64_t high = bytes_.number(low_bits(63) >> form.width);
        if (index < from || index >= count || high == 0) bytes_.fail("a block is malformed");
        deltas_[index] |= high << form.width;
        from = index + 1;
    }
}

// Deltas are less than 2^63 here, as is `room`, so nothing below overflows.
void TimelineReader::add_deltas(const Form& form, std::size_t count) {
    std::uint64_t room = static_cast<std::uint64_t>((last_ - at_).count()) / form.unit;
    if (form.least == 0) bytes_.fail("instants do not ascend");
    if (form.least > room) bytes_.fail("its last poll is not where it says");
    std::int64_t at = micros(at_);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t delta = deltas_[i] + form.least;
        if (delta > room) bytes_.fail("its last poll is not where it says");
        room -= delta;
        at += static_cast<std::int64_t>(delta * form.unit);
        polls_[i].at = Instant{Micros{at}};
    }
    at_ = polls_[count - 1].at;
}

std::size_t decode_timeline(Bytes bytes, Instant from, Instant to, Poll* out) {
    TimelineReader reader(bytes);
    std::size_t count = 0;
    for (Polls block = reader.next_block(); !block.empty() && block.front().at < to; block = reader.next_block()) {
        const Polls wanted = between(block, from, to);
        std::copy(wanted.begin(), wanted.end(), out + count);
        count += wanted.size();
    }
    return count;
}

Timeline decode_timeline(Bytes bytes) {
    TimelineReader reader(bytes);
    Timeline polls;
    polls.reserve(reader.count());
    for (Polls block = reader.next_block(); !block.empty(); block = reader.next_block())
        polls.insert(polls.end(), block.begin(), block.end());
    return polls;
}

}  // namespace store_uptime
