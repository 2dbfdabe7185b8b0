// How numbers become bytes in stored values: variable-length integers, seven bits to a byte, the lowest first.
//
// A *frame* is what a poll takes: its status in two bits and a number in the rest, so that the hour between two polls
// at microsecond precision (32 bits) still fits five bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>

#include "core/status.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

using Bytes = std::span<const std::uint8_t>;

// No number and no frame takes more.
inline constexpr std::size_t kLongestNumber = 10;

constexpr std::uint64_t zigzag(std::int64_t n) noexcept {
    return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t n) noexcept {
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
}

constexpr std::size_t number_size(std::uint64_t n) noexcept {
    return n == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(n)) + 6) / 7;
}
constexpr std::size_t frame_size(std::uint64_t n) noexcept { return n < 32 ? 1 : 1 + number_size(n >> 5); }

// Both write at `out`, which must have room, and give the place after what they wrote.
constexpr std::uint8_t* put_number(std::uint8_t* out, std::uint64_t n) noexcept {
    for (; n >= 0x80; n >>= 7) *out++ = static_cast<std::uint8_t>(n | 0x80);
    *out++ = static_cast<std::uint8_t>(n);
    return out;
}
constexpr std::uint8_t* put_frame(std::uint8_t* out, Status s, std::uint64_t n) noexcept {
    const unsigned low = static_cast<unsigned>(s) | static_cast<unsigned>(n & 31) << 2;
    *out++ = static_cast<std::uint8_t>(n < 32 ? low : low | 0x80);
    return n < 32 ? out : put_number(out, n >> 5);
}

// Reads bytes that anybody may have written: whatever is wrong with them is an Errc::corrupt naming `what` they should
// be. A number in more bytes than it needs is wrong too, so that there is one way only to write each value.
class ByteReader {
 public:
    ByteReader(Bytes bytes, const char* what) noexcept
        : at_(bytes.data()), end_(bytes.data() + bytes.size()), what_(what) {}

    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    std::uint8_t byte() {
        if (at_ == end_) fail("it is cut short");
        return *at_++;
    }
    std::uint64_t number() {
        std::uint64_t n = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t b = byte();
            if (shift == 63 && b > 1) break;
            n |= (b & 0x7F) << shift;
            if (b >= 0x80) continue;
            if (b == 0 && shift > 0) break;
            return n;
        }
        fail("a number is malformed");
    }
    // A number that must not exceed `most`.
    std::uint64_t number(std::uint64_t most) {
        const std::uint64_t n = number();
        if (n > most) fail("a number is out of range");
        return n;
    }
    // The number of a frame; its status is put in `status`.
    std::uint64_t frame(Status& status) {
        const std::uint8_t low = byte();
        if ((low & 3) == 3) fail("a status is malformed");
        status = static_cast<Status>(low & 3);
        if (low < 0x80) return low >> 2;
        const std::uint64_t high = number();
        if (high == 0 || high >> 59 != 0) fail("a number is malformed");
        return high << 5 | (low >> 2 & 31);
    }
    Bytes bytes(std::size_t count) {
        if (count > left()) fail("it is cut short");
        at_ += count;
        return {at_ - count, count};
    }
    void finish() const {
        if (at_ != end_) fail("bytes are left over");
    }

    [[noreturn]] void fail(const char* why) const {
        throw Error(Errc::corrupt, std::string("invalid ") + what_ + ": " + why,
                    "The value was damaged, or not written by store_uptime.");
    }

 private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    const char* what_;
};

// The first byte of every stored value. Throws Errc::unsupported for a later version than this code knows.
inline void check_version(ByteReader& reader, std::uint8_t known, const char* what) {
    const std::uint8_t version = reader.byte();
    if (version == 0) reader.fail("there is no version 0");
    if (version > known)
        throw Error(Errc::unsupported,
                    std::string(what) + " of version " + std::to_string(version) + " is not known",
                    "This store_uptime knows versions up to " + std::to_string(known) + ".");
}

}  // namespace store_uptime
