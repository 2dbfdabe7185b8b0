#include "core/timeline.hpp"

#include <algorithm>

#include "core/interrupt.hpp"

namespace store_uptime {
namespace {

constexpr bool earlier(const Poll& a, const Poll& b) noexcept { return a.at < b.at; }

// The same, looking up now and then.
struct Earlier {
    Steps& steps;

    bool operator()(const Poll& a, const Poll& b) const {
        steps.add();
        return earlier(a, b);
    }
};

const Poll* first_at_or_after(Polls polls, Instant t) noexcept {
    return std::lower_bound(polls.data(), polls.data() + polls.size(), t,
                            [](const Poll& p, Instant x) { return p.at < x; });
}

}  // namespace

std::size_t make_timeline(std::span<Poll> polls) {
    if (is_timeline(polls)) return polls.size();
    Steps steps;
    if (!std::is_sorted(polls.begin(), polls.end(), earlier))
        std::sort(polls.begin(), polls.end(), Earlier{steps});
    std::size_t kept = 0;
    for (const Poll& p : polls) {
        if (kept > 0 && polls[kept - 1].at == p.at)
            polls[kept - 1].status = heavier(polls[kept - 1].status, p.status);
        else
            polls[kept++] = p;
    }
    return kept;
}

void make_timeline(std::vector<Poll>& polls) { polls.resize(make_timeline(std::span<Poll>(polls))); }

bool is_timeline(Polls polls) noexcept {
    for (std::size_t i = 1; i < polls.size(); ++i)
        if (!(polls[i - 1].at < polls[i].at)) return false;
    return true;
}

std::size_t merge(Polls a, Polls b, Poll* out) {
    Steps steps;
    Poll* end = std::merge(a.begin(), a.end(), b.begin(), b.end(), out, Earlier{steps});
    return make_timeline({out, end});
}

Timeline merge(Polls a, Polls b) {
    Timeline all(a.size() + b.size());
    all.resize(merge(a, b, all.data()));
    return all;
}

Polls between(Polls polls, Instant from, Instant to) noexcept {
    const Poll* begin = first_at_or_after(polls, from);
    const Poll* end = first_at_or_after(polls, to);
    return begin < end ? Polls(begin, end) : Polls{};
}

const Poll* latest_at(Polls polls, Instant t) noexcept {
    const Poll* next = first_at_or_after(polls, t + Micros{1});
    return next == polls.data() ? nullptr : next - 1;
}

}  // namespace store_uptime
