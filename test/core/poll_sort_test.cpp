#include "core/poll_sort.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "core/random.hpp"

namespace store_uptime::test {
namespace {

using List = std::vector<PackedPoll>;

PackedPoll poll(std::uint64_t bits) { return PackedPoll{bits}; }

// Sorts by std::sort and by the sorter, which is kept from case to case as in use.
void check(List polls, const char* what) {
    static PollSorter sorter;
    List wanted = polls;
    std::sort(wanted.begin(), wanted.end());
    sorter.sort(polls);
    INFO(what << ", " << polls.size() << " polls");
    REQUIRE(polls == wanted);
}

List in_no_order(Random& random, std::size_t n, std::uint64_t limit) {
    List polls(n);
    for (PackedPoll& p : polls) p = poll(random.below(limit));
    return polls;
}

List ascending_runs(Random& random, std::size_t n, std::size_t runs) {
    List polls = in_no_order(random, n, UINT64_C(1) << 40);
    for (std::size_t i = 0; i < runs; ++i)
        std::sort(polls.begin() + n * i / runs, polls.begin() + n * (i + 1) / runs);
    return polls;
}

}  // namespace

TEST_CASE("polls are sorted however they lie", "[poll_sort]") {
    Random random{7};
    for (const std::size_t n : {0, 1, 2, 3, 15, 16, 17, 18, 31, 100, 130, 257, 1000, 5000}) {
        for (const std::uint64_t limit : {UINT64_C(1), UINT64_C(2), UINT64_C(10), UINT64_C(1000), UINT64_C(1) << 42, UINT64_MAX})
            check(in_no_order(random, n, limit), "in no order");
        for (std::size_t runs = 1; runs < 20; ++runs) check(ascending_runs(random, n, runs), "ascending runs");
        List backwards = ascending_runs(random, n, 1);
        std::reverse(backwards.begin(), backwards.end());
        check(backwards, "backwards");
    }
}

TEST_CASE("crowds in few buckets are sorted too", "[poll_sort]") {
    Random random{8};
    for (int round = 0; round < 200; ++round) {
        // Almost all within a few microseconds, one far away: by their instants they fall into one bucket.
        List polls = in_no_order(random, 20 + random.below(3000), 1 + random.below(300));
        polls[random.below(polls.size())] = poll(UINT64_MAX - random.below(2));
        if (random.below(2) == 0) polls[random.below(polls.size())] = poll(UINT64_C(1) << (20 + random.below(40)));
        check(polls, "a crowd");
    }
    check(in_no_order(random, 200'000, UINT64_C(1) << 50), "more than there are buckets");
    check(ascending_runs(random, 200'000, 3), "long runs");
}

}  // namespace store_uptime::test
