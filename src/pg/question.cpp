#include "pg/question.hpp"

#include "pg/convert.hpp"
#include "pg/status_timeline.hpp"
#include "pg/uptime_policy.hpp"

namespace store_uptime::pg {

std::optional<AskedStore> read_store(FunctionCallInfo fcinfo, int as_of) {
    const int timeline = 0, calendar = 1, policy = as_of + 1, excluded = as_of + 2;
    refuse_null(fcinfo, as_of, "as_of", "Give a point in time, for example now().");
    refuse_null(fcinfo, policy, "policy", "Leave the argument out to have its default.");
    if (PG_ARGISNULL(calendar)) return std::nullopt;
    AskedStore store = {};
    store.timeline = PG_GETARG_DATUM(timeline);
    store.has_timeline = !PG_ARGISNULL(timeline);
    store.calendar = read_calendar(PG_GETARG_DATUM(calendar))->get();
    store.as_of = instant_argument(PG_GETARG_TIMESTAMPTZ(as_of), "as_of");
    store.policy = to_policy(PG_GETARG_DATUM(policy));
    if (!PG_ARGISNULL(excluded)) store.excluded = excluded_argument(PG_GETARG_MULTIRANGE_P(excluded));
    return store;
}

Uptime& ask(AskedStore& store, Intervals windows) {
    Uptime& engine = **hold<Uptime>(CurrentMemoryContext, windows, store.as_of, store.policy);
    const Question& question = engine.question();
    if (store.has_timeline) store.polls = read_timeline(store.timeline, question.reads());
    Interval resolves = question.resolves(store.polls.empty() ? kMaxInstant : store.polls.front().at);
    // Windows after as_of ask nothing of a zone.
    if (resolves.empty()) resolves = {store.as_of, store.as_of + Micros{1}};
    store.zone = zone_of(*store.calendar, resolves);
    return engine;
}

Interval asked_window(FunctionCallInfo fcinfo, int n) {
    refuse_null(fcinfo, n, "the window", "Give a start and an end, as in tstzrange(from, to).");
    return window_argument(PG_GETARG_RANGE_P(n), "the window");
}

TupleDesc result_row(FunctionCallInfo fcinfo) {
    FmgrInfo* function = fcinfo->flinfo;
    if (function->fn_extra == nullptr) {
        TupleDesc row = nullptr;
        const MemoryContext caller = MemoryContextSwitchTo(function->fn_mcxt);
        if (get_call_result_type(fcinfo, nullptr, &row) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "store_uptime: this function returns a row");
        function->fn_extra = BlessTupleDesc(CreateTupleDescCopy(row));
        MemoryContextSwitchTo(caller);
    }
    return static_cast<TupleDesc>(function->fn_extra);
}

}  // namespace store_uptime::pg
