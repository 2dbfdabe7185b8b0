#include "core/timeline_codec.hpp"

#include <numeric>

namespace store_uptime {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr const char* kWhat = "status_timeline";

constexpr std::int64_t micros(Instant t) noexcept { return t.time_since_epoch().count(); }

std::uint64_t distance(const Poll& a, const Poll& b) noexcept {
    return static_cast<std::uint64_t>(micros(b.at)) - static_cast<std::uint64_t>(micros(a.at));
}

std::uint64_t common_unit(Polls polls) noexcept {
    std::uint64_t unit = 0;
    for (std::size_t i = 1; i < polls.size() && unit != 1; ++i)
        unit = std::gcd(unit, distance(polls[i - 1], polls[i]));
    return std::max<std::uint64_t>(unit, 1);
}

}  // namespace

TimelineEncoder::TimelineEncoder(Polls polls) noexcept : polls_(polls), unit_(common_unit(polls)) {
    size_ = 1 + number_size(polls.size());
    if (!polls.empty()) size_ += frame_size(zigzag(micros(polls[0].at)));
    if (polls.size() > 1) size_ += number_size(unit_);
    for (std::size_t i = 1; i < polls.size(); ++i)
        size_ += frame_size(distance(polls[i - 1], polls[i]) / unit_);
}

void TimelineEncoder::write(std::uint8_t* out) const noexcept {
    *out++ = kVersion;
    out = put_number(out, polls_.size());
    if (!polls_.empty()) out = put_frame(out, polls_[0].status, zigzag(micros(polls_[0].at)));
    if (polls_.size() > 1) out = put_number(out, unit_);
    for (std::size_t i = 1; i < polls_.size(); ++i)
        out = put_frame(out, polls_[i].status, distance(polls_[i - 1], polls_[i]) / unit_);
}

TimelineReader::TimelineReader(Bytes bytes) : bytes_(bytes, kWhat) {
    check_version(bytes_, kVersion, kWhat);
    const std::uint64_t count = bytes_.number();
    if (count > bytes_.left()) bytes_.fail("it is cut short");
    count_ = static_cast<std::size_t>(count);
}

bool TimelineReader::next(Poll& poll) {
    if (read_ == count_) {
        bytes_.finish();
        return false;
    }
    std::uint64_t n = bytes_.frame(poll.status);
    if (read_ == 0) {
        last_ = unzigzag(n);
        if (last_ < micros(kMinInstant)) bytes_.fail("an instant is out of range");
        if (count_ > 1 && (unit_ = bytes_.number()) == 0) bytes_.fail("its unit is zero");
    } else {
        if (n == 0 || __builtin_mul_overflow(n, unit_, &n)) bytes_.fail("instants do not ascend");
        if (n > static_cast<std::uint64_t>(micros(kMaxInstant)) - static_cast<std::uint64_t>(last_))
            bytes_.fail("an instant is out of range");
        last_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(last_) + n);
    }
    if (last_ > micros(kMaxInstant)) bytes_.fail("an instant is out of range");
    poll.at = Instant{Micros{last_}};
    ++read_;
    return true;
}

std::size_t decode_timeline(Bytes bytes, Instant from, Instant to, Poll* out) {
    TimelineReader reader(bytes);
    std::size_t count = 0;
    for (Poll p; reader.next(p) && p.at < to;)
        if (p.at >= from) out[count++] = p;
    return count;
}

Timeline decode_timeline(Bytes bytes) {
    TimelineReader reader(bytes);
    Timeline polls;
    polls.reserve(reader.count());
    for (Poll p; reader.next(p);) polls.push_back(p);
    return polls;
}

std::vector<std::uint8_t> encode(Polls polls) {
    const TimelineEncoder encoder(polls);
    std::vector<std::uint8_t> bytes(encoder.size());
    encoder.write(bytes.data());
    return bytes;
}

}  // namespace store_uptime
