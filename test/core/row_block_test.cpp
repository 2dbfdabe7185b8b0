// Blocks give back what rows said, in their order, under the numbers that keys have.
#include "core/row_block.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/rows.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

struct Row {
    std::string id;  // of KeyKind::bytes; of KeyKind::word its eight bytes
    PackedPoll poll;
    bool operator==(const Row&) const = default;
};

std::string id_of(const StoreKey& key) {
    return key.kind == KeyKind::bytes ? std::string(key.bytes) : std::string(reinterpret_cast<const char*>(&key.word), 8);
}

std::vector<char> bytes_of(KeyKind kind, const std::vector<Row>& rows) {
    Rows written;
    for (const Row& row : rows) {
        std::uint64_t id = 0;
        if (kind == KeyKind::word) std::memcpy(&id, row.id.data(), sizeof id);
        written.add(kind == KeyKind::word ? word(id) : text(row.id), row.poll);
    }
    return {written.bytes().begin(), written.bytes().end()};
}

// Blocks in pieces, each at the end of a room of its own, so that reading or writing beyond one is seen.
struct Blocks {
    std::vector<std::vector<char>> pieces;
    std::size_t bytes = 0;

    void add(RowPacker& packer, std::size_t room) {
        std::vector<char> piece(room);
        piece.resize(packer.write(piece.data(), room));
        piece.shrink_to_fit();
        bytes += piece.size();
        pieces.push_back(std::move(piece));
    }
};

// What blocks and keys say, by the formats' own words.
std::vector<Row> rows_of(const Blocks& blocks, const StoreKeys& keys) {
    std::vector<char> key_rows(key_rows_size(keys));
    write_key_rows(key_rows.data(), keys);
    std::vector<std::string> ids;
    for (const char* at = key_rows.data(); at < key_rows.data() + key_rows.size();) {
        const StoreKey key = read_key(at, keys.kind());
        ids.push_back(id_of(key));
        at += key.size();
    }
    REQUIRE(ids.size() == keys.size());
    std::vector<Row> rows;
    for (const auto& piece : blocks.pieces)
        each_block(piece, [&](const RowBlock& block) {
            CHECK(block.kind() == RowKind::poll);
            const std::size_t before = rows.size();
            block.each<PackedPoll>([&](StoreNumber store, PackedPoll poll) { rows.push_back({ids.at(store), poll}); });
            CHECK(rows.size() == before + block.count());
        });
    return rows;
}

std::string random_id(Random& random, KeyKind kind, std::uint64_t stores) {
    const std::uint64_t number = random.below(stores) * 0x9e3779b97f4a7c15;
    if (kind == KeyKind::word) return std::string(reinterpret_cast<const char*>(&number), 8);
    return std::to_string(number).substr(0, number % 20);  // one of them empty
}

}  // namespace

TEST_CASE("blocks and keys give back what rows said") {
    Random random(11);
    const KeyKind kind = GENERATE(KeyKind::word, KeyKind::bytes);
    for (int round = 0; round < 300; ++round) {
        StoreKeys keys(kind, 64);
        RowPacker packer;
        std::vector<Row> rows;
        Blocks blocks;
        const std::uint64_t stores = 1 + random.below(std::uint64_t{1} << random.below(12));
        const std::uint64_t from = random.bits() >> 2, span = std::uint64_t{1} << random.below(50);
        for (std::size_t takes = 1 + random.below(6); takes > 0; --takes) {
            std::vector<Row> some;
            for (std::size_t n = 1 + random.below(RowPacker::kMost); n > 0; --n)
                some.push_back({random_id(random, kind, stores), PackedPoll{from + random.below(span)}});
            REQUIRE(packer.take(RowKind::poll, bytes_of(kind, some), keys));
            REQUIRE(packer.left() == some.size());
            while (packer.left() > 0) blocks.add(packer, random.below(600) * 8);
            rows.insert(rows.end(), some.begin(), some.end());
        }
        REQUIRE(rows_of(blocks, keys) == rows);
    }
}

TEST_CASE("an hour's polls of a thousand stores take five bytes each") {
    StoreKeys keys(KeyKind::word, 64);
    RowPacker packer;
    std::vector<Row> rows;
    const Instant noon{Micros{std::chrono::hours(465'000)}};
    for (std::uint64_t i = 0; i < RowPacker::kMost; ++i) {
        const std::uint64_t store = i * 2;
        keys.number(i * 2 + 1);
        rows.push_back({std::string(reinterpret_cast<const char*>(&store), 8),
                        pack({noon + Micros{static_cast<std::int64_t>(i * 7'030'000)}, Status::up})});
    }
    const auto bytes = bytes_of(KeyKind::word, rows);
    REQUIRE(packer.take(RowKind::poll, bytes, keys));
    Blocks blocks;
    blocks.add(packer, bytes.size());
    CHECK(packer.left() == 0);
    CHECK(blocks.bytes <= 5 * RowPacker::kMost + 32);
    CHECK(rows_of(blocks, keys) == rows);
}

TEST_CASE("polls of all times fit, unless their steps and stores are too many together") {
    StoreKeys keys(KeyKind::bytes, 64);
    RowPacker packer;
    const PackedPoll least{0}, middle{std::uint64_t{1} << 62}, greatest = pack({kMaxInstant, Status::down});
    // One store takes no bits, but 64 are not left to tell steps apart.
    CHECK_FALSE(packer.take(RowKind::poll, bytes_of(KeyKind::bytes, {{"a", least}, {"a", middle}, {"a", least}}), keys));
    CHECK(packer.left() == 0);
    // Of a single step it does not matter how long it is.
    const std::vector<Row> ends = {{"a", least}, {"a", greatest}};
    REQUIRE(packer.take(RowKind::poll, bytes_of(KeyKind::bytes, ends), keys));
    Blocks blocks;
    blocks.add(packer, 1024);
    CHECK(rows_of(blocks, keys) == ends);
    // A step there and one back: 62 bits, and one for two stores.
    const PackedPoll far{(std::uint64_t{1} << 61) - 1};
    const std::vector<Row> closer = {{"a", PackedPoll{0}}, {"b", far}, {"a", PackedPoll{5}}};
    REQUIRE(packer.take(RowKind::poll, bytes_of(KeyKind::bytes, closer), keys));
    blocks = {};
    blocks.add(packer, 1024);
    CHECK(rows_of(blocks, keys) == closer);
    CHECK_FALSE(packer.take(RowKind::poll, bytes_of(KeyKind::bytes, {{"c", PackedPoll{0}}, {"c", far}, {"c", PackedPoll{5}}}), keys));  // a third store
    CHECK(packer.take(RowKind::poll, bytes_of(KeyKind::bytes, {{"c", PackedPoll{7}}}), keys));
    CHECK(packer.left() == 1);
}

TEST_CASE("few polls are not begun with at the end of a room, unless they are all") {
    StoreKeys keys(KeyKind::word, 64);
    RowPacker packer;
    std::vector<Row> rows(100, {std::string(8, '\1'), PackedPoll{1}});
    rows.back().poll = PackedPoll{255};
    REQUIRE(packer.take(RowKind::poll, bytes_of(KeyKind::word, rows), keys));  // a byte each
    std::vector<char> room(256);
    CHECK(packer.write(room.data(), 0) == 0);
    CHECK(packer.write(room.data(), 40) == 0);
    CHECK(packer.left() == 100);
    CHECK(packer.write(room.data(), 24 + 8 + 80) > 0);
    CHECK(packer.left() < 20);
    CHECK(packer.write(room.data(), 56) > 0);
    CHECK(packer.left() == 0);
}

TEST_CASE("hours of thousands of stores take seven bytes each, and zones three") {
    Random random(5);
    StoreKeys keys(KeyKind::word, 64);
    for (std::uint64_t store = 0; store < 4096; ++store) keys.number(store);
    Rows hours, zones;
    std::vector<PackedHours> opened;
    std::vector<ZoneNumber> named;
    for (std::size_t i = 0; i < RowPacker::kMost; ++i) {
        const auto second = std::chrono::seconds(random.below(86'400));
        opened.push_back(*pack(WeeklyRow{static_cast<unsigned>(random.below(7)), {second, second + std::chrono::hours(8)}}));
        named.push_back(i % 3 == 0 ? kNoZone : ZoneNumber{random.below(32)});
        hours.add(word(i * 8), opened.back());
        zones.add(word(i * 8), named.back());
    }
    const auto check = [&](RowKind kind, const Rows& rows, const auto& said, std::size_t width) {
        RowPacker packer;
        REQUIRE(packer.take(kind, rows.bytes(), keys));
        std::vector<char> room(rows.bytes().size());
        const std::size_t size = packer.write(room.data(), room.size());
        CHECK(size <= width * RowPacker::kMost + 32);
        const RowBlock block(room.data());
        CHECK(block.kind() == kind);
        CHECK(block.end() == room.data() + size);
        std::size_t i = 0;
        block.each<std::decay_t<decltype(said[0])>>([&](StoreNumber store, auto item) {
            CHECK(keys.word(store) == i * 8);
            CHECK(item == said.at(i++));
        });
        CHECK(i == said.size());
    };
    check(RowKind::hours, hours, opened, 7);
    check(RowKind::zone, zones, named, 3);
}
