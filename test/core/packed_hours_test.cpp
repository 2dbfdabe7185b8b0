// Packing tells the same row, in the same order, or refuses.
#include "core/packed_hours.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

TEST_CASE("a row that is always valid and tells whole seconds is packed, and no other") {
    Random random(17);
    const auto instant_of_day = [&](Micros last) {
        const Micros at{random.between(0, last.count())};
        return random.one_in(3) ? at : std::chrono::floor<std::chrono::seconds>(at);
    };
    std::optional<WeeklyRow> before;
    for (int round = 0; round < 20'000; ++round) {
        WeeklyRow row{static_cast<unsigned>(random.below(7)), {instant_of_day(kDay), instant_of_day(2 * kDay)}};
        if (random.one_in(10)) row.valid_from = Date{std::chrono::days(random.between(-9, 9))};
        if (random.one_in(10)) row.valid_until = Date{std::chrono::days(random.between(-9, 9))};
        const bool simple = row.shift.opens.count() % 1'000'000 == 0 && row.shift.closes.count() % 1'000'000 == 0 &&
                            row.valid_from == WeeklyRow{}.valid_from && row.valid_until == WeeklyRow{}.valid_until;
        const std::optional<PackedHours> packed = pack(row);
        REQUIRE(packed.has_value() == simple);
        if (!simple) continue;
        REQUIRE(unpack(*packed) == row);
        if (before) REQUIRE((*pack(*before) <=> *packed) == (*before <=> row));
        before = row;
    }
    CHECK(unpack(*pack(WeeklyRow{6, {kDay, 2 * kDay}})) == WeeklyRow{6, {kDay, 2 * kDay}});
}
