// The one place that decides what is up: timeline x sessions x policy -> segments.
//
// Everything that reports anything (totals of windows, outages, the filled timeline, an explanation) consumes the
// stream of segments made here. One pass over sorted polls and sessions: O(polls + sessions).
//
// For an instant x in a session, let p be the latest eligible poll at or before x, "in reach" if x - p < max_gap, and
// n the earliest eligible poll after x, in reach if n - x <= max_gap. Between two neighbouring eligible polls p and n
// the answer therefore is always: p speaks up to a first cut, nobody up to a second cut, n from there on. The policy
// only places the two cuts (cuts_between).
#pragma once

#include "core/interrupt.hpp"
#include "core/interval_set.hpp"
#include "core/policy.hpp"
#include "core/timeline.hpp"
#include "core/zone.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Which poll spoke: p (carried forward), n (carried back), or none.
enum class Basis : std::uint8_t { none, carried, backfilled };

constexpr std::string_view name(Basis b) noexcept {
    return b == Basis::carried ? "carried" : b == Basis::backfilled ? "backfilled" : "none";
}

struct Segment {
    Interval during;
    Status status = Status::unknown;  // after the policy's `unknown` option
    Basis basis = Basis::none;
    Polls polls;  // who spoke, none if basis is none; several that agree may speak in turn, each until the next
};

static_assert(std::is_trivially_copyable_v<Segment>);

struct FillInput {
    Polls polls;         // strictly ascending; those after as_of are passed over
    Intervals sessions;  // normalised; not cut at as_of, for a poll at as_of lies inside a session that goes on
    Policy policy;
    Instant as_of;       // nothing is said of instants at or after it
    Zone zone;           // local dates, for Carry::day; must then cover the sessions
};

// Calls sink(const Segment&) for segments that ascend, do not overlap, are never empty and cover exactly the sessions
// up to as_of. Neighbours may be alike (see Joined).
template <class Sink>
void fill(const FillInput& in, Sink&& sink);

// A sink that joins touching segments of one status and basis before it passes them on; call flush() at the end.
template <class Sink>
class Joined {
 public:
    explicit Joined(Sink& sink) : sink_(sink) {}

    void operator()(const Segment& s) {
        if (!open_.during.empty() && open_.during.to == s.during.from && open_.status == s.status &&
            open_.basis == s.basis) {
            open_.during.to = s.during.to;
            return;
        }
        flush();
        open_ = s;
    }
    void flush() {
        if (!open_.during.empty()) sink_(open_);
        open_ = {};
    }

 private:
    Sink& sink_;
    Segment open_{};
};

// A sink that takes excluded time out: passes on what is left of each segment through kept(segment), and what was
// removed through removed(interval). `excluded` is normalised; segments must ascend.
template <class Kept, class Removed>
class Without {
 public:
    Without(Intervals excluded, Kept& kept, Removed& removed)
        : next_(excluded.data()), end_(excluded.data() + excluded.size()), kept_(kept), removed_(removed) {}

    void operator()(Segment s) {
        while (next_ != end_ && next_->to <= s.during.from) ++next_;
        for (const Interval* e = next_; e != end_ && e->from < s.during.to; ++e) {
            if (s.during.from < e->from) {
                Segment before = s;
                before.during.to = e->from;
                kept_(before);
            }
            removed_(intersect(*e, s.during));
            s.during.from = std::min(e->to, s.during.to);
        }
        if (!s.during.empty()) kept_(s);
    }

 private:
    const Interval* next_;
    const Interval* end_;
    Kept& kept_;
    Removed& removed_;
};

// ---------------------------------------------------------------------------------------------------------------------

namespace detail {

struct Cuts {
    Instant p_until;  // p speaks for [from, p_until)
    Instant n_since;  // n speaks for [n_since, to)
};

// Places the cuts between neighbouring eligible polls p and n (either may be null) for instants in [from, to), all of
// which lie at or after p and before n.
inline Cuts cuts_between(const Policy& policy, const Poll* p, const Poll* n, Interval x) noexcept {
    // How far each would be heard, each for itself.
    const Instant p_reach = p ? std::clamp(saturating_add(p->at, policy.max_gap), x.from, x.to) : x.from;
    const Instant n_reach = n ? std::clamp(saturating_sub(n->at, policy.max_gap), x.from, x.to) : x.to;
    switch (policy.fill) {
        case Fill::previous:
            return {p_reach, policy.backfill == Backfill::on ? std::max(p_reach, n_reach) : x.to};
        case Fill::next:
            return {policy.backfill == Backfill::on ? std::min(p_reach, n_reach) : x.from, n_reach};
        case Fill::nearest:
            break;
    }
    if (!p || !n) return {p_reach, n_reach};
    // x is nearer to p iff x - p < n - x; a tie goes to n. The first tie or later is the midpoint, rounded up.
    const Micros apart = n->at - p->at;
    const Instant middle = std::clamp(p->at + apart / 2 + apart % 2, x.from, x.to);
    return {std::min(p_reach, middle), std::max(n_reach, middle)};
}

template <class Sink>
void emit(const Policy& policy, Interval during, Polls polls, Basis basis, Sink& sink) {
    if (during.empty()) return;
    const Status said = polls.empty() ? Status::unknown : polls.front().status;
    sink(Segment{during, said == Status::unknown ? policy.unknown : said, basis, polls});
}

// Whether p, which speaks forward, is heard up to `until`, so that no cut has to be placed. By far the most frequent case.
inline bool heard_until(const Policy& policy, const Poll& p, Instant until) noexcept {
    return policy.fill == Fill::previous && until - p.at <= policy.max_gap;
}

// Fills x between the polls `ps`, which agree and of which each but the last was heard until the next one, and poll n;
// there may be none of either.
template <class Sink>
void emit_between(const Policy& policy, Polls ps, const Poll* n, Interval x, Sink& sink) {
    if (x.empty()) return;
    const Poll* const p = ps.empty() ? nullptr : &ps.back();
    if (p && heard_until(policy, *p, x.to)) return emit(policy, x, ps, Basis::carried, sink);
    const Cuts cut = cuts_between(policy, p, n, x);
    emit(policy, {x.from, cut.p_until}, ps, Basis::carried, sink);
    emit(policy, {cut.p_until, cut.n_since}, {}, Basis::none, sink);
    emit(policy, {cut.n_since, x.to}, Polls(n, n ? 1 : 0), Basis::backfilled, sink);
}

// Takes the first polls off `rest`: no more than one should go through without looking up.
inline Polls take_some(Polls& rest) {
    go_on();
    const Polls some = rest.first(std::min(rest.size(), Steps::kBetweenLooks));
    rest = rest.subspan(some.size());
    return some;
}

// Fills `piece` from the polls inside it and the nearest eligible ones outside (null if none).
template <class Sink>
void fill_piece(const Policy policy, Interval piece, const Poll* before, Polls inside, const Poll* after,
                Sink& sink) {
    Polls ps(before, before ? 1 : 0);
    Instant at = piece.from;
    while (!inside.empty()) {
        for (const Poll& n : take_some(inside)) {
            // Neighbours that agree need only be told once.
            const bool goes_on = !ps.empty() && &ps.back() + 1 == &n && n.status == ps.back().status;
            if (goes_on && heard_until(policy, ps.back(), n.at)) {
                ps = Polls(ps.data(), ps.size() + 1);
                continue;
            }
            const Instant until = std::min(n.at, piece.to);
            emit_between(policy, ps, &n, {at, until}, sink);
            ps = Polls(&n, 1);
            at = until;
        }
    }
    emit_between(policy, ps, after, {at, piece.to}, sink);
}

// A part of a session that lies on one local date.
struct DayPiece {
    Interval during;
    Date date;
    Polls polls;
};

// Cuts a session into its local dates. A date can come in two pieces with another between them: where a clock set back
// just after midnight returns to the day before.
std::vector<DayPiece> day_pieces(const Interval& session, const Zone& zone, Polls polls);

// The nearest poll before (after) piece i on the same date, or null.
const Poll* before_on_date(const std::vector<DayPiece>& pieces, std::size_t i) noexcept;
const Poll* after_on_date(const std::vector<DayPiece>& pieces, std::size_t i) noexcept;

template <class Sink>
void fill_days(const FillInput& in, const Interval& session, Polls inside, Sink& sink) {
    const std::vector<DayPiece> pieces = day_pieces(session, in.zone, inside);
    for (std::size_t i = 0; i < pieces.size() && pieces[i].during.from < in.as_of; ++i)
        fill_piece(in.policy, {pieces[i].during.from, std::min(pieces[i].during.to, in.as_of)},
                   before_on_date(pieces, i), pieces[i].polls, after_on_date(pieces, i), sink);
}

}  // namespace detail

template <class Sink>
void fill(const FillInput& in, Sink&& sink) {
    const Poll* const begin = in.polls.data();
    const Poll* end = begin + in.polls.size();
    while (end != begin && (end - 1)->at > in.as_of) --end;

    const Poll* next = begin;  // the first poll at or after the session's start
    for (const Interval& session : in.sessions) {
        if (session.from >= in.as_of) break;
        while (next != end && next->at < session.from) ++next;
        const Poll* last = next;  // past the last poll inside the session
        while (last != end && last->at < session.to) ++last;

        const Polls inside(next, last);
        const Interval seen{session.from, std::min(session.to, in.as_of)};
        switch (in.policy.carry) {
            case Carry::session:
                detail::fill_piece(in.policy, seen, nullptr, inside, nullptr, sink);
                break;
            case Carry::always:
                detail::fill_piece(in.policy, seen, next == begin ? nullptr : next - 1, inside,
                                   last == end ? nullptr : last, sink);
                break;
            case Carry::day:
                detail::fill_days(in, session, inside, sink);
                break;
        }
        next = last;
    }
}

}  // namespace store_uptime
