#include "core/timeline_codec.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

using Encoded = std::vector<std::uint8_t>;

// Polls `apart` from each other, give or take up to `jitter`, all on multiples of `grid`.
Timeline regular(Random& random, std::size_t count, Micros apart, Micros jitter, Micros grid) {
    Timeline polls;
    Instant at = utc("2024-01-08 00:00:13");
    Status status = Status::up;
    for (std::size_t i = 0; i < count; ++i) {
        if (random.one_in(10)) status = random.of({Status::up, Status::down});
        polls.push_back({at, status});
        at += (apart + Micros{random.between(-jitter.count(), jitter.count())}) / grid * grid;
    }
    return polls;
}

// Anything a timeline can be: any units, any gaps, blocks of every kind.
Timeline random_timeline(Random& random) {
    Timeline polls;
    Instant at{Micros{random.between(-2'000'000'000'000'000, 2'000'000'000'000'000)}};
    if (random.one_in(10)) at = kMinInstant;
    std::int64_t unit = 1;
    std::uint64_t spread = 1;
    unsigned kinds = 1;
    const std::size_t count = random.one_in(4) ? random.below(4) : random.below(700);
    for (std::size_t i = 0; i < count && at <= kMaxInstant; ++i) {
        if (i % 61 == 0) {
            unit = random.of<std::int64_t>({1, 10, 1000, 1'000'000, 60'000'000, 3'600'000'000, 7, 86'400'000'000});
            spread = std::uint64_t{1} << random.below(random.one_in(20) ? 60 : 20);
            kinds = static_cast<unsigned>(random.between(1, 3));
        }
        polls.push_back({at, static_cast<Status>((random.below(kinds) + i / 61) % 3)});
        std::int64_t step = 0;
        const auto units = static_cast<std::int64_t>(1 + random.below(spread));
        if (__builtin_mul_overflow(unit, units, &step)) break;
        if (random.one_in(30) && __builtin_mul_overflow(step, random.between(1, 5000), &step)) break;
        if (step > (kMaxInstant - at).count()) break;
        at += Micros{step};
    }
    return polls;
}

double bytes_per_poll(const Timeline& polls) {
    // As the server counts a value: with its own header of four bytes.
    return static_cast<double>(encode(polls).size() + 4) / static_cast<double>(polls.size());
}

// Reads bytes of any kind; whatever comes must be a timeline.
enum class Outcome { read, corrupt, unsupported };
Outcome try_read(const Encoded& bytes) {
    try {
        const Timeline polls = decode_timeline(bytes);
        REQUIRE(is_timeline(polls));
        REQUIRE(TimelineReader(bytes).count() == polls.size());
        for (const Poll& p : polls)
            REQUIRE((p.status <= Status::down && p.at >= kMinInstant && p.at <= kMaxInstant));
        REQUIRE(decode_timeline(encode(polls)) == polls);
        return Outcome::read;
    } catch (const Error& e) {
        if (e.code() == Errc::unsupported) return Outcome::unsupported;
        REQUIRE(e.code() == Errc::corrupt);
        return Outcome::corrupt;
    }
}

}  // namespace

TEST_CASE("bytes give the timeline back, and equal timelines are equal bytes", "[timeline_codec]") {
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        const Timeline polls = random_timeline(random);
        const Encoded bytes = encode(polls);
        INFO("seed " << seed << ", " << polls.size() << " polls");
        REQUIRE(bytes.size() <= encoded_bound(polls.size()));
        REQUIRE(decode_timeline(bytes) == polls);
        TimelineReader reader(bytes);
        REQUIRE(reader.count() == polls.size());
        if (!polls.empty()) {
            REQUIRE(reader.first() == polls.front().at);
            REQUIRE(reader.last() == polls.back().at);
        }
        Timeline one_by_one;
        for (Poll p; reader.next(p);) one_by_one.push_back(p);
        REQUIRE(one_by_one == polls);
        // Built of shuffled pieces it is the same bytes.
        std::vector<Poll> shuffled = polls;
        random.shuffle(shuffled);
        make_timeline(shuffled);
        REQUIRE(encode(shuffled) == bytes);
    }
}

TEST_CASE("polls between two instants are read alone", "[timeline_codec]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const Timeline polls = regular(random, 1 + random.below(500), minutes(60), minutes(20), Micros{1});
        const Encoded bytes = encode(polls);
        const Instant from = random.of(polls).at + Micros{random.between(-1, 1)};
        const Instant to = random.of(polls).at + Micros{random.between(-1, 1)};
        Timeline wanted;
        for (const Poll& p : polls)
            if (from <= p.at && p.at < to) wanted.push_back(p);
        Timeline found(polls.size());
        found.resize(decode_timeline(bytes, from, to, found.data()));
        REQUIRE(found == wanted);
    }
}

TEST_CASE("a week of polls takes what its entropy is", "[timeline_codec]") {
    Random random(5);
    // A store's week as the report reads it, about every 70 minutes with microsecond jitter.
    CHECK(bytes_per_poll(regular(random, 123, minutes(70), minutes(10), Micros{1})) < 4.6);
    CHECK(bytes_per_poll(regular(random, 5000, minutes(70), minutes(10), Micros{1})) < 4.2);
    // On whole seconds.
    CHECK(bytes_per_poll(regular(random, 123, minutes(70), minutes(10), std::chrono::seconds(1))) < 2.1);
    CHECK(bytes_per_poll(regular(random, 5000, minutes(70), minutes(10), std::chrono::seconds(1))) < 1.7);
    // On the hour exactly: little more than the statuses.
    CHECK(bytes_per_poll(regular(random, 5000, minutes(60), Micros{0}, minutes(60))) < 0.2);

    // With holes of hours and days in it, and polls doubled, as real data has.
    Timeline holes;
    for (const Poll& p : regular(random, 3000, minutes(60), minutes(15), Micros{1})) {
        if (random.one_in(20)) holes.push_back({p.at + minutes(2), p.status});
        const auto hour = std::chrono::floor<std::chrono::hours>(p.at).time_since_epoch().count() % 168;
        if (hour > 40 && hour < 49) continue;
        if (hour > 110 && hour < 149) continue;
        holes.push_back(p);
    }
    make_timeline(holes);
    CHECK(bytes_per_poll(holes) < 4.5);
}

TEST_CASE("every truncation and every flipped bit is an error or another timeline", "[timeline_codec]") {
    std::vector<Timeline> samples{{}, {{utc("2024-01-08"), Status::down}}};
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Random random(seed);
        Timeline polls = random_timeline(random);
        if (polls.size() > 140) polls.resize(140);
        samples.push_back(polls);
    }
    int read = 0;
    for (const Timeline& polls : samples) {
        const Encoded bytes = encode(polls);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            REQUIRE(try_read(Encoded(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))) ==
                    Outcome::corrupt);
        Encoded longer = bytes;
        longer.push_back(0);
        REQUIRE(try_read(longer) == Outcome::corrupt);
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            Encoded flipped = bytes;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            const Outcome outcome = try_read(flipped);
            if (bit < 8) REQUIRE(outcome == (flipped[0] == 0 ? Outcome::corrupt : Outcome::unsupported));
            if (outcome == Outcome::read) {
                ++read;
            }
        }
    }
    CHECK(read > 0);  // a bit of a delta makes another good timeline
}

TEST_CASE("bytes of any kind are read or refused", "[timeline_codec]") {
    for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
        Random random(seed);
        Encoded bytes = encode(random.one_in(2) ? Timeline{} : random_timeline(random));
        for (auto n = 1 + random.below(6); n > 0; --n) {
            const std::size_t at = random.below(bytes.size());
            switch (random.below(4)) {
                case 0:
                    bytes[at] = static_cast<std::uint8_t>(random.below(256));
                    break;
                case 1:
                    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random.below(256)));
                    break;
                case 2:
                    bytes.push_back(static_cast<std::uint8_t>(random.below(256)));
                    break;
                case 3:
                    if (bytes.size() > 2) bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
                    break;
            }
        }
        INFO("seed " << seed);
        REQUIRE_NOTHROW(try_read(bytes));
    }
}

TEST_CASE("the bytes are those that the header tells of", "[timeline_codec]") {
    const Timeline polls{{Instant{}, Status::up}, {Instant{std::chrono::hours(1)}, Status::up},
                         {Instant{std::chrono::hours(3)}, Status::up}};
    // version, count, first (up, 1970), span (3 h in microseconds), form (all up, unit 1 h), width, patches, least,
    // no slots, patch: index 1, bits 1
    CHECK(encode(polls) == Encoded{1, 3, 1, 0x80, 0xD8, 0xEB, 0x9D, 0x28, 0x1B, 1, 0, 1, 0b10});
    CHECK(encode({}) == Encoded{1, 0});
    CHECK(encode(Timeline{{Instant{Micros{-1}}, Status::down}}) == Encoded{1, 1, 0b110});

    Encoded bytes = encode(polls);
    bytes.back() = 0b110;  // a bit beyond the slots
    CHECK(try_read(bytes) == Outcome::corrupt);
}

TEST_CASE("a count that the bytes cannot hold asks for no memory", "[timeline_codec]") {
    CHECK(try_read({1, 0xFF, 0xFF, 0xFF, 0x1F, 1, 1, 0x1B, 0, 0, 1}) == Outcome::corrupt);
    CHECK(try_read({1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Outcome::corrupt);
}

TEST_CASE("the ends of supported time", "[timeline_codec]") {
    const Timeline polls{{kMinInstant, Status::unknown}, {kMaxInstant, Status::down}};
    CHECK(decode_timeline(encode(polls)) == polls);
    const Timeline close{{kMinInstant, Status::up}, {kMinInstant + Micros{1}, Status::up}, {kMaxInstant, Status::up}};
    CHECK(decode_timeline(encode(close)) == close);
    CHECK(try_read({1, 1, 0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x07}) == Outcome::corrupt);
}

TEST_CASE("ten million polls", "[timeline_codec]") {
    Random random(3);
    const Timeline polls = regular(random, 10'000'000, minutes(1), std::chrono::seconds(20), Micros{1});
    const Encoded bytes = encode(polls);
    CHECK(bytes.size() < 36'000'000);
    const bool same = decode_timeline(bytes) == polls;
    CHECK(same);
}

TEST_CASE("more polls than a value holds are refused", "[timeline_codec]") {
    // Never looked at: only their number counts.
    const Polls many(static_cast<const Poll*>(nullptr), kMaxPolls + 1);
    std::uint8_t nowhere = 0;
    try {
        encode(many, &nowhere);
        FAIL("encoded");
    } catch (const Error& e) {
        CHECK(e.code() == Errc::too_large);
        CHECK(std::string(e.what()).find(std::to_string(kMaxPolls + 1)) != std::string::npos);
    }
}
