#include "core/group.hpp"

#include "core/random.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using test::utc;

namespace {

// The definition: try every way the unknown systems could be.
Status by_definition(const std::vector<Timeline>& systems, std::size_t needed, Instant at) {
    std::vector<Status> now;
    for (const Timeline& polls : systems) {
        const Poll* p = latest_at(polls, at);
        now.push_back(p ? p->status : Status::unknown);
    }
    bool can_be_up = false, can_be_down = false;
    for (unsigned way = 0; way < 1U << now.size(); ++way) {
        std::size_t up = 0;
        bool possible = true;
        for (std::size_t i = 0; i < now.size(); ++i) {
            const bool is_up = (way >> i & 1) != 0;
            possible = possible && (now[i] == Status::unknown || is_up == (now[i] == Status::up));
            up += is_up ? 1 : 0;
        }
        if (possible) (up >= needed ? can_be_up : can_be_down) = true;
    }
    return can_be_up && can_be_down ? Status::unknown : can_be_up ? Status::up : Status::down;
}

}  // namespace

TEST_CASE("a group is up if enough of its systems are, whatever the unknown ones may be") {
    test::Random random(1);
    for (int round = 0; round < 2000; ++round) {
        std::vector<Timeline> systems(random.below(5));
        std::vector<Instant> instants;
        for (Timeline& polls : systems) {
            for (std::uint64_t n = random.below(8); n > 0; --n) {
                polls.push_back({random.instant(utc("2024-01-08"), utc("2024-01-09"), std::chrono::hours(1)),
                                 random.of({Status::up, Status::up, Status::down, Status::unknown})});
                instants.push_back(polls.back().at);
            }
            make_timeline(polls);
        }
        std::sort(instants.begin(), instants.end());
        instants.erase(std::unique(instants.begin(), instants.end()), instants.end());

        const std::size_t needed = 1 + random.below(5);
        Timeline wanted;
        for (const Instant t : instants) wanted.push_back({t, by_definition(systems, needed, t)});
        const std::vector<Polls> views(systems.begin(), systems.end());
        REQUIRE(group_of(views, needed) == wanted);
    }
}

TEST_CASE("a group of which nothing is needed is a mistake") { CHECK_THROWS_AS(group_of({}, 0), Error); }
