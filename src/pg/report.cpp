// store_uptime_report, store_uptime_windows and uptime_series of a source: arguments -> readers -> engine -> rows.
#include "pg/report.hpp"

#include "pg/convert.hpp"
#include "pg/report_run.hpp"
#include "pg/series.hpp"
#include "pg/uptime_policy.hpp"
#include "pg/uptime_result.hpp"

namespace store_uptime::pg {
namespace {

// The windows of the standard report end at as_of; it shows each in the unit owners think in.
struct StandardWindow {
    Micros length;
    double unit;  // microseconds in what the columns count
};
constexpr double kMinute = 60e6, kHour = 3600e6;
constexpr StandardWindow kStandard[] = {
    {std::chrono::hours(1), kMinute}, {std::chrono::hours(24), kHour}, {std::chrono::hours(168), kHour}};
constexpr int kStandardWindows = 3;

// The windows of the standard report.
struct StandardWindows {
    Interval windows[kStandardWindows];

    explicit StandardWindows(Instant as_of) noexcept {
        for (int w = 0; w < kStandardWindows; ++w) windows[w] = {as_of - kStandard[w].length, as_of};
    }
};

// Turns totals into rows of the call's tuplestore.
struct RowSink {
    TotalsSink base;  // first: run_report knows it by this
    ReturnSetInfo* result;
};

Datum run(FunctionCallInfo fcinfo, const Report& report, decltype(TotalsSink::put) put) {
    InitMaterializedSRF(fcinfo, 0);
    RowSink sink = {{put, nullptr, false}, reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)};
    run_report(report, sink.base);
    return static_cast<Datum>(0);
}

// Which arguments are which.
struct Positions {
    int as_of, source, policy, stores;
};

// The arguments that all have in common.
Report read_arguments(FunctionCallInfo fcinfo, const Positions& at) {
    constexpr const char* kHint = "Leave the argument out to have its default.";
    refuse_null(fcinfo, at.as_of, "as_of", kHint);
    refuse_null(fcinfo, at.source, "source", kHint);
    refuse_null(fcinfo, at.policy, "policy", kHint);
    Report report = {};
    report.as_of = instant_argument(PG_GETARG_TIMESTAMPTZ(at.as_of), "as_of");
    report.source = pstrdup(NameStr(*PG_GETARG_NAME(at.source)));
    report.policy = to_policy(PG_GETARG_DATUM(at.policy));
    report.stores = PG_ARGISNULL(at.stores) ? nullptr : PG_GETARG_ARRAYTYPE_P(at.stores);
    return report;
}

// up, down, unknown of each standard window, in the order of the columns: uptimes, then downtimes, then unknowns.
void put_standard(TotalsSink& self, const StoreIds& ids, const StoreTotals& found) {
    const auto& sink = reinterpret_cast<const RowSink&>(self);
    Datum values[1 + 3 * kStandardWindows];
    bool nulls[1 + 3 * kStandardWindows] = {};
    values[0] = CStringGetTextDatum(ids.name(found.store));
    for (int w = 0; w < kStandardWindows; ++w) {
        const auto in_unit = [&](Micros d) {
            return Float8GetDatum(static_cast<double>(d.count()) / kStandard[w].unit);
        };
        values[1 + w] = in_unit(found.totals[w].up);
        values[1 + kStandardWindows + w] = in_unit(found.totals[w].down);
        values[1 + 2 * kStandardWindows + w] = in_unit(found.totals[w].unknown);
    }
    tuplestore_putvalues(sink.result->setResult, sink.result->setDesc, values, nulls);
}

void put_windows(TotalsSink& self, const StoreIds& ids, const StoreTotals& found) {
    const auto& sink = reinterpret_cast<const RowSink&>(self);
    Datum values[2 + kResultColumns];
    bool nulls[2 + kResultColumns] = {};
    values[0] = CStringGetTextDatum(ids.name(found.store));
    for (std::size_t w = 0; w < found.windows.size(); ++w) {
        CHECK_FOR_INTERRUPTS();
        values[1] = RangeTypePGetDatum(make_tstzrange(found.windows[w]));
        result_values(found.totals[w], values + 2, nulls + 2);
        tuplestore_putvalues(sink.result->setResult, sink.result->setDesc, values, nulls);
    }
}

// The elements of a tstzrange[] as windows.
void read_windows(Report& report, ArrayType* ranges) {
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(ranges, TSTZRANGEOID, -1, false, TYPALIGN_DOUBLE, &elements, &nulls, &report.window_count);
    if (report.window_count == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("windows must not be empty"),
                        errhint("Give at least one range, as in ARRAY[tstzrange(from, to)].")));
    auto* windows = static_cast<Interval*>(palloc(sizeof(Interval) * report.window_count));
    for (int i = 0; i < report.window_count; ++i) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("windows must not hold a null"),
                            errhint("Element %d is null.", i + 1)));
        windows[i] = window_argument(DatumGetRangeTypeP(elements[i]), psprintf("window %d", i + 1));
    }
    report.windows = windows;
}

}  // namespace

void lock_standard_report(Instant as_of, const char* source, const Policy& policy, ArrayType* stores) {
    const StandardWindows standard(as_of);
    Report report = {};
    report.windows = standard.windows;
    report.window_count = kStandardWindows;
    report.as_of = as_of;
    report.policy = policy;
    report.source = source;
    report.stores = stores;
    lock_report(report);
}

}  // namespace store_uptime::pg

extern "C" {
PG_FUNCTION_INFO_V1(store_uptime_report);
PG_FUNCTION_INFO_V1(store_uptime_windows);
PG_FUNCTION_INFO_V1(uptime_series_of_source);
PGDLLEXPORT Datum store_uptime_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum store_uptime_windows(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_series_of_source(PG_FUNCTION_ARGS);

// store_uptime_report(as_of, source, policy, stores): the standard report, one row a store; see the manual.
Datum store_uptime_report(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    Report report = read_arguments(fcinfo, {0, 1, 2, 3});
    const StandardWindows standard(report.as_of);
    report.windows = standard.windows;
    report.window_count = kStandardWindows;
    return run(fcinfo, report, put_standard);
}

// store_uptime_windows(windows, as_of, source, policy, stores): any windows, one row a store and window.
Datum store_uptime_windows(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    refuse_null(fcinfo, 0, "windows", "Give at least one range, as in ARRAY[tstzrange(from, to)].");
    Report report = read_arguments(fcinfo, {1, 2, 3, 4});
    read_windows(report, PG_GETARG_ARRAYTYPE_P(0));
    return run(fcinfo, report, put_windows);
}

// uptime_series(source, since, until, bucket, as_of, policy, stores): one row a store and bucket of its own clock.
Datum uptime_series_of_source(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    const AskedSeries asked = series_arguments(fcinfo, 1);
    Report report = read_arguments(fcinfo, {4, 0, 5, 6});
    report.windows = &asked.range;
    report.window_count = 1;
    report.bucket = asked.bucket;
    return run(fcinfo, report, put_windows);
}
}
