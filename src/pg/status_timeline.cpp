#include "core/timeline_codec.hpp"
#include "core/timeline_text.hpp"

#include "pg/convert.hpp"
#include "pg/row_set.hpp"
#include "pg/status_timeline.hpp"
#include "pg/stored_bytes.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {
namespace {

constexpr Interval kAllTime{kMinInstant, kMaxInstant + Micros{1}};

// What fits a text value, and with its final zero a C string.
constexpr std::size_t kLongestText = MaxAllocSize - VARHDRSZ - 1;

// What a timeline says of itself before its polls.
struct Outline {
    std::size_t count;
    Instant first, last;  // if count > 0
};

Outline outline_of(Datum timeline) {
    const Bytes bytes = stored_bytes(timeline);
    Outline outline{};
    call_core([&] {
        const TimelineReader reader(bytes);
        outline = {reader.count(), reader.first(), reader.last()};
    });
    return outline;
}

Polls read_polls(Bytes bytes, const Interval& during) {
    std::size_t count = 0;
    call_core([&] { count = TimelineReader(bytes).count(); });
    Poll* polls = allocate_polls(count);
    call_core([&] { count = decode_timeline(bytes, during.from, during.to, polls); });
    return {polls, count};
}

}  // namespace

Poll* allocate_polls(std::size_t count) {
    return static_cast<Poll*>(MemoryContextAllocHuge(CurrentMemoryContext, std::max<std::size_t>(count, 1) * sizeof(Poll)));
}

Polls read_timeline(Datum timeline) { return read_polls(stored_bytes(timeline), kAllTime); }

Polls read_timeline(Datum timeline, const Interval& during) { return read_polls(stored_bytes(timeline), during); }

Polls read_timeline(Bytes bytes) { return read_polls(bytes, kAllTime); }

Datum timeline_datum(Polls polls) {
    const NewValue value = new_stored_bytes(encoded_bound(polls.size()), "status_timeline");
    std::size_t size = 0;
    call_core([&] { size = encode(polls, value.bytes); });
    return cut_stored_bytes(value, size);
}

extern "C" {

SQL_FUNCTION(status_timeline_in);
SQL_FUNCTION(status_timeline_out);
SQL_FUNCTION(status_timeline_recv);
SQL_FUNCTION(status_timeline_send);
SQL_FUNCTION(status_timeline_eq);
SQL_FUNCTION(status_timeline_ne);
SQL_FUNCTION(status_timeline_hash);
SQL_FUNCTION(status_timeline_hash_extended);
SQL_FUNCTION(status_timeline_merge);
SQL_FUNCTION(status_at);
SQL_FUNCTION(first_poll);
SQL_FUNCTION(last_poll);
SQL_FUNCTION(poll_count);
SQL_FUNCTION(timeline_trim);
SQL_FUNCTION(polls);

Datum status_timeline_in(PG_FUNCTION_ARGS) {
    const std::string_view text = PG_GETARG_CSTRING(0);
    auto* parsed = hold<Timeline>(CurrentMemoryContext);
    call_core([&] { **parsed = parse_timeline(text); });
    const Datum timeline = timeline_datum(**parsed);
    parsed->drop();
    return timeline;
}

Datum status_timeline_out(PG_FUNCTION_ARGS) {
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    auto* printed = hold<std::string>(CurrentMemoryContext);
    call_core([&] {
        TimelineReader reader(bytes);
        TimelinePrinter printer(reader.count(), kLongestText);
        for (Polls block = reader.next_block(); !block.empty(); block = reader.next_block()) printer.add(block);
        **printed = printer.finish();
    });
    char* text = static_cast<char*>(palloc((*printed)->size() + 1));
    std::memcpy(text, (*printed)->c_str(), (*printed)->size() + 1);
    printed->drop();
    PG_RETURN_CSTRING(text);
}

Datum status_timeline_recv(PG_FUNCTION_ARGS) {
    return timeline_datum(read_timeline(received_bytes(fcinfo)));  // written anew: as canonical as any
}

Datum status_timeline_send(PG_FUNCTION_ARGS) { return send_bytes(fcinfo); }

Datum status_timeline_eq(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(same_bytes(fcinfo)); }

Datum status_timeline_ne(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(!same_bytes(fcinfo)); }

Datum status_timeline_hash(PG_FUNCTION_ARGS) { return hash_bytes_of(fcinfo); }

Datum status_timeline_hash_extended(PG_FUNCTION_ARGS) { return hash_bytes_extended_of(fcinfo); }

// a + b, and the steps of timeline_agg(status_timeline).
Datum status_timeline_merge(PG_FUNCTION_ARGS) {
    const Polls a = read_timeline(PG_GETARG_DATUM(0)), b = read_timeline(PG_GETARG_DATUM(1));
    Poll* all = allocate_polls(a.size() + b.size());
    std::size_t count = 0;
    call_core([&] { count = merge(a, b, all); });
    return timeline_datum({all, count});
}

// The status of the latest poll at or before an instant; NULL before the first.
Datum status_at(PG_FUNCTION_ARGS) {
    const Instant at = instant_argument(PG_GETARG_TIMESTAMPTZ(1), "the instant");
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    bool any = false;
    Status status = Status::unknown;
    call_core([&] {
        TimelineReader reader(bytes);
        for (Poll p; reader.next(p) && p.at <= at; any = true) status = p.status;
    });
    if (!any) PG_RETURN_NULL();
    return text_datum(name(status));
}

Datum first_poll(PG_FUNCTION_ARGS) {
    const Outline timeline = outline_of(PG_GETARG_DATUM(0));
    if (timeline.count == 0) PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ(to_timestamp(timeline.first));
}

Datum last_poll(PG_FUNCTION_ARGS) {
    const Outline timeline = outline_of(PG_GETARG_DATUM(0));
    if (timeline.count == 0) PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ(to_timestamp(timeline.last));
}

Datum poll_count(PG_FUNCTION_ARGS) {
    PG_RETURN_INT64(static_cast<int64>(outline_of(PG_GETARG_DATUM(0)).count));
}

// The polls inside a range; one without a bound keeps all on that side.
Datum timeline_trim(PG_FUNCTION_ARGS) {
    return timeline_datum(read_timeline(PG_GETARG_DATUM(0), clipped_range(PG_GETARG_RANGE_P(1))));
}

// polls(timeline): one row a poll, in order.
Datum polls(PG_FUNCTION_ARGS) {
    RowSet rows(fcinfo);
    const Datum names[] = {text_datum(name(Status::unknown)), text_datum(name(Status::up)), text_datum(name(Status::down))};
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    auto* reader = hold<TimelineReader>(CurrentMemoryContext, bytes);
    Polls block;
    do {
        call_core([&] { block = (*reader)->next_block(); });
        for (const Poll& p : block) {
            const Datum values[] = {TimestampTzGetDatum(to_timestamp(p.at)), names[static_cast<int>(p.status)]};
            const bool nulls[] = {false, false};
            rows.put(values, nulls);
        }
    } while (!block.empty());
    return rows.done();
}

}  // extern "C"

}  // namespace store_uptime::pg
