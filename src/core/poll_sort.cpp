#include "core/poll_sort.hpp"

#include <algorithm>
#include <bit>

#include "core/interrupt.hpp"

namespace store_uptime {
namespace {

// Fewer are sorted as they are; and so few in a bucket are left to the last pass.
constexpr std::size_t kFew = 16;

constexpr std::uint64_t number(PackedPoll p) noexcept { return static_cast<std::uint64_t>(p); }

// Sorts polls of whom none is far from its place.
void insert_each(std::span<PackedPoll> polls) noexcept {
    for (std::size_t i = 1; i < polls.size(); ++i) {
        const PackedPoll p = polls[i];
        std::size_t at = i;
        for (; at > 0 && p < polls[at - 1]; --at) polls[at] = polls[at - 1];
        polls[at] = p;
    }
}

}  // namespace

void PollSorter::sort(std::span<PackedPoll> polls) {
    if (std::is_sorted(polls.begin(), polls.end())) return;
    go_on();
    if (polls.size() <= kFew) return insert_each(polls);
    if (find_runs(polls)) return merge_runs(polls);
    deal_to_buckets(polls);
}

// Whether they are few.
bool PollSorter::find_runs(std::span<const PackedPoll> polls) {
    runs_.assign(1, 0);
    for (std::size_t i = 1; i < polls.size(); ++i) {
        if (!(polls[i] < polls[i - 1])) continue;
        if (runs_.size() == kMostRuns) return false;
        runs_.push_back(i);
    }
    runs_.push_back(polls.size());
    return true;
}

void PollSorter::merge_runs(std::span<PackedPoll> polls) {
    dealt_.resize(std::max(dealt_.size(), polls.size()));
    while (runs_.size() > 2) {
        go_on();
        std::size_t kept = 0;
        for (std::size_t i = 0; i + 1 < runs_.size(); i += 2) {
            const auto begin = polls.begin() + runs_[i], middle = polls.begin() + runs_[i + 1];
            const auto end = i + 2 < runs_.size() ? polls.begin() + runs_[i + 2] : middle;
            // The earlier run is copied away, so that the two can be merged to where it was.
            const auto copied = std::copy(begin, middle, dealt_.begin());
            std::merge(dealt_.begin(), copied, middle, end, begin);
            runs_[kept++] = runs_[i];
        }
        runs_[kept++] = polls.size();
        runs_.resize(kept);
    }
}

void PollSorter::deal_to_buckets(std::span<PackedPoll> polls) {
    const auto [least, greatest] = std::minmax_element(polls.begin(), polls.end());
    const std::uint64_t from = number(*least), span = number(*greatest) - from;
    const int bits = std::min<int>(std::bit_width(polls.size()), 16);
    const int shift = std::max<int>(std::bit_width(span) - bits, 0);
    const auto bucket = [=](PackedPoll p) { return static_cast<std::size_t>((number(p) - from) >> shift); };

    const std::size_t buckets = std::size_t{1} << bits;
    ends_.assign(buckets + 1, 0);
    for (const PackedPoll p : polls) ++ends_[bucket(p) + 1];
    bool crowded = false;
    for (std::size_t b = 0; b < buckets; ++b) {
        crowded |= ends_[b + 1] > kFew;
        ends_[b + 1] += ends_[b];
    }
    // ends_[b] is where bucket b begins, and by the time all are dealt where it ends.
    dealt_.resize(std::max(dealt_.size(), polls.size()));
    for (const PackedPoll p : polls) dealt_[ends_[bucket(p)]++] = p;
    if (crowded)
        for (std::size_t b = 0, begin = 0; b < buckets; begin = ends_[b++])
            if (ends_[b] - begin > kFew) std::sort(dealt_.begin() + begin, dealt_.begin() + ends_[b]);
    std::copy_n(dealt_.begin(), polls.size(), polls.begin());
    insert_each(polls);
}

}  // namespace store_uptime
