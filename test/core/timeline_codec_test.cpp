#include "core/timeline_codec.hpp"

#include <random>

#include "core/poll_log.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using test::utc;

namespace {

Status random_status(std::mt19937_64& random) { return static_cast<Status>(random() % 3); }

// Polls about an hour apart, on multiples of `unit`.
Timeline hourly(std::size_t count, Micros unit, std::mt19937_64& random) {
    Timeline polls;
    Instant t = utc("2024-01-08 09:00");
    for (std::size_t i = 0; i < count; ++i) {
        polls.push_back({t, random() % 4 == 0 ? Status::down : Status::up});
        t += unit * static_cast<std::int64_t>((std::chrono::minutes(50) + std::chrono::seconds(random() % 1200)) / unit);
        if (unit < std::chrono::seconds(1)) t += Micros{static_cast<std::int64_t>(random() % 1'000'000)};
    }
    return polls;
}

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

TEST_CASE("a timeline's bytes give the timeline back") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 2000; ++round) {
        Timeline polls;
        const std::int64_t span = std::int64_t{1} << (random() % 62 + 1), unit = round % 3 ? 1 : 1 + random() % 100000;
        const std::int64_t start = static_cast<std::int64_t>(random() % 4'000'000'000'000'000'000ULL) - 200'000'000'000'000'000;
        for (std::size_t n = random() % 40; n > 0; --n) {
            const Instant at = clamp_instant(start + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span)) / unit * unit);
            polls.push_back({at, random_status(random)});
        }
        make_timeline(polls);
        const std::vector<std::uint8_t> bytes = encode(polls);
        REQUIRE(decode_timeline(bytes) == polls);
        REQUIRE(encode(decode_timeline(bytes)) == bytes);
    }
}

TEST_CASE("the ends of time fit") {
    for (const Timeline& polls : {Timeline{}, Timeline{{kMinInstant, Status::up}}, Timeline{{kMaxInstant, Status::down}},
                                  Timeline{{kMinInstant, Status::down}, {kMaxInstant, Status::unknown}},
                                  Timeline{{kMaxInstant - Micros{1}, Status::up}, {kMaxInstant, Status::up}}})
        CHECK(decode_timeline(encode(polls)) == polls);
}

TEST_CASE("a poll an hour takes few bytes") {
    std::mt19937_64 random(2);
    const auto bytes_per_poll = [&](Micros unit) {
        return static_cast<double>(encode(hourly(1000, unit, random)).size()) / 1000;
    };
    CHECK(bytes_per_poll(Micros{1}) <= 5.05);
    CHECK(bytes_per_poll(std::chrono::seconds(1)) <= 3);
    CHECK(bytes_per_poll(std::chrono::minutes(1)) <= 2.05);
}

TEST_CASE("polls between two instants are read alone") {
    std::mt19937_64 random(3);
    const Timeline polls = hourly(200, Micros{1}, random);
    const auto bytes = encode(polls);
    for (int round = 0; round < 200; ++round) {
        const Instant from = polls[random() % 200].at + Micros{static_cast<int>(random() % 3) - 1};
        const Instant to = polls[random() % 200].at + Micros{static_cast<int>(random() % 3) - 1};
        Timeline wanted;
        for (const Poll& p : polls)
            if (from <= p.at && p.at < to) wanted.push_back(p);
        Timeline found(polls.size());
        found.resize(decode_timeline(bytes, from, to, found.data()));
        REQUIRE(found == wanted);
    }
}

TEST_CASE("damaged bytes are an error or another timeline, never anything else") {
    std::mt19937_64 random(4);
    const auto survives = [](const std::vector<std::uint8_t>& bytes) {
        try {
            const Timeline polls = decode_timeline(bytes);
            return is_timeline(polls) && (polls.empty() || (polls.front().at >= kMinInstant && polls.back().at <= kMaxInstant));
        } catch (const Error& e) {
            return e.code() == Errc::corrupt || e.code() == Errc::unsupported;
        }
    };
    const auto bytes = encode(hourly(50, Micros{1}, random));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::vector<std::uint8_t> shorter(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK_THROWS_AS(decode_timeline(shorter), Error);
    }
    std::vector<std::uint8_t> longer = bytes;
    longer.push_back(0);
    CHECK_THROWS_AS(decode_timeline(longer), Error);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::vector<std::uint8_t> flipped = bytes;
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        CHECK(survives(flipped));
    }
    for (int round = 0; round < 20000; ++round) {
        std::vector<std::uint8_t> noise(random() % 40);
        for (std::uint8_t& b : noise) b = static_cast<std::uint8_t>(random());
        if (noise.size() > 1) noise[0] = 1, noise[1] %= 20;
        REQUIRE(survives(noise));
    }
    CHECK_THROWS_WITH(decode_timeline(std::vector<std::uint8_t>{9, 0}), Catch::Contains("version 9"));
    CHECK_THROWS_WITH(decode_timeline(std::vector<std::uint8_t>{1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), Catch::Contains("cut short"));
}

TEST_CASE("a log of polls in any order gives their timeline") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 500; ++round) {
        std::vector<Poll> polls;
        for (std::size_t n = random() % 60; n > 0; --n)
            polls.push_back({clamp_instant(static_cast<std::int64_t>(random() >> random() % 64)), random_status(random)});
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
