#include "core/fill.hpp"

namespace store_uptime::detail {
namespace {

// Two pieces of one date cannot be further apart than this: no zone ever set its clocks back by more than a day.
constexpr Micros kLongestReturn = std::chrono::hours(72);

// A session is cut into no more dates than this, 11,000 years of them.
constexpr std::size_t kMaxPieces = std::size_t{1} << 22;

}  // namespace

std::vector<DayPiece> day_pieces(const Interval& session, const Zone& zone, Polls polls) {
    zone.require(session);
    std::vector<DayPiece> pieces;
    Instant at = session.from;
    for (std::size_t i = zone.span_at(at); at < session.to; ++i) {
        const Instant span_end = std::min(zone.extent(i).to, session.to);
        const Micros offset = zone.spans()[i].offset;
        while (at < span_end) {
            const Date date = std::chrono::floor<std::chrono::days>(wall_clock(at, offset));
            const Instant midnight{(date + std::chrono::days{1}).time_since_epoch() - offset};
            const Instant to = std::min(midnight, span_end);
            if (!pieces.empty() && pieces.back().date == date)
                pieces.back().during.to = to;
            else if (pieces.size() < kMaxPieces)
                pieces.push_back({{at, to}, date, {}});
            else
                throw Error(Errc::too_large,
                            "a session of more than " + std::to_string(kMaxPieces) + " days under carry=day",
                            "Ask for a shorter range.");
            at = to;
        }
    }
    for (DayPiece& piece : pieces) piece.polls = between(polls, piece.during.from, piece.during.to);
    return pieces;
}

const Poll* before_on_date(const std::vector<DayPiece>& pieces, std::size_t i) noexcept {
    for (std::size_t j = i; j-- > 0 && pieces[i].during.from - pieces[j].during.to <= kLongestReturn;)
        if (pieces[j].date == pieces[i].date && !pieces[j].polls.empty()) return &pieces[j].polls.back();
    return nullptr;
}

const Poll* after_on_date(const std::vector<DayPiece>& pieces, std::size_t i) noexcept {
    for (std::size_t j = i + 1; j < pieces.size() &&
                                pieces[j].during.from - pieces[i].during.to <= kLongestReturn;
         ++j)
        if (pieces[j].date == pieces[i].date && !pieces[j].polls.empty())
            return &pieces[j].polls.front();
    return nullptr;
}

}  // namespace store_uptime::detail
