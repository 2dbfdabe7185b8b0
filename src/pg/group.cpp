// all_of, any_of and at_least: aggregates that make the timelines of several systems one.
//
// The state is a bytea, so that any engine can send it (GatheredGroup). It is rewritten with each system, of which a
// store has a few.
#include "core/group.hpp"

#include "pg/status_timeline.hpp"
#include "pg/stored_bytes.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {
namespace {

// Reads a state, which anybody may have written.
GatheredGroup read_state(Datum state) {
    const Bytes bytes = stored_bytes(state);
    GatheredGroup group;
    call_core([&] { group = read_group(bytes); });
    return group;
}

// A state of `group` with `more` behind it.
Datum write_state(const GatheredGroup& group, Bytes more) {
    const NewValue value =
        new_stored_bytes(sizeof(group.needed) + group.systems.size() + more.size(), "a state of a group");
    std::memcpy(value.bytes, &group.needed, sizeof(group.needed));
    std::uint8_t* out = std::copy(group.systems.begin(), group.systems.end(), value.bytes + sizeof(group.needed));
    std::copy(more.begin(), more.end(), out);
    return value.datum;
}

Datum add_system(const GatheredGroup& group, Datum timeline) {
    const Bytes bytes = stored_bytes(timeline);
    const auto length = static_cast<std::uint32_t>(bytes.size());
    auto* record = static_cast<std::uint8_t*>(palloc(sizeof(length) + bytes.size()));
    std::memcpy(record, &length, sizeof(length));
    std::copy(bytes.begin(), bytes.end(), record + sizeof(length));
    return write_state(group, {record, sizeof(length) + bytes.size()});
}

// The group's timeline; needed(systems) says how many of them have to be up.
template <class Needed>
Datum group_timeline(const GatheredGroup& group, Needed needed) {
    auto* together = hold<Timeline>(CurrentMemoryContext);
    call_core([&] {
        std::vector<TimelineReader> systems = read_systems(group.systems);
        if (!systems.empty()) **together = group_of(systems, needed(systems.size()));
    });
    const Datum timeline = timeline_datum(**together);
    together->drop();
    return timeline;
}

}  // namespace

extern "C" {

SQL_FUNCTION(group_add);
SQL_FUNCTION(group_add_needed);
SQL_FUNCTION(group_join);
SQL_FUNCTION(all_of_final);
SQL_FUNCTION(any_of_final);
SQL_FUNCTION(at_least_final);

// (state, timeline): one more system of all_of and any_of.
Datum group_add(PG_FUNCTION_ARGS) { return add_system(read_state(PG_GETARG_DATUM(0)), PG_GETARG_DATUM(1)); }

// (state, k, timeline): one more system of at_least; k is the same for all.
Datum group_add_needed(PG_FUNCTION_ARGS) {
    GatheredGroup group = read_state(PG_GETARG_DATUM(0));
    const std::int32_t needed = PG_GETARG_INT32(1);
    if (needed < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("at_least cannot ask for %d systems", needed),
                        errhint("Ask for 1 or more.")));
    if (group.needed != 0 && group.needed != static_cast<std::uint32_t>(needed))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("at_least is asked for %u systems and for %d of one group", group.needed, needed),
                        errhint("Give the same number with every timeline of a group.")));
    group.needed = static_cast<std::uint32_t>(needed);
    return add_system(group, PG_GETARG_DATUM(2));
}

Datum group_join(PG_FUNCTION_ARGS) {
    GatheredGroup group = read_state(PG_GETARG_DATUM(0));
    const GatheredGroup other = read_state(PG_GETARG_DATUM(1));
    if (group.needed != 0 && other.needed != 0 && group.needed != other.needed)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("at_least is asked for %u systems and for %u of one group", group.needed, other.needed),
                        errhint("Give the same number with every timeline of a group.")));
    group.needed = std::max(group.needed, other.needed);
    return write_state(group, other.systems);
}

Datum all_of_final(PG_FUNCTION_ARGS) {
    return group_timeline(read_state(PG_GETARG_DATUM(0)), [](std::size_t systems) { return systems; });
}

Datum any_of_final(PG_FUNCTION_ARGS) {
    return group_timeline(read_state(PG_GETARG_DATUM(0)), [](std::size_t) { return std::size_t{1}; });
}

Datum at_least_final(PG_FUNCTION_ARGS) {
    const GatheredGroup group = read_state(PG_GETARG_DATUM(0));
    return group_timeline(group, [&](std::size_t) { return std::size_t{group.needed}; });
}

}  // extern "C"

}  // namespace store_uptime::pg
