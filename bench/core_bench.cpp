// Speed of the core, by Google Benchmark: how long each step from polls to totals takes, per poll.
//
//   cmake --preset default -D STORE_UPTIME_BENCHMARK=ON && cmake --build --preset default && build/core/core_bench
//
// The data are the 1.9 million polls of 14092 stores polled about once an hour for eight days, in proportions like those
// of script/generate-data: a third always up, most of the others seldom down, typical hours, every fifth store around
// the clock. All of it is walked store after store in each round, as a report does, so that what is too large for a
// cache is measured so.
#include <benchmark/benchmark.h>

#include <random>

#include "core/poll_sort.hpp"
#include "core/timeline_codec.hpp"
#include "core/uptime.hpp"
#include "core/zone_icu.hpp"

namespace {

using namespace store_uptime;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t kStores = 14092;
const Instant kNow = std::chrono::sys_days{std::chrono::year{2023} / 1 / 25} + hours(18) + minutes(13);
const std::vector<Interval> kWindows = {{kNow - hours(1), kNow}, {kNow - hours(24), kNow}, {kNow - hours(168), kNow}};

struct Store {
    std::size_t begin, end;  // its polls within Stores::polls
    Calendar calendar;
    Zone zone;
};

// The stores of all benchmarks, made once.
class Stores {
 public:
    static const Stores& get() {
        static const Stores stores;
        return stores;
    }

    std::vector<Store> all;
    std::vector<Poll> polls;  // of store after store, each by time

    Polls polls_of(const Store& store) const { return Polls(polls).subspan(store.begin, store.end - store.begin); }
    StoreView view(const Store& store) const { return {polls_of(store), store.calendar.view(), store.zone, {}}; }

 private:
    Stores() {
        constexpr const char* kNames[] = {"America/New_York", "America/Chicago", "America/Los_Angeles"};
        for (const char* name : kNames) zones_.push_back(icu_zone(name, {kNow - hours(24 * 30), kNow + hours(48)}));
        all.resize(kStores);
        for (Store& store : all) {
            store.zone = zones_[below(zones_.size())].view();
            store.calendar = below(5) == 0 ? Calendar::around_the_clock() : hours_of_a_week();
            store.begin = polls.size();
            poll(below(3) == 0 ? 0 : below(10), below(10) == 0 ? 2 : 1);
            store.end = polls.size();
        }
    }

    // The generator's bits only: what the standard's distributions make of them differs between libraries.
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    Calendar hours_of_a_week() {
        Calendar calendar;
        const Micros opens = minutes(30 * (12 + below(12))), closes = minutes(30 * (36 + below(16)));
        for (unsigned day = 0; day < 7; ++day) calendar.weekly.push_back({day, {opens, closes}});
        return calendar.normalise();
    }

    // A third of the week has no polls, in three holes.
    static bool nobody_polls(std::int64_t hours_ago) {
        return (hours_ago >= 38 && hours_ago <= 76) || (hours_ago >= 82 && hours_ago <= 94) ||
               (hours_ago >= 134 && hours_ago <= 142);
    }

    // A week and a day of polls, `an_hour` of them each; of 100 that follow an up one, `fails` are down.
    void poll(std::uint64_t fails, std::uint64_t an_hour) {
        bool up = true;
        const std::size_t first = polls.size();
        for (Instant hour = std::chrono::floor<hours>(kNow) - hours(184); hour < kNow; hour += hours(1)) {
            if (nobody_polls((kNow - hour) / hours(1) % 168)) continue;
            for (std::uint64_t i = 0; i < an_hour; ++i) {
                up = up ? below(100) >= fails : below(100) < 30;
                polls.push_back({hour + Micros(below(900'000'000)), up ? Status::up : Status::down});
            }
        }
        polls.resize(first + make_timeline(std::span(polls).subspan(first)));
    }

    std::mt19937_64 random_{1};
    std::vector<ZoneTable> zones_;
};

// What one round over all polls took, as "per_poll" (n = nanoseconds).
void count_polls(benchmark::State& state) {
    state.counters["per_poll"] = benchmark::Counter(
        static_cast<double>(Stores::get().polls.size()),
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const Policy kLastKnown = [] {
    Policy p;
    p.carry = Carry::always;
    p.backfill = Backfill::off;
    p.max_gap = kUnlimited;
    return p;
}();

// How polls lie before they are put in order: as they come from a table written as they arrived; from two processes that
// read it, each a part here and a part there; from a table in no order.
enum class Order { by_time, two_runs, none };

// Puts polls in order, store by store.
void sort(benchmark::State& state, Order order) {
    const Stores& stores = Stores::get();
    std::vector<PackedPoll> source;
    for (const Poll& p : stores.polls) source.push_back(pack(p));
    std::mt19937_64 random{2};
    for (const Store& s : stores.all) {
        const auto begin = source.begin() + static_cast<std::ptrdiff_t>(s.begin), end = source.begin() + static_cast<std::ptrdiff_t>(s.end);
        if (order == Order::none)
            for (std::size_t i = s.end; i > s.begin + 1; --i) std::swap(source[i - 1], source[s.begin + random() % (i - s.begin)]);
        if (order == Order::two_runs) std::stable_partition(begin, end, [&](PackedPoll) { return random() % 2 == 0; });
    }
    std::vector<PackedPoll> work;
    PollSorter sorter;
    for (auto _ : state) {
        state.PauseTiming();
        work = source;
        state.ResumeTiming();
        for (const Store& s : stores.all) sorter.sort(std::span(work).subspan(s.begin, s.end - s.begin));
        benchmark::DoNotOptimize(work.data());
    }
    count_polls(state);
}

// Calendars to sessions of the week and the day before it.
void sessions(benchmark::State& state) {
    const Stores& stores = Stores::get();
    IntervalSet found;
    for (auto _ : state)
        for (const Store& s : stores.all) {
            found.clear();
            append_sessions(s.calendar.view(), s.zone, {kNow - hours(192), kNow}, found);
            benchmark::DoNotOptimize(found.data());
        }
    count_polls(state);
}

// Timelines and sessions to the totals of three windows.
void sweep(benchmark::State& state, const Policy& policy) {
    const Stores& stores = Stores::get();
    std::vector<IntervalSet> sessions_of;
    for (const Store& s : stores.all)
        sessions_of.push_back(store_uptime::sessions(s.calendar.view(), s.zone, {kNow - hours(192), kNow}));
    WindowTotals totals(kWindows);
    for (auto _ : state)
        for (std::size_t i = 0; i < stores.all.size(); ++i) {
            const Store& s = stores.all[i];
            totals.reset();
            fill({stores.polls_of(s), sessions_of[i], policy, kNow, s.zone}, totals);
            for (std::size_t w = 0; w < kWindows.size(); ++w) benchmark::DoNotOptimize(totals.totals(w));
        }
    count_polls(state);
}

// The engine as a report uses it: calendars resolved, then swept.
void report(benchmark::State& state, const Policy& policy) {
    const Stores& stores = Stores::get();
    Uptime engine(kWindows, kNow, policy);
    for (auto _ : state)
        for (const Store& s : stores.all) {
            engine.sum(stores.view(s));
            for (std::size_t w = 0; w < kWindows.size(); ++w) benchmark::DoNotOptimize(engine.totals(w));
        }
    count_polls(state);
}

void encode_timelines(benchmark::State& state) {
    const Stores& stores = Stores::get();
    std::size_t bytes = 0;
    for (auto _ : state) {
        bytes = 0;
        for (const Store& s : stores.all) bytes += encode(stores.polls_of(s)).size();
        benchmark::DoNotOptimize(bytes);
    }
    count_polls(state);
    state.SetLabel(std::to_string(static_cast<double>(bytes) / static_cast<double>(stores.polls.size())) +
                   " bytes a poll");
}

void decode_timelines(benchmark::State& state) {
    const Stores& stores = Stores::get();
    std::vector<std::vector<std::uint8_t>> encoded;
    for (const Store& s : stores.all) encoded.push_back(encode(stores.polls_of(s)));
    for (auto _ : state)
        for (const auto& bytes : encoded) benchmark::DoNotOptimize(decode_timeline(bytes).data());
    count_polls(state);
}

BENCHMARK_CAPTURE(sort, in_order, Order::by_time)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sort, two_runs, Order::two_runs)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sort, shuffled, Order::none)->Unit(benchmark::kMillisecond);
BENCHMARK(sessions)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sweep, default_policy, Policy{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sweep, last_known, kLastKnown)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(report, default_policy, Policy{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(report, last_known, kLastKnown)->Unit(benchmark::kMillisecond);
BENCHMARK(encode_timelines)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_timelines)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
