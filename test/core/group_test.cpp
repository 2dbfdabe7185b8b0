#include "core/group.hpp"

#include <cstring>
#include <set>

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

// What an aggregate gathers of systems.
std::vector<std::uint8_t> gather(const std::vector<Timeline>& systems, std::uint32_t needed) {
    std::vector<std::uint8_t> bytes;
    const auto put_length = [&](std::uint32_t n) {
        bytes.resize(bytes.size() + sizeof(n));
        std::memcpy(bytes.data() + bytes.size() - sizeof(n), &n, sizeof(n));
    };
    put_length(needed);
    for (const Timeline& polls : systems) {
        const std::vector<std::uint8_t> encoded = encode(polls);
        put_length(static_cast<std::uint32_t>(encoded.size()));
        bytes.insert(bytes.end(), encoded.begin(), encoded.end());
    }
    return bytes;
}

Timeline group_of_bytes(Bytes bytes) {
    const GatheredGroup group = read_group(bytes);
    std::vector<TimelineReader> systems = read_systems(group.systems);
    return group_of(systems, group.needed);
}

template <class Work>
Errc refusal(Work work) {
    try {
        work();
    } catch (const Error& e) {
        return e.code();
    }
    FAIL("not refused");
    return Errc::internal;
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

        const auto needed = static_cast<std::uint32_t>(1 + random.below(5));
        Timeline wanted;
        for (const Instant t : instants) wanted.push_back({t, by_definition(systems, needed, t)});
        REQUIRE(group_of_bytes(gather(systems, needed)) == wanted);
    }
}

TEST_CASE("systems of many polls are read side by side") {
    test::Random random(2);
    std::vector<Timeline> systems(3);
    for (Timeline& polls : systems) {
        for (int i = 0; i < 5000; ++i)
            polls.push_back({random.instant(utc("2024-01-01"), utc("2024-02-01"), Micros{1'000'000}),
                             random.of({Status::up, Status::down, Status::unknown})});
        make_timeline(polls);
    }
    const Timeline group = group_of_bytes(gather(systems, 2));
    REQUIRE(group.size() > 14'000);
    REQUIRE(is_timeline(group));
    for (const Poll& p : group) REQUIRE(p.status == by_definition(systems, 2, p.at));
}

TEST_CASE("a group of which nothing is needed is a mistake") {
    CHECK(refusal([] { group_of({}, 0); }) == Errc::invalid_argument);
    CHECK(refusal([] { group_of_bytes({}); }) == Errc::invalid_argument);
}

TEST_CASE("groups of more systems than memory is for are refused") {
    const std::vector<Timeline> systems(kMaxSystems);
    std::vector<std::uint8_t> bytes = gather(systems, 1);
    CHECK(group_of_bytes(bytes).empty());
    bytes.insert(bytes.end(), {2, 0, 0, 0, 1, 0});
    CHECK(refusal([&] { group_of_bytes(bytes); }) == Errc::too_large);
}

TEST_CASE("what an aggregate did not gather is refused") {
    const std::vector<Timeline> systems{
        {{utc("2024-01-08 09:00"), Status::up}}, {}, {{utc("2024-01-08 10:00"), Status::down}}};
    const std::vector<std::uint8_t> bytes = gather(systems, 1);
    CHECK(group_of_bytes(bytes).size() == 2);
    std::set<std::size_t> between_systems;
    for (std::size_t n = 0; n < systems.size(); ++n)
        between_systems.insert(gather({systems.begin(), systems.begin() + static_cast<std::ptrdiff_t>(n)}, 1).size());
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const Bytes cut = Bytes(bytes).first(size);
        if (between_systems.contains(size))
            CHECK_NOTHROW(group_of_bytes(cut));
        else
            CHECK(refusal([&] { group_of_bytes(cut); }) == Errc::corrupt);
    }
}
