// The engine against the oracle: thousands of random stores and questions, every policy, many zones.
#include "core/uptime.hpp"

#include <catch2/catch.hpp>

#include "core/cases.hpp"
#include "core/time_text.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr std::uint64_t kCases = 4000;

// A case as the engine takes it: polls in order and no more than the question reads, a zone table that covers no more
// than the question resolves, exclusions normalised.
struct Given {
    Question question;
    Timeline polls;
    ZoneTable zone;
    Calendar calendar;
    IntervalSet excluded;

    Given(const Case& c, Intervals windows, Random& random)
        : question(windows, c.as_of, c.policy),
          polls(c.polls),
          calendar(c.calendar),
          excluded(c.excluded) {
        random.shuffle(polls);
        make_timeline(polls);
        // What lies outside reads() must not matter: half the time it is not there.
        const Interval reads = question.reads();
        if (random.one_in(2)) {
            const Polls read = between(polls, reads.from, reads.to);
            polls = Timeline(read.begin(), read.end());
        }
        const Instant earliest = polls.empty() ? kMaxInstant : polls.front().at;
        zone = cut(c.zone, question.resolves(earliest));
        calendar.normalise();
        normalise(excluded);
    }

    StoreView view() const { return {polls, calendar.view(), zone.view(), excluded}; }
};

std::string print(const Totals& t) {
    return "up " + print_duration(t.up) + " down " + print_duration(t.down) + " unknown " + print_duration(t.unknown) +
           " excluded " + print_duration(t.excluded) + " outages " + std::to_string(t.outages);
}

std::string print(const std::vector<Segment>& segments) {
    std::string text;
    for (const Segment& s : segments)
        text += "\n  " + show(s.during) + " " + std::string(name(s.status)) + " " + std::string(name(s.basis));
    return text;
}

std::string print(const std::vector<Outage>& outages) {
    std::string text;
    for (const Outage& o : outages)
        text += "\n  " + show(o.started_at) + " to " + (o.ended_at ? show(*o.ended_at) : "?") + " last down " +
                show(o.last_down) + " open " + print_duration(o.open_duration);
    return text;
}

// Cheap when equal; tells the whole case when not.
template <class T>
void agree(const char* what, std::uint64_t seed, const Case& c, const Interval& window, const T& engine,
           const T& oracle) {
    const std::string a = print(engine), b = print(oracle);
    if (a == b) return;
    FAIL(what << " of " << show(window) << ", seed " << seed << "\n"
              << describe(c) << "\nengine: " << a << "\noracle: " << b);
}

void compare_window(std::uint64_t seed, const Case& c, const Oracle& oracle, const Interval& window,
                    const Totals& totals, Random& random) {
    const std::vector<Outage> outages_wanted = oracle.outages(window);
    agree("totals", seed, c, window, totals, oracle.totals(window));
    const bool runs_on = !outages_wanted.empty() && !outages_wanted.back().ended_at;
    CHECK(totals.ended_outages() == totals.outages - (runs_on ? 1 : 0));
    if (runs_on) CHECK(totals.last_run == outages_wanted.back().open_duration);

    const Given alone(c, {&window, 1}, random);
    agree("intervals", seed, c, window, status_intervals(alone.question, alone.view()),
          oracle.status_intervals(window));
    agree("outages", seed, c, window, outages(alone.question, alone.view()), outages_wanted);
}

}  // namespace

TEST_CASE("the engine agrees with the definitions, instant by instant", "[uptime]") {
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const Oracle oracle(c);
        const Given given(c, c.windows, random);
        Uptime uptime(given.question);
        uptime.sum(given.view());
        for (std::size_t i = 0; i < c.windows.size(); ++i)
            compare_window(seed, c, oracle, c.windows[i], uptime.totals(i), random);
    }
}

TEST_CASE("one engine answers for store after store as a fresh one would", "[uptime]") {
    const Interval day{utc("2024-01-08"), utc("2024-01-09")};
    const ZoneTable zone = fixed_zone(Micros{0});
    const Calendar calendar = Calendar::around_the_clock();
    Uptime uptime(Question({&day, 1}, day.to, {}));
    for (const Status status : {Status::down, Status::up, Status::unknown}) {
        const Timeline polls{{utc("2024-01-08 12:00"), status}};
        uptime.sum({polls, calendar.view(), zone.view(), {}});
        CHECK(uptime.totals(0).up == (status == Status::up ? kDay : Micros{0}));
        CHECK(uptime.totals(0).down == (status == Status::down ? kDay : Micros{0}));
        CHECK(uptime.totals(0).unknown == (status == Status::unknown ? kDay : Micros{0}));
    }
    uptime.sum({{}, calendar.view(), zone.view(), {}});
    CHECK(uptime.totals(0).unknown == kDay);
    CHECK(uptime.totals(0).outages == 0);
}

TEST_CASE("a question says what must be read and resolved", "[uptime]") {
    const Interval window{utc("2024-01-08"), utc("2024-01-15")};
    const Instant as_of = utc("2024-01-10 12:00");
    Policy policy;
    const Question question({&window, 1}, as_of, policy);
    CHECK(question.span() == Interval{window.from, as_of});
    CHECK(question.windows()[0] == Interval{window.from, as_of});
    CHECK(question.reads() == Interval{utc("2024-01-07"), as_of + Micros{1}});
    CHECK(question.resolves(utc("2024-01-07 12:00")) == Interval{utc("2024-01-07 12:00"), as_of + Micros{1}});
    CHECK(question.resolves(utc("2000-01-01")) == Interval{utc("2024-01-07"), as_of + Micros{1}});
    CHECK(question.resolves(utc("2024-01-09")) == Interval{window.from, as_of + Micros{1}});

    policy.max_gap = kUnlimited;
    const Question unlimited({&window, 1}, as_of, policy);
    CHECK(unlimited.reads().from == kMinInstant);
    CHECK(unlimited.resolves(utc("2000-01-01")).from == utc("2000-01-01"));
}

TEST_CASE("a question refuses windows and instants it cannot mean", "[uptime]") {
    const Instant t = utc("2024-01-08");
    const auto ask = [](Interval window, Instant as_of) { return Question({&window, 1}, as_of, {}); };
    const auto code = [&](Interval window, Instant as_of) {
        try {
            ask(window, as_of);
        } catch (const Error& e) {
            return e.code();
        }
        return Errc::internal;
    };
    CHECK(code({t, t}, t) == Errc::invalid_argument);
    CHECK(code({t, t - kDay}, t) == Errc::invalid_argument);
    CHECK(code({Instant::min(), t}, t) == Errc::out_of_range);
    CHECK(code({t, Instant::max()}, t) == Errc::out_of_range);
    CHECK(code({t, t + kDay}, Instant::max()) == Errc::out_of_range);
    CHECK_THROWS_AS(Question({}, t, {}), Error);
    CHECK(ask({t, t + kDay}, t - kDay).windows()[0].empty());
}

TEST_CASE("windows after as_of hold nothing", "[uptime]") {
    const Interval later{utc("2024-01-10"), utc("2024-01-11")};
    const Timeline polls{{utc("2024-01-08 12:00"), Status::up}};
    const Calendar calendar = Calendar::around_the_clock();
    const ZoneTable zone = fixed_zone(Micros{0});
    Uptime uptime(Question({&later, 1}, utc("2024-01-09"), {}));
    uptime.sum({polls, calendar.view(), zone.view(), {}});
    CHECK(uptime.totals(0) == Totals{});
}

TEST_CASE("the widest window there is adds up exactly", "[uptime]") {
    const Interval all{kMinInstant, kMaxInstant - Micros{1}};
    const Timeline polls{{kMinInstant, Status::up}, {kMaxInstant - Micros{1}, Status::down}};
    const ZoneTable zone = fixed_zone(Micros{0});
    Policy policy;
    policy.fill = Fill::nearest;
    policy.max_gap = kUnlimited;
    // One day of opening in all that time: the calendar has no weekly rows.
    Calendar calendar;
    calendar.special = {{date("2024-01-08"), kWholeDay}};
    const Interval day{utc("2024-01-08"), utc("2024-01-09")};
    policy.carry = Carry::always;
    Uptime uptime(Question({&day, 1}, all.to, policy));
    uptime.sum({polls, calendar.view(), zone.view(), {}});
    CHECK(uptime.totals(0).open() == kDay);
    CHECK(uptime.totals(0).up == kDay);
}
