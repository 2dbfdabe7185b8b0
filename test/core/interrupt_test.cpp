#include "core/interrupt.hpp"

#include <catch2/catch.hpp>

#include "core/calendar_text.hpp"
#include "core/group.hpp"
#include "core/poll_log.hpp"
#include "core/random.hpp"
#include "core/timeline_text.hpp"
#include "core/uptime.hpp"
#include "core/zone_icu.hpp"

using namespace store_uptime;

namespace {

constexpr std::size_t kMany = 1'000'000;

// Work is asked to stop when it looks up the nth time.
int looks_left = 0;

bool is_last_look() noexcept { return --looks_left <= 0; }

// Whether work breaks off when it has looked up three times, and else is done as ever.
template <class Work>
bool can_be_stopped(Work work) {
    must_stop = nullptr;
    work();
    looks_left = 3;
    must_stop = is_last_look;
    bool stopped = false;
    try {
        work();
    } catch (const Error& e) {
        stopped = e.code() == Errc::interrupted;
    }
    must_stop = nullptr;
    return stopped;
}

Timeline many_polls() {
    Timeline polls;
    for (std::size_t i = 0; i < kMany; ++i)
        polls.push_back({Instant{Micros{static_cast<std::int64_t>(i) * 60'000'000}}, i % 7 == 0 ? Status::down : Status::up});
    return polls;
}

}  // namespace

TEST_CASE("long work on timelines can be stopped") {
    const Timeline polls = many_polls();
    const std::vector<std::uint8_t> bytes = encode(polls);
    CHECK(can_be_stopped([&] { encode(polls); }));
    CHECK(can_be_stopped([&] { decode_timeline(bytes); }));
    CHECK(can_be_stopped([&] {
        TimelineReader reader(bytes);
        for (Poll p; reader.next(p);) {}
    }));
    CHECK(can_be_stopped([&] { merge(polls, polls); }));
    CHECK(can_be_stopped([&] {
        std::vector<TimelineReader> systems(2, TimelineReader(bytes));
        group_of(systems, 1);
    }));

    test::Random random(1);
    Timeline shuffled = polls;
    random.shuffle(shuffled);
    CHECK(can_be_stopped([&] {
        Timeline sorted = shuffled;
        make_timeline(sorted);
    }));
    std::vector<std::uint8_t> log(kMany * kLongestPoll);
    Instant last{};
    std::uint8_t* end = log.data();
    for (const Poll& p : polls) end = log_poll(end, last, p);
    Timeline read(kMany);
    CHECK(can_be_stopped([&] { read_log({log.data(), end}, read); }));
}

TEST_CASE("long questions about one store can be stopped") {
    const Timeline polls = many_polls();
    const Calendar calendar = Calendar::around_the_clock();
    const ZoneTable zone = fixed_zone(Micros{0});
    const StoreView store{polls, calendar.view(), zone.view(), {}};
    const Interval window{polls.front().at, polls.back().at};
    for (const Fill fill : {Fill::previous, Fill::nearest, Fill::next}) {
        const Policy policy{.fill = fill};
        CHECK(can_be_stopped([&] { Uptime({&window, 1}, window.to, policy).sum(store); }));
        CHECK(can_be_stopped([&] { outages(Question({&window, 1}, window.to, policy), store); }));
    }
}

TEST_CASE("long work on text can be stopped") {
    const Timeline polls = many_polls();
    const std::string text = print(polls);
    CHECK(can_be_stopped([&] { print(polls); }));
    CHECK(can_be_stopped([&] { parse_timeline(text); }));

    std::string calendar = "UTC; off";
    for (int i = 0; i < 2000; ++i) calendar += ", Mo 09:00:" + std::to_string(i % 50 + 10) + "-10:00";
    CHECK(can_be_stopped([&] { parse_calendar(calendar); }));
    std::string weekdays = "UTC; Mo";
    for (std::size_t i = 0; i < kMany; ++i) weekdays += ",Mo";
    CHECK(can_be_stopped([&] { parse_calendar(weekdays); }));
}

TEST_CASE("long ranges of days can be stopped") {
    const Interval range{kMinInstant, kMaxInstant};
    const ZoneTable zone = icu_zone("UTC", range);
    const Calendar closed;
    IntervalSet found;
    CHECK(can_be_stopped([&] { append_sessions(closed.view(), zone.view(), range, found); }));
    CHECK(found.empty());
}
