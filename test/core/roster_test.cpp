// Rows of many stores, written as bytes and loaded in any order, give each store what it had.
#include "core/roster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "core/rows.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

const ZoneTable kUtc = fixed_zone(Micros{0}), kEast = fixed_zone(std::chrono::hours(5));

Roster roster(Roster::Options options, IntervalSet everywhere = {}) {
    const Zone zones[] = {kEast.view(), kUtc.view()};  // the last is the default
    return Roster(options, zones, everywhere);
}

std::map<std::uint64_t, StoreNumber> numbers(const Roster& r) {
    std::map<std::uint64_t, StoreNumber> found;
    for (StoreNumber n = 0; n < r.size(); ++n) found[r.key(n).word] = n;
    return found;
}

std::vector<WeeklyRow> week_of_member(Roster& r, StoreNumber store) {
    CHECK(r.is_member(store));
    const auto rows = r.view(store).calendar.weekly;
    return {rows.begin(), rows.end()};
}

}  // namespace

TEST_CASE("a packed poll is the poll, and packed polls are in the order of polls") {
    const Poll polls[] = {{kMinInstant, Status::unknown},     {kMinInstant, Status::down},
                          {Instant{Micros{-1}}, Status::up},  {Instant{Micros{0}}, Status::unknown},
                          {Instant{Micros{0}}, Status::up},   {Instant{Micros{0}}, Status::down},
                          {Instant{Micros{1}}, Status::unknown}, {kMaxInstant, Status::down}};
    for (std::size_t i = 0; i < std::size(polls); ++i) {
        CHECK(unpack(pack(polls[i])) == polls[i]);
        if (i > 0) CHECK(pack(polls[i - 1]) < pack(polls[i]));
    }
}

TEST_CASE("unpacking packed polls in any order makes the timeline that the polls make") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 500; ++round) {
        std::vector<Poll> polls;
        std::vector<PackedPoll> packed;
        for (std::size_t n = random() % 40; n > 0; --n) {
            polls.push_back({Instant{Micros{static_cast<std::int64_t>(random() % 30)}}, static_cast<Status>(random() % 3)});
            packed.push_back(pack(polls.back()));
        }
        Timeline timeline;
        PollSorter().sort(packed);
        unpack_timeline(packed, timeline);
        make_timeline(polls);
        REQUIRE(timeline == polls);
    }
}

TEST_CASE("keys are numbered in order of appearance, whatever their number and length") {
    SECTION("words") {
        StoreKeys keys(KeyKind::word);
        std::mt19937_64 random(1);
        std::map<std::uint64_t, StoreNumber> known;
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t word = i % 2 ? random() % 50'000 : random() % 50'000 << 40;
            const auto [it, added] = known.try_emplace(word, known.size());
            REQUIRE(keys.number(word) == it->second);
        }
        REQUIRE(keys.size() == known.size());
        for (const auto& [word, n] : known) REQUIRE(keys.word(n) == word);
        keys.clear();
        CHECK(keys.size() == 0);
        CHECK(keys.number(std::uint64_t{42}) == 0);
    }
    SECTION("bytes") {
        StoreKeys keys(KeyKind::bytes);
        std::mt19937_64 random(2);
        std::map<std::string, StoreNumber, std::less<>> known;
        for (int i = 0; i < 100'000; ++i) {
            // Prefixes of one another, zero bytes, empty.
            const std::string id = std::to_string(random() % 9999).substr(0, random() % 5) + std::string(random() % 9, '\0');
            const auto [it, added] = known.try_emplace(id, known.size());
            REQUIRE(keys.number(std::string_view(id)) == it->second);
        }
        for (const auto& [id, n] : known) REQUIRE(keys.bytes(n) == id);
    }
}

TEST_CASE("each store gets its own rows back, and only its own") {
    const Interval noon{Instant{std::chrono::hours(12)}, Instant{std::chrono::hours(13)}};
    Rows polls, weekly, special, zone, excluded;
    polls.add(word(7), pack({Instant{Micros{20}}, Status::up}));
    polls.add(word(8), pack({Instant{Micros{30}}, Status::down}));
    polls.add(word(7), pack({Instant{Micros{10}}, Status::down}));
    weekly.add(word(9), WeeklyRow{2, kWholeDay});
    weekly.add(word(7), WeeklyRow{3, {std::chrono::hours(9), std::chrono::hours(10)}});
    zone.add(word(7), ZoneNumber{0});
    zone.add(word(10), kNoZone);
    special.add(word(7), SpecialRow{Date{}, {}});
    special.add(word(11), SpecialRow{Date{}, {}});
    excluded.add(word(8), noon);
    excluded.add(word(12), noon);

    Roster r = roster({});
    // Special days first: their stores are known before they are members.
    r.load(RowKind::special, special.bytes());
    r.load(RowKind::excluded, excluded.bytes());
    r.load(RowKind::poll, polls.bytes());
    r.load(RowKind::weekly, weekly.bytes());
    r.load(RowKind::zone, zone.bytes());
    REQUIRE(!r.close());
    const auto n = numbers(r);

    CHECK(r.is_member(n.at(7)));
    CHECK(r.is_member(n.at(8)));
    CHECK(r.is_member(n.at(9)));
    CHECK(r.is_member(n.at(10)));
    CHECK(!r.is_member(n.at(11)));
    CHECK(!r.is_member(n.at(12)));

    const StoreView seven = r.view(n.at(7));
    CHECK(Timeline(seven.polls.begin(), seven.polls.end()) ==
          Timeline{{Instant{Micros{10}}, Status::down}, {Instant{Micros{20}}, Status::up}});
    CHECK(seven.calendar.weekly.size() == 1);
    CHECK(seven.calendar.special.size() == 1);
    CHECK(r.zone(n.at(7)) == 0);
    CHECK(seven.zone.offset_at(Instant{}) == std::chrono::hours(5));
    CHECK(seven.excluded.empty());

    const StoreView eight = r.view(n.at(8));
    CHECK(eight.calendar.weekly.size() == 7);
    CHECK(r.zone(n.at(8)) == 1);
    CHECK(eight.zone.offset_at(Instant{}) == Micros{0});
    CHECK(r.zone(n.at(10)) == 1);
    CHECK((eight.excluded.size() == 1 && eight.excluded[0] == noon));
    CHECK(r.view(n.at(10)).polls.empty());

    SECTION("and a cleared roster remembers nothing") {
        r.clear();
        REQUIRE(!r.close());
        CHECK(r.size() == 0);
    }
}

TEST_CASE("polls in blocks are those in rows, under whatever numbers each process gave to stores") {
    const auto at = [](int second) { return Instant{std::chrono::seconds(second)}; };
    Roster r = roster({});
    Rows rows;
    rows.add(word(7), pack({at(1), Status::up}));
    rows.add(word(9), pack({at(2), Status::up}));
    r.load(RowKind::poll, rows.bytes());
    for (const auto& [first, second] : {std::pair{8, 7}, std::pair{7, 10}}) {
        StoreKeys keys(KeyKind::word);
        RowPacker packer;
        Rows more;
        more.add(word(first), pack({at(10 + first), Status::down}));
        more.add(word(second), pack({at(20 + second), Status::down}));
        REQUIRE(packer.take(RowKind::poll, more.bytes(), keys));
        std::vector<char> blocks(64), ids(key_rows_size(keys));
        blocks.resize(packer.write(blocks.data(), blocks.size()));
        write_key_rows(ids.data(), keys);
        r.load(RowKind::keys, ids);
        r.load(RowKind::blocks, blocks);
    }
    REQUIRE(!r.close());
    const auto n = numbers(r);
    REQUIRE(n.size() == 4);
    const auto polls = [&](std::uint64_t id) {
        CHECK(r.is_member(n.at(id)));
        const Polls of_store = r.view(n.at(id)).polls;
        return Timeline(of_store.begin(), of_store.end());
    };
    CHECK(polls(7) == Timeline{{at(1), Status::up}, {at(17), Status::down}, {at(27), Status::down}});
    CHECK(polls(8) == Timeline{{at(18), Status::down}});
    CHECK(polls(9) == Timeline{{at(2), Status::up}});
    CHECK(polls(10) == Timeline{{at(30), Status::down}});
}

TEST_CASE("hours and zones in blocks are those in rows") {
    const auto monday = [](int from) { return WeeklyRow{0, {std::chrono::hours(from), std::chrono::hours(from + 1)}}; };
    Rows hours, zone;
    hours.add(word(1), *pack(monday(9)));
    hours.add(word(2), *pack(monday(7)));
    hours.add(word(1), *pack(monday(5)));
    zone.add(word(3), kNoZone);
    zone.add(word(2), ZoneNumber{0});
    zone.add(word(2), kNoZone);
    Roster r = roster({});
    StoreKeys keys(KeyKind::word);
    RowPacker packer;
    std::vector<char> blocks(256);
    std::size_t size = 0;
    for (const auto& [kind, rows] : {std::pair{RowKind::hours, &hours}, std::pair{RowKind::zone, &zone}}) {
        REQUIRE(packer.take(kind, rows->bytes(), keys));
        size += packer.write(blocks.data() + size, blocks.size() - size);
    }
    std::vector<char> ids(key_rows_size(keys));
    write_key_rows(ids.data(), keys);
    r.load(RowKind::keys, ids);
    r.load(RowKind::blocks, std::span(blocks).first(size));
    REQUIRE(!r.close());
    const auto n = numbers(r);
    REQUIRE(n.size() == 3);
    const auto week = [&](std::uint64_t id) { return week_of_member(r, n.at(id)); };
    CHECK(week(1) == std::vector<WeeklyRow>{monday(5), monday(9)});
    CHECK(week(2) == std::vector<WeeklyRow>{monday(7)});
    CHECK(week(3).size() == 7);
    CHECK(r.zone(n.at(1)) == 1);
    CHECK(r.zone(n.at(2)) == 0);
    CHECK(r.zone(n.at(3)) == 1);
}

TEST_CASE("text ids keep their bytes") {
    Rows polls;
    for (const char* id : {"", "a", "12345678", "a longer name than a word"})
        polls.add(text(id), pack({Instant{}, Status::up}));
    Roster r = roster({KeyKind::bytes, false});
    r.load(RowKind::poll, polls.bytes());
    REQUIRE(!r.close());
    REQUIRE(r.size() == 4);
    CHECK(r.key(0).bytes == "");
    CHECK(r.key(1).bytes == "a");
    CHECK(r.key(2).bytes == "12345678");
    CHECK(r.key(3).bytes == "a longer name than a word");
}

TEST_CASE("exclusions of a store join those of all stores") {
    const auto at = [](int hour) { return Instant{std::chrono::hours(hour)}; };
    Rows polls, excluded;
    polls.add(word(1), pack({at(0), Status::up}));
    excluded.add(word(1), Interval{at(2), at(4)});
    Roster r = roster({}, {{at(1), at(3)}, {at(8), at(9)}});
    r.load(RowKind::poll, polls.bytes());
    r.load(RowKind::excluded, excluded.bytes());
    REQUIRE(!r.close());
    const StoreView one = r.view(0);
    CHECK(IntervalSet(one.excluded.begin(), one.excluded.end()) == IntervalSet{{at(1), at(4)}, {at(8), at(9)}});
}

TEST_CASE("missing weekdays are closed, or open all day if the options say so") {
    Rows weekly;
    weekly.add(word(1), WeeklyRow{0, {std::chrono::hours(9), std::chrono::hours(10)}});
    for (const bool open : {false, true}) {
        Roster r = roster({KeyKind::word, open});
        r.load(RowKind::weekly, weekly.bytes());
        REQUIRE(!r.close());
        const StoreView one = r.view(0);
        const Instant monday{std::chrono::sys_days{std::chrono::year{2024} / 1 / 8}};
        const IntervalSet week = sessions(one.calendar, one.zone, {monday, monday + std::chrono::hours(168)});
        CHECK(measure(week) == (open ? std::chrono::hours(1 + 6 * 24) : std::chrono::hours(1)));
    }
}

TEST_CASE("hours are sorted, packed or not") {
    const auto row = [](unsigned weekday, int from) {
        return WeeklyRow{weekday, {std::chrono::hours(from), std::chrono::hours(from + 1)}};
    };
    WeeklyRow spring = row(2, 4);
    spring.valid_until = Date{std::chrono::days(90)};
    Rows hours, weekly;
    hours.add(word(1), *pack(row(3, 9)));
    hours.add(word(1), *pack(row(2, 12)));
    hours.add(word(2), *pack(row(5, 1)));
    hours.add(word(1), *pack(row(2, 8)));
    weekly.add(word(1), spring);
    weekly.add(word(3), row(6, 7));
    Roster r = roster({});
    r.load(RowKind::hours, hours.bytes());
    r.load(RowKind::weekly, weekly.bytes());
    REQUIRE(!r.close());
    const auto n = numbers(r);
    const auto week = [&](std::uint64_t id) { return week_of_member(r, n.at(id)); };
    CHECK(week(1) == std::vector<WeeklyRow>{spring, row(2, 8), row(2, 12), row(3, 9)});
    CHECK(week(2) == std::vector<WeeklyRow>{row(5, 1)});
    CHECK(week(3) == std::vector<WeeklyRow>{row(6, 7)});
}

TEST_CASE("a store with two zones is told, with both, whatever the order of rows") {
    for (const int first : {0, 1}) {
        Rows zone;
        zone.add(word(5), kNoZone);
        zone.add(word(5), ZoneNumber(first));
        zone.add(word(5), ZoneNumber(1 - first));
        Roster r = roster({});
        r.load(RowKind::zone, zone.bytes());
        const auto conflict = r.close();
        REQUIRE(conflict);
        CHECK(r.key(conflict->store).word == 5);
        CHECK(conflict->one == ZoneNumber{0});
        CHECK(conflict->other == ZoneNumber{1});
    }
}
