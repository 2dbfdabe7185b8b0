// timeline_agg(timestamptz, boolean): polls in any order to their timeline.
//
// The state is one block of the aggregate's memory that holds a log of the polls as they come (core/poll_log.hpp), so
// that PostgreSQL sees all of it when it decides whether a hash aggregate has to spill. Sorting waits for the end.
//
// The aggregate of a large table goes from store to store at random, and what it costs is waiting for memory. So what
// has to be known of a log stands right behind its last poll, and the state that PostgreSQL keeps is a pointer to
// there: adding a poll touches one place instead of two.
#include "core/poll_log.hpp"

#include "pg/convert.hpp"
#include "pg/status_timeline.hpp"
#include "pg/stored_bytes.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {
namespace {

// What stands behind the log; not aligned, so always copied.
struct End {
    Instant last;            // the time of the last poll logged
    std::uint32_t used;      // bytes of log before this
    std::uint32_t capacity;  // bytes of log that the block has room for
};
static_assert(sizeof(End) == 16 && std::is_trivially_copyable_v<End>);

constexpr std::size_t kFirstBlock = 128;                // some 18 polls
constexpr std::size_t kLargestBlock = MaxAllocSize / 2;  // a serialized state has to fit a bytea

// A state as PostgreSQL passes it from call to call, taken apart; at is null before the first poll.
struct Log {
    std::uint8_t* at;
    End end;

    explicit Log(std::uint8_t* state) noexcept : at(state), end{} {
        if (at != nullptr) std::memcpy(&end, at, sizeof(end));
    }
    Bytes bytes() const noexcept { return {at - end.used, end.used}; }

    void append(const Poll& poll) noexcept {
        std::uint8_t* next = log_poll(at, end.last, poll);
        end.used += static_cast<std::uint32_t>(next - at);
        at = next;
    }
    void append(Bytes log) noexcept {
        std::memcpy(at, log.data(), log.size());
        end.used += static_cast<std::uint32_t>(log.size());
        at += log.size();
    }
    // The state to hand back, good for the next call.
    Datum state() const noexcept {
        std::memcpy(at, &end, sizeof(end));
        return PointerGetDatum(at);
    }
};

MemoryContext aggregate_memory(FunctionCallInfo fcinfo) {
    MemoryContext memory = nullptr;
    if (!AggCheckCallContext(fcinfo, &memory))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("this function is a part of timeline_agg and cannot be called alone"),
                        errhint("Use SELECT timeline_agg(polled_at, is_up) FROM ...")));
    return memory;
}

Log log_argument(FunctionCallInfo fcinfo, int n) {
    return Log(PG_ARGISNULL(n) ? nullptr : reinterpret_cast<std::uint8_t*>(PG_GETARG_POINTER(n)));
}

// Makes room for `room` more bytes: in a new block if there is none yet, else in a block at least twice as large.
void grow(Log& log, std::size_t room, MemoryContext memory) {
    const std::size_t needed = log.end.used + room + sizeof(End);
    if (needed > kLargestBlock)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many polls for one timeline"),
                        errhint("Make timelines of parts, for example of each year.")));
    std::size_t block = log.at == nullptr ? kFirstBlock : (log.end.capacity + sizeof(End)) * 2;
    while (block < needed) block *= 2;
    block = std::min(block, kLargestBlock);
    auto* start = static_cast<std::uint8_t*>(log.at == nullptr ? MemoryContextAlloc(memory, block)
                                                               : repalloc(log.at - log.end.used, block));
    log.at = start + log.end.used;
    log.end.capacity = static_cast<std::uint32_t>(block - sizeof(End));
}

void make_room(Log& log, std::size_t room, MemoryContext memory) {
    if (log.end.capacity - log.end.used < room) grow(log, room, memory);
}

// Appends what another log holds. Its first poll is told from 1970, here it has to be from our last one.
void append(Log& log, const Log& other, MemoryContext memory) {
    if (other.end.used == 0) return;
    make_room(log, other.end.used + kLongestPoll, memory);
    const Bytes bytes = other.bytes();
    Poll first;
    Bytes rest;
    call_core([&] {
        PollLogReader reader(bytes);
        reader.next(first);
        rest = reader.rest();
    });
    log.append(first);
    log.append(rest);
    log.end.last = other.end.last;
}

[[noreturn]] void bad_poll_time(TimestampTz at) {
    ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("a poll is at %s", timestamptz_to_str(at)),
                    errhint("%s", kInstantHint)));
    pg_unreachable();
}

}  // namespace

extern "C" {

SQL_FUNCTION(timeline_agg_transition);
SQL_FUNCTION(timeline_agg_combine);
SQL_FUNCTION(timeline_agg_serialize);
SQL_FUNCTION(timeline_agg_deserialize);
SQL_FUNCTION(timeline_agg_final);

// A poll of no time is nobody's and counts for nothing, as in the report; one of no status is of unknown status.
Datum timeline_agg_transition(PG_FUNCTION_ARGS) {
    const MemoryContext memory = aggregate_memory(fcinfo);
    Log log = log_argument(fcinfo, 0);
    if (!PG_ARGISNULL(1)) {
        const TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
        if (!is_countable(at)) bad_poll_time(at);
        const Status status = PG_ARGISNULL(2) ? Status::unknown : PG_GETARG_BOOL(2) ? Status::up : Status::down;
        make_room(log, kLongestPoll, memory);
        log.append(Poll{to_instant(at), status});
    }
    if (log.at == nullptr) PG_RETURN_NULL();
    return log.state();
}

Datum timeline_agg_combine(PG_FUNCTION_ARGS) {
    const MemoryContext memory = aggregate_memory(fcinfo);
    Log log = log_argument(fcinfo, 0);
    const Log other = log_argument(fcinfo, 1);
    if (other.at != nullptr) append(log, other, memory);
    if (log.at == nullptr) PG_RETURN_NULL();
    return log.state();
}

// The log, then the time of its last poll. Workers of one server speak this, nobody else.
Datum timeline_agg_serialize(PG_FUNCTION_ARGS) {
    aggregate_memory(fcinfo);
    const Log log = log_argument(fcinfo, 0);
    const NewValue value = new_stored_bytes(log.end.used + sizeof(Instant), "a state of timeline_agg");
    std::memcpy(value.bytes, log.bytes().data(), log.end.used);
    std::memcpy(value.bytes + log.end.used, &log.end.last, sizeof(Instant));
    return value.datum;
}

Datum timeline_agg_deserialize(PG_FUNCTION_ARGS) {
    aggregate_memory(fcinfo);
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    if (bytes.size() < sizeof(Instant))
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid state of timeline_agg")));
    const Bytes polls = bytes.first(bytes.size() - sizeof(Instant));
    Log log(nullptr);
    grow(log, polls.size(), CurrentMemoryContext);
    log.append(polls);
    std::memcpy(&log.end.last, polls.data() + polls.size(), sizeof(Instant));
    return log.state();
}

// The timeline; of no polls, the empty one. The state stays as it is: window functions go on with it.
Datum timeline_agg_final(PG_FUNCTION_ARGS) {
    aggregate_memory(fcinfo);
    const Log log = log_argument(fcinfo, 0);
    if (log.at == nullptr) return timeline_datum({});
    const Bytes bytes = log.bytes();
    const std::size_t count = count_polls(bytes);
    Poll* polls = allocate_polls(count);
    std::size_t kept = 0;
    call_core([&] { kept = read_log(bytes, {polls, count}); });
    return timeline_datum({polls, kept});
}

}  // extern "C"

}  // namespace store_uptime::pg
