// store_uptime_report and store_uptime_windows: arguments -> readers -> engine -> rows.
#include "pg/convert.hpp"
#include "pg/report_reader.hpp"
#include "pg/report_watch.hpp"
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

// One report: what was asked, and what turns each store's totals into rows.
struct Report {
    const Interval* windows;
    int window_count;
    Instant as_of;
    const char* source;
    Policy policy;
    ArrayType* stores;  // or null
    // Puts the rows of one store; `totals` has one element per window.
    void (*put)(const Report& report, ReturnSetInfo* result, const char* store, const Totals* totals);
};

// Sums stores [first, first + count) into totals, window by window within each.
void sum_stores(Roster& roster, Uptime& engine, std::uint32_t first, std::uint32_t count, Totals* totals) {
    const std::size_t windows = engine.question().windows().size();
    for (std::uint32_t i = 0; i < count; ++i) {
        engine.sum(roster.view(first + i));
        for (std::size_t w = 0; w < windows; ++w) totals[i * windows + w] = engine.totals(w);
    }
}

void put_stores(const Report& report, Gathered& gathered, Uptime& engine, ReturnSetInfo* result) {
    // Stores are summed in batches, so that the query can be interrupted between them and totals stay small.
    constexpr std::uint32_t kTotals = 16384;
    const std::uint32_t stores = gathered.stores->size();
    const auto windows = static_cast<std::uint32_t>(report.window_count);
    const std::uint32_t batch = std::max<std::uint32_t>(1, std::min<std::uint32_t>(256, kTotals / windows));
    auto* totals = static_cast<Totals*>(palloc(sizeof(Totals) * batch * windows));
    if (report_watch != nullptr) report_watch->stores_total += stores;
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime rows", ALLOCSET_DEFAULT_SIZES);
    for (std::uint32_t first = 0; first < stores; first += batch) {
        const std::uint32_t count = std::min(batch, stores - first);
        call_core([&] { sum_stores(*gathered.roster->get(), engine, first, count, totals); });
        CHECK_FOR_INTERRUPTS();
        const MemoryContext caller = MemoryContextSwitchTo(per_row);
        for (std::uint32_t i = 0; i < count; ++i)
            report.put(report, result, store_name(*gathered.stores, first + i), totals + std::size_t{i} * windows);
        MemoryContextSwitchTo(caller);
        MemoryContextReset(per_row);
        if (report_watch != nullptr) report_watch->stores_done += count;
    }
    MemoryContextDelete(per_row);
}

// Runs a report, one row set into the call's tuplestore.
Datum run(FunctionCallInfo fcinfo, const Report& report) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    Held<Uptime>* engine = nullptr;
    {
        const Intervals windows(report.windows, report.window_count);
        engine = hold<Uptime>(work, windows, report.as_of, report.policy);
    }
    const Question& question = (*engine)->question();
    SPI_connect();
    const Source* source = load_source(report.source);
    Gathered* gathered = gather({source, question.reads(), report.stores}, work);
    close_roster(*gathered, *source, question);
    SPI_finish();
    put_stores(report, *gathered, **engine, result);
    MemoryContextDelete(work);
    return static_cast<Datum>(0);
}

// Arguments as_of, source, policy, stores from position `first` on, common to both functions.
Report read_arguments(FunctionCallInfo fcinfo, int first) {
    constexpr const char* kNames[] = {"as_of", "source", "policy"};
    for (int i = 0; i < 3; ++i)
        if (PG_ARGISNULL(first + i))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must not be null", kNames[i]),
                            errhint("Leave the argument out to have its default.")));
    Report report = {};
    report.as_of = instant_argument(PG_GETARG_TIMESTAMPTZ(first), "as_of");
    report.source = pstrdup(NameStr(*PG_GETARG_NAME(first + 1)));
    report.policy = to_policy(PG_GETARG_DATUM(first + 2));
    report.stores = PG_ARGISNULL(first + 3) ? nullptr : PG_GETARG_ARRAYTYPE_P(first + 3);
    return report;
}

// up, down, unknown of each standard window, in the order of the columns: uptimes, then downtimes, then unknowns.
void put_standard(const Report&, ReturnSetInfo* result, const char* store, const Totals* totals) {
    Datum values[1 + 3 * kStandardWindows];
    bool nulls[1 + 3 * kStandardWindows] = {};
    values[0] = CStringGetTextDatum(store);
    for (int w = 0; w < kStandardWindows; ++w) {
        const auto in_unit = [&](Micros d) {
            return Float8GetDatum(static_cast<double>(d.count()) / kStandard[w].unit);
        };
        values[1 + w] = in_unit(totals[w].up);
        values[1 + kStandardWindows + w] = in_unit(totals[w].down);
        values[1 + 2 * kStandardWindows + w] = in_unit(totals[w].unknown);
    }
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

void put_windows(const Report& report, ReturnSetInfo* result, const char* store, const Totals* totals) {
    Datum values[2 + kResultColumns];
    bool nulls[2 + kResultColumns] = {};
    values[0] = CStringGetTextDatum(store);
    for (int w = 0; w < report.window_count; ++w) {
        values[1] = RangeTypePGetDatum(make_tstzrange(report.windows[w]));
        result_values(totals[w], values + 2, nulls + 2);
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
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
}  // namespace store_uptime::pg

extern "C" {
PG_FUNCTION_INFO_V1(store_uptime_report);
PG_FUNCTION_INFO_V1(store_uptime_windows);
PGDLLEXPORT Datum store_uptime_report(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum store_uptime_windows(PG_FUNCTION_ARGS);

// store_uptime_report(as_of, source, policy, stores): the standard report, one row a store; see the manual.
Datum store_uptime_report(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    Report report = read_arguments(fcinfo, 0);
    store_uptime::Interval windows[kStandardWindows];
    for (int w = 0; w < kStandardWindows; ++w) windows[w] = {report.as_of - kStandard[w].length, report.as_of};
    report.windows = windows;
    report.window_count = kStandardWindows;
    report.put = put_standard;
    return run(fcinfo, report);
}

// store_uptime_windows(windows, as_of, source, policy, stores): any windows, one row a store and window.
Datum store_uptime_windows(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("windows must not be null"),
                        errhint("Give at least one range, as in ARRAY[tstzrange(from, to)].")));
    Report report = read_arguments(fcinfo, 1);
    read_windows(report, PG_GETARG_ARRAYTYPE_P(0));
    report.put = put_windows;
    return run(fcinfo, report);
}
}
