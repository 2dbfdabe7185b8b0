// Puts the polls of one store in order, thousands of stores one after the other.
//
// How they lie depends on how they were read. From a table written as polls arrived they are in order; from several
// processes that shared the reading they come as so many ascending runs, which are merged; in no order they are dealt to
// buckets by their instant, about one to a bucket, which sorts them but for neighbours. All three take O(n) where instants
// are spread at all evenly, as those of a monitor are, and O(n log n) whatever they are.
#pragma once

#include <span>
#include <vector>

#include "core/packed_poll.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

class PollSorter {
 public:
    // Sorts in place, ascending; the memory it takes stays for the next store.
    void sort(std::span<PackedPoll> polls);

 private:
    static constexpr std::size_t kMostRuns = 8;

    bool find_runs(std::span<const PackedPoll> polls);
    void merge_runs(std::span<PackedPoll> polls);
    void deal_to_buckets(std::span<PackedPoll> polls);

    std::vector<std::size_t> runs_;    // where ascending runs begin, and the end of the last
    std::vector<PackedPoll> dealt_;
    std::vector<std::uint32_t> ends_;  // of the buckets
};

}  // namespace store_uptime
