#include "pg/question.hpp"

#include "pg/convert.hpp"
#include "pg/status_timeline.hpp"
#include "pg/uptime_policy.hpp"

namespace store_uptime::pg {
namespace {

void refuse_null(FunctionCallInfo fcinfo, int n, const char* what) {
    if (PG_ARGISNULL(n))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be null", what),
                        errhint("Leave an argument out to have its default.")));
}

}  // namespace

std::optional<AskedStore> read_store(FunctionCallInfo fcinfo, int first) {
    const int calendar = first + 1, as_of = first + 3, policy = first + 4, excluded = first + 5;
    refuse_null(fcinfo, as_of, "as_of");
    refuse_null(fcinfo, policy, "policy");
    if (PG_ARGISNULL(calendar)) return std::nullopt;
    AskedStore store = {};
    store.timeline = PG_GETARG_DATUM(first);
    store.has_timeline = !PG_ARGISNULL(first);
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
    refuse_null(fcinfo, n, "the window");
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
