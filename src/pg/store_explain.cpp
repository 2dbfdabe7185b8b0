// store_uptime_explain(): why one store of a source counts as up, down or unknown at an instant.
//
//   the store's rows, read as for a report ─▶ slices ─▶ roster of its slice ─▶ explain()
#include "pg/convert.hpp"
#include "pg/explain.hpp"
#include "pg/question.hpp"
#include "pg/report_run.hpp"
#include "pg/slice_roster.hpp"
#include "pg/uptime_policy.hpp"

namespace store_uptime::pg {
namespace {

enum Argument : int { kStore, kAt, kAsOf, kSourceName, kPolicy };

struct Asked {
    Datum store;  // text
    Instant at;
    Instant as_of;
    const char* source;
    Policy policy;
};

Asked read_arguments(FunctionCallInfo fcinfo) {
    constexpr const char* kHint = "Leave the argument out to have its default.";
    refuse_null(fcinfo, kStore, "store", "Give the id of a store, as text.");
    refuse_null(fcinfo, kAt, "at", kHint);
    refuse_null(fcinfo, kAsOf, "as_of", kHint);
    refuse_null(fcinfo, kSourceName, "source", kHint);
    refuse_null(fcinfo, kPolicy, "policy", kHint);
    return {PG_GETARG_DATUM(kStore), instant_argument(PG_GETARG_TIMESTAMPTZ(kAt), "at"),
            instant_argument(PG_GETARG_TIMESTAMPTZ(kAsOf), "as_of"), pstrdup(NameStr(*PG_GETARG_NAME(kSourceName))),
            to_policy(PG_GETARG_DATUM(kPolicy))};
}

// The explanation, if the store is a member of the roster. It is the only one there can be: nothing was read of others.
std::optional<Explanation> explain_member(Roster& roster, const Asked& asked) {
    for (StoreNumber store = 0; store < roster.size(); ++store)
        if (roster.is_member(store)) return explain(roster.view(store), asked.at, asked.as_of, asked.policy);
    return std::nullopt;
}

// All polls up to as_of are read, for those beyond max_gap make the difference between a gap and no poll, and all
// maintenance, to show as much of it as there is.
Explanation explain_store(const Asked& asked, MemoryContext context) {
    Source* source = open_source(asked.source);
    Datum store = asked.store;
    ArrayType* stores = construct_array(&store, 1, TEXTOID, -1, false, TYPALIGN_INT);
    ReportReader* reader =
        ReportReader::create({source, {kMinInstant, asked.as_of + Micros{1}}, stores, kMaxInstant}, context);
    read_alone(*reader, reader->plan_polls(), context);
    const Interval range = explained_range(asked.at, asked.as_of, reader->earliest_poll());
    const ReportZones zones = resolve_zones(zone_names(*reader), range, *source);
    SliceRoster* slice = SliceRoster::create(context, *source, reader->ids(), zones, reader->everywhere());
    for (std::uint32_t i = 0; i < reader->slices().count(); ++i) {
        Roster& roster = slice->load(reader->slices(), i);
        std::optional<Explanation> found;
        call_core([&] { found = explain_member(roster, asked); });
        if (!found) continue;
        close_source(source);
        return *found;
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("store \"%s\" is not known to source \"%s\"", TextDatumGetCString(store), source->name),
                    errhint("A store is known by a poll up to as_of, or by a row of its hours or its time zone.")));
    pg_unreachable();
}

static_assert(std::is_trivially_destructible_v<Explanation>);

}  // namespace

extern "C" {

SQL_FUNCTION(store_uptime_explain);

// store_uptime_explain(store, at, as_of, source, policy): what decided the status at one instant.
Datum store_uptime_explain(PG_FUNCTION_ARGS) {
    const Asked asked = read_arguments(fcinfo);
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "store_uptime explain", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(context);
    const Explanation found = explain_store(asked, context);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    Datum values[kExplanationColumns];
    bool nulls[kExplanationColumns];
    explanation_values(found, asked.at, values, nulls);
    return HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls));
}

}  // extern "C"

}  // namespace store_uptime::pg
