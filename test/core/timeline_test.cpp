#include "core/timeline.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "core/random.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

Poll poll(std::int64_t at, Status status) { return {Instant{Micros{at}}, status}; }

// Few instants and many polls, so that they collide.
std::vector<Poll> random_polls(Random& random, std::size_t most) {
    std::vector<Poll> polls;
    for (auto n = random.below(most + 1); n > 0; --n)
        polls.push_back(poll(random.between(-10, 20), random.of({Status::unknown, Status::up, Status::down})));
    return polls;
}

// The conflict rule read out: down if any says down, else up if any says up.
Timeline expected(const std::vector<Poll>& polls) {
    std::map<Instant, std::vector<Status>> said;
    for (const Poll& p : polls) said[p.at].push_back(p.status);
    Timeline timeline;
    for (const auto& [at, statuses] : said) {
        const auto any = [&](Status s) { return std::count(statuses.begin(), statuses.end(), s) > 0; };
        timeline.push_back({at, any(Status::down) ? Status::down : any(Status::up) ? Status::up : Status::unknown});
    }
    return timeline;
}

}  // namespace

TEST_CASE("polls in any order and any batches make the same timeline", "[timeline]") {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        std::vector<Poll> polls = random_polls(random, 40);
        const Timeline wanted = expected(polls);
        INFO("seed " << seed);

        random.shuffle(polls);
        Timeline whole = polls;
        make_timeline(whole);
        REQUIRE(whole == wanted);
        REQUIRE(is_timeline(whole));

        Timeline merged;
        std::vector<Timeline> batches(1 + random.below(5));
        for (const Poll& p : polls) {
            batches[random.below(batches.size())].push_back(p);
            if (random.one_in(4)) batches[random.below(batches.size())].push_back(p);  // overlapping pieces
        }
        for (Timeline& batch : batches) {
            make_timeline(batch);
            merged = random.one_in(2) ? merge(merged, batch) : merge(batch, merged);
        }
        REQUIRE(merged == wanted);
    }
}

TEST_CASE("polls already in order are left as they are", "[timeline]") {
    Timeline polls{poll(1, Status::up), poll(2, Status::down)};
    CHECK(make_timeline(std::span<Poll>(polls)) == 2);
    CHECK(polls == Timeline{poll(1, Status::up), poll(2, Status::down)});
    Timeline none;
    make_timeline(none);
    CHECK(none.empty());
    CHECK(is_timeline(none));
    CHECK_FALSE(is_timeline(Timeline{poll(1, Status::up), poll(1, Status::up)}));
    CHECK_FALSE(is_timeline(Timeline{poll(2, Status::up), poll(1, Status::up)}));
}

TEST_CASE("looking into a timeline", "[timeline]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        Timeline polls = random_polls(random, 12);
        make_timeline(polls);
        INFO("seed " << seed);
        for (std::int64_t from = -12; from <= 22; ++from) {
            const Instant t{Micros{from}};
            const Poll* latest = nullptr;
            for (const Poll& p : polls)
                if (p.at <= t) latest = &p;
            REQUIRE(latest_at(polls, t) == latest);
            const Instant to{Micros{random.between(-12, 22)}};
            Timeline inside;
            for (const Poll& p : polls)
                if (t <= p.at && p.at < to) inside.push_back(p);
            const Polls found = between(polls, t, to);
            REQUIRE(Timeline(found.begin(), found.end()) == inside);
        }
    }
}
