#include "core/poll_log.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

std::vector<std::uint8_t> log_of(const std::vector<Poll>& polls) {
    std::vector<std::uint8_t> bytes(polls.size() * kLongestPoll);
    Instant last{};
    std::uint8_t* end = bytes.data();
    for (const Poll& p : polls) end = log_poll(end, last, p);
    bytes.resize(static_cast<std::size_t>(end - bytes.data()));
    return bytes;
}

Timeline timeline_of(const std::vector<std::uint8_t>& log, std::size_t count) {
    Timeline polls(count);
    polls.resize(read_log(log, polls));
    return polls;
}

}  // namespace

TEST_CASE("a log of polls in any order gives their timeline") {
    Random random(5);
    for (int round = 0; round < 500; ++round) {
        std::vector<Poll> polls;
        for (std::size_t n = random.below(60); n > 0; --n)
            polls.push_back({clamp_instant(static_cast<std::int64_t>(random.bits() >> random.below(64))), random.of({Status::unknown, Status::up, Status::down})});
        const auto bytes = log_of(polls);
        Timeline wanted = polls;
        make_timeline(wanted);
        REQUIRE(count_polls(bytes) == polls.size());
        REQUIRE(timeline_of(bytes, polls.size()) == wanted);
        if (!bytes.empty()) {
            const std::vector<std::uint8_t> shorter(bytes.begin(), bytes.end() - 1);
            try {
                timeline_of(shorter, polls.size() - 1);  // the last poll took a single byte
            } catch (const Error& e) {
                REQUIRE(e.code() == Errc::corrupt);
            }
            CHECK_THROWS_AS(timeline_of(bytes, polls.size() - 1), Error);
        }
    }
}
