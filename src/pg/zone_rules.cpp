#include "core/zone_icu.hpp"

#include "pg/wall.hpp"
#include "pg/zone_rules.hpp"

extern "C" {
#include "utils/datetime.h"
}

namespace store_uptime::pg {
namespace {

// Grows in the current memory context.
struct SpanBuffer {
    ZoneSpan* spans;
    std::size_t count;
    std::size_t capacity;

    void add(ZoneSpan span) {
        if (count > 0 && spans[count - 1].offset == span.offset) return;  // a new abbreviation, no new offset
        if (count == capacity) {
            capacity = capacity == 0 ? 256 : 2 * capacity;
            spans = static_cast<ZoneSpan*>(spans == nullptr ? palloc(capacity * sizeof(ZoneSpan))
                                                            : repalloc_huge(spans, capacity * sizeof(ZoneSpan)));
        }
        spans[count++] = span;
    }

    Zone view(const Interval& covers) const { return {{spans, count}, covers}; }
};

pg_time_t to_seconds(Instant t) {
    return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}

// How far the clock is ahead of UTC at t, for AT TIME ZONE too.
Micros offset_at(const pg_tz* rules, pg_time_t t) {
    const pg_tm* local = pg_localtime(&t, rules);
    if (local == nullptr) elog(ERROR, "time zone rules cannot be read");
    return std::chrono::seconds{local->tm_gmtoff};
}

// Whether the rules have a transition after t; the first one.
bool find_boundary(const pg_tz* rules, pg_time_t t, pg_time_t& boundary) {
    long before = 0, after = 0;
    int before_dst = 0, after_dst = 0;
    const int found = pg_next_dst_boundary(&t, &before, &before_dst, &boundary, &after, &after_dst, rules);
    if (found < 0) elog(ERROR, "time zone rules cannot be read");
    return found > 0;
}

// The span that begins at the first transition after t, if there is one. Its offset is what the clock shows there: rules
// may have two transitions at one instant, and then the boundary tells what one of them alone would do.
bool next_span(const pg_tz* rules, pg_time_t t, ZoneSpan& span) {
    pg_time_t boundary = 0;
    // Rules that go on for ever are a table of 400 years used again and again. Asked at its very last entry,
    // PostgreSQL says that nothing follows; a second later it knows better, unless that second is a transition itself.
    if (!find_boundary(rules, t, boundary)) {
        if (!find_boundary(rules, t + 1, boundary)) return false;
        if (offset_at(rules, t + 1) != offset_at(rules, t)) boundary = t + 1;
    }
    span = {Instant{std::chrono::seconds{boundary}}, offset_at(rules, boundary)};
    return true;
}

// ICU's rules in pieces, so that an absurd range can be interrupted.
constexpr Micros kIcuPiece = 500 * std::chrono::days{366};

}  // namespace

bool may_be_abbreviation(const char* name) { return std::strlen(name) <= TOKMAXLEN; }

std::optional<int> fixed_abbreviation(const char* name) {
    if (!may_be_abbreviation(name)) return std::nullopt;
    char low[TOKMAXLEN + 1];
    char* end = std::transform(name, name + std::strlen(name), low,
                               [](char c) { return static_cast<char>(pg_tolower(static_cast<unsigned char>(c))); });
    *end = '\0';
    int type = 0, east = 0;
    pg_tz* dynamic = nullptr;
#if PG_VERSION_NUM >= 160000
    DateTimeErrorExtra extra;
    if (DecodeTimezoneAbbrev(0, low, &type, &east, &dynamic, &extra) != 0) return std::nullopt;
#else
    type = DecodeTimezoneAbbrev(0, low, &east, &dynamic);
#endif
    return type == TZ || type == DTZ ? std::optional(east) : std::nullopt;
}

Zone postgres_zone_table(const pg_tz* rules, const Interval& range) {
    SpanBuffer buffer{};
    const pg_time_t start = to_seconds(range.from);
    buffer.add({range.from, offset_at(rules, start)});
    ZoneSpan span{};
    for (pg_time_t t = start; next_span(rules, t, span) && span.from < range.to; t = to_seconds(span.from)) {
        CHECK_FOR_INTERRUPTS();
        buffer.add(span);
    }
    return buffer.view(range);
}

std::optional<Zone> icu_zone_table(const char* name, const Interval& range) {
    SpanBuffer buffer{};
    for (Interval piece{range.from, range.from}; piece.to < range.to; piece.from = piece.to) {
        CHECK_FOR_INTERRUPTS();
        piece.to = std::min(range.to, saturating_add(piece.from, kIcuPiece));
        Held<ZoneTable>* table = hold<ZoneTable>(CurrentMemoryContext);
        bool known = true;
        call_core([&] {
            try {
                **table = icu_zone(name, piece);
            } catch (const Error& e) {
                if (e.code() != Errc::unknown_zone) throw;
                known = false;
            }
        });
        if (!known) return std::nullopt;
        for (const ZoneSpan& span : (*table)->spans) buffer.add(span);
        table->drop();
    }
    return buffer.view(range);
}

}  // namespace store_uptime::pg
