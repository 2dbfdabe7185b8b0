// uptime(), status_intervals() and outages(): one store, one window, over values instead of tables.
#include "pg/convert.hpp"
#include "pg/question.hpp"
#include "pg/row_set.hpp"
#include "pg/uptime_result.hpp"

namespace store_uptime::pg {
namespace {

// Where all three have their arguments.
constexpr int kWindow = 2, kAsOf = 3;

void put_interval(RowSet& rows, const Segment& s) {
    Datum values[] = {RangeTypePGetDatum(make_tstzrange(s.during)), text_datum(name(s.status)), text_datum(name(s.basis))};
    bool nulls[] = {false, false, false};
    rows.put(values, nulls);
}

void put_outage(RowSet& rows, const Outage& o) {
    Datum values[] = {TimestampTzGetDatum(to_timestamp(o.started_at)),
                      o.ended_at ? TimestampTzGetDatum(to_timestamp(*o.ended_at)) : Datum{0},
                      IntervalPGetDatum(make_interval(o.open_duration)), IntervalPGetDatum(make_interval(o.wall_duration()))};
    bool nulls[] = {false, !o.ended_at, false, false};
    rows.put(values, nulls);
}

}  // namespace

extern "C" {

SQL_FUNCTION(uptime);
SQL_FUNCTION(status_intervals);
SQL_FUNCTION(outages);

// The totals of the window, as an uptime_result.
Datum uptime(PG_FUNCTION_ARGS) {
    const Interval window = asked_window(fcinfo, kWindow);
    std::optional<AskedStore> store = read_store(fcinfo, kAsOf);
    if (!store) PG_RETURN_NULL();
    Uptime& engine = ask(*store, {&window, 1});
    Totals totals;
    call_core([&] {
        engine.sum(store->view());
        totals = engine.totals(0);
    });
    Datum values[kResultColumns];
    bool nulls[kResultColumns];
    result_values(totals, values, nulls);
    return HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls));
}

// The filled timeline within the window's base: one row a stretch of one status and basis.
Datum status_intervals(PG_FUNCTION_ARGS) {
    RowSet rows(fcinfo);
    const Interval window = asked_window(fcinfo, kWindow);
    std::optional<AskedStore> store = read_store(fcinfo, kAsOf);
    if (!store) return rows.done();
    const Uptime& engine = ask(*store, {&window, 1});
    auto* found = hold<std::vector<Segment>>(CurrentMemoryContext);
    call_core([&] { **found = store_uptime::status_intervals(engine.question(), store->view()); });
    for (const Segment& s : **found) put_interval(rows, s);
    return rows.done();
}

// One row an outage that begins in the window.
Datum outages(PG_FUNCTION_ARGS) {
    RowSet rows(fcinfo);
    const Interval window = asked_window(fcinfo, kWindow);
    std::optional<AskedStore> store = read_store(fcinfo, kAsOf);
    if (!store) return rows.done();
    const Uptime& engine = ask(*store, {&window, 1});
    auto* found = hold<std::vector<Outage>>(CurrentMemoryContext);
    call_core([&] { **found = store_uptime::outages(engine.question(), store->view()); });
    for (const Outage& o : **found) put_outage(rows, o);
    return rows.done();
}

}  // extern "C"

}  // namespace store_uptime::pg
