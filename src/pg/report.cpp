// store_uptime_report and store_uptime_windows: arguments -> readers -> engine -> rows.
#include "core/roster.hpp"
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

// The next stores of a slice, summed. Plain data, filled by the core.
struct Batch {
    static constexpr std::uint32_t kStores = 256;
    StoreNumber next;  // the first store not yet summed
    std::uint32_t count;
    StoreKey keys[kStores];
    Totals* totals;  // window by window within each store
};

// Sums stores from batch.next on until the batch has `most`; non-members are passed over.
void sum_stores(Roster& roster, Uptime& engine, std::uint32_t most, Batch& batch) {
    const std::size_t windows = engine.question().windows().size();
    batch.count = 0;
    for (; batch.next < roster.size() && batch.count < most; ++batch.next) {
        if (!roster.is_member(batch.next)) continue;
        engine.sum(roster.view(batch.next));
        Totals* totals = batch.totals + batch.count * windows;
        for (std::size_t w = 0; w < windows; ++w) totals[w] = engine.totals(w);
        batch.keys[batch.count++] = roster.key(batch.next);
    }
}

[[noreturn]] void two_zones(const Source& source, const Gathered& gathered, const StoreKey& store,
                            const Roster::ZoneConflict& conflict) {
    const auto name = [&](ZoneNumber zone) {
        return TextDatumGetCString(gathered.zone_names->value(static_cast<std::uint32_t>(zone)));
    };
    ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                    errmsg("store %s has two time zones, \"%s\" and \"%s\"", gathered.ids->name(store),
                           name(conflict.one), name(conflict.other)),
                    errhint("Leave one row for the store in %s.", source.parts[kTimezones].name)));
    pg_unreachable();
}

// Tells whoever watches how far the report is. How many stores there are is known for sure only when the last slice has
// been loaded; until then it is guessed from those that were, slices being of about one size.
class Progress {
 public:
    explicit Progress(std::uint32_t slices) : slices_(slices) {}

    void slice_loaded(std::uint64_t stores) { expect((loaded_ += stores) * slices_ / ++slices_loaded_); }
    void stores_done(std::uint64_t stores) {
        done_ += stores;
        if (report_watch != nullptr) report_watch->stores_done += stores;
    }
    void finish() { expect(done_); }

 private:
    // The counters may be shared with other processes of the same report: only changes are told.
    void expect(std::uint64_t stores) {
        if (report_watch != nullptr) report_watch->stores_total += stores - told_;
        told_ = stores;
    }

    std::uint64_t slices_, slices_loaded_ = 0, loaded_ = 0, done_ = 0, told_ = 0;
};

void put_slice(const Report& report, const Gathered& gathered, Roster& roster, Uptime& engine, Batch& batch,
               Progress& progress, ReturnSetInfo* result) {
    // Stores are summed in batches, so that the query can be interrupted between them and totals stay small.
    constexpr std::uint32_t kTotals = 16384;
    const auto windows = static_cast<std::uint32_t>(report.window_count);
    const std::uint32_t most = std::clamp<std::uint32_t>(kTotals / windows, 1, Batch::kStores);
    MemoryContext per_batch = AllocSetContextCreate(CurrentMemoryContext, "store_uptime rows", ALLOCSET_DEFAULT_SIZES);
    batch.next = 0;
    while (true) {
        call_core([&] { sum_stores(roster, engine, most, batch); });
        CHECK_FOR_INTERRUPTS();
        if (batch.count == 0) break;
        const MemoryContext caller = MemoryContextSwitchTo(per_batch);
        for (std::uint32_t i = 0; i < batch.count; ++i)
            report.put(report, result, gathered.ids->name(batch.keys[i]), batch.totals + std::size_t{i} * windows);
        MemoryContextSwitchTo(caller);
        MemoryContextReset(per_batch);
        progress.stores_done(batch.count);
    }
    MemoryContextDelete(per_batch);
}

void put_all(const Report& report, const Source& source, Gathered& gathered, Uptime& engine, MemoryContext work,
             ReturnSetInfo* result) {
    const std::span<const Zone> zones(resolve_zones(gathered, source, engine.question()), gathered.zone_names->size() + 1);
    const Roster::Options options{gathered.ids->key_kind(), source.missing_weekday_open};
    Held<Roster>* roster = hold<Roster>(work, options, zones, **gathered.everywhere);
    auto* batch = static_cast<Batch*>(MemoryContextAllocZero(work, sizeof(Batch)));
    const std::size_t most = std::max<std::size_t>(Batch::kStores, 1);
    batch->totals = static_cast<Totals*>(MemoryContextAllocHuge(
        work, sizeof(Totals) * std::max<std::size_t>(16384, report.window_count) + most));
    Progress progress(gathered.slices->count());
    for (std::uint32_t slice = 0; slice < gathered.slices->count(); ++slice) {
        call_core([&] { (*roster)->clear(); });
        gathered.slices->take(slice, [&](RowKind kind, std::span<const char> rows) {
            call_core([&] { (*roster)->load(kind, rows); });
        });
        Roster::ZoneConflict conflict{};
        bool conflicting = false;
        call_core([&] {
            const std::optional<Roster::ZoneConflict> found = (*roster)->close();
            conflicting = found.has_value();
            if (conflicting) conflict = *found;
        });
        if (conflicting) two_zones(source, gathered, (*roster)->key(conflict.store), conflict);
        progress.slice_loaded((*roster)->size());
        put_slice(report, gathered, **roster, engine, *batch, progress, result);
    }
    progress.finish();
}

// Runs a report into the call's tuplestore.
Datum run(FunctionCallInfo fcinfo, const Report& report) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "store_uptime report", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(work);
    const Intervals windows(report.windows, report.window_count);
    Held<Uptime>* engine = hold<Uptime>(work, windows, report.as_of, report.policy);
    const Source* source = load_source(report.source);
    Gathered* gathered = gather({source, (*engine)->question().reads(), report.stores}, work);
    put_all(report, *source, *gathered, **engine, work, result);
    MemoryContextSwitchTo(caller);
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
