// availability_percent and error_budget: small arithmetic on what uptime() gives.
#include <cmath>

#include "core/objective.hpp"

#include "pg/convert.hpp"
#include "pg/wall.hpp"

extern "C" {
#include "utils/numeric.h"
}

namespace store_uptime::pg {
namespace {

Datum percent(Micros up, Micros down, int digits) {
    std::int64_t cut = 0;
    call_core([&] { cut = percent_cut(up, down, digits); });
    return DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(int64_div_fast_to_numeric(cut, digits)));
}

// A number of hours (or of anything else: only proportions matter) as microseconds of them, which is what the report's
// numbers were before they were divided.
Micros hours_argument(double n, const char* what) {
    constexpr double kHour = 3600e6, kMost = 1e18;
    if (!(n >= 0 && n * kHour <= kMost))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s time cannot be %g", what, n),
                        errhint("Durations are numbers from 0 on.")));
    return Micros{std::llround(n * kHour)};
}

// A percentage, as 99.9; below 1 it is taken for a fraction, as 0.999.
Objective objective_argument(Datum objective) {
    const Datum scale = NumericGetDatum(int64_to_numeric(Objective::kPercent));
    const Datum over = DirectFunctionCall2(numeric_gt, objective, NumericGetDatum(int64_to_numeric(100)));
    if (DatumGetBool(over) || numeric_is_nan(DatumGetNumeric(objective)) || numeric_is_inf(DatumGetNumeric(objective)))
        return {0};  // the core refuses it
    const std::int64_t units = DatumGetInt64(DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, objective, scale)));
    return {units < Objective::kPercent ? units * 100 : units};
}

}  // namespace

extern "C" {

SQL_FUNCTION(availability_percent);
SQL_FUNCTION(availability_percent_of_hours);
SQL_FUNCTION(error_budget);

// availability_percent(up interval, down interval, digits); NULL of no time.
Datum availability_percent(PG_FUNCTION_ARGS) {
    const Micros up = duration_argument(fcinfo, 0, "up"), down = duration_argument(fcinfo, 1, "down");
    if (up == Micros{0} && down == Micros{0}) PG_RETURN_NULL();
    return percent(up, down, PG_GETARG_INT32(2));
}

// The same of two numbers, as the report's columns are.
Datum availability_percent_of_hours(PG_FUNCTION_ARGS) {
    const Micros up = hours_argument(PG_GETARG_FLOAT8(0), "up"), down = hours_argument(PG_GETARG_FLOAT8(1), "down");
    if (up == Micros{0} && down == Micros{0}) PG_RETURN_NULL();
    return percent(up, down, PG_GETARG_INT32(2));
}

// error_budget(open, down, objective): allowed, used, left, burn.
Datum error_budget(PG_FUNCTION_ARGS) {
    const Micros open = duration_argument(fcinfo, 0, "open"), down = duration_argument(fcinfo, 1, "down");
    const Objective objective = objective_argument(PG_GETARG_DATUM(2));
    ErrorBudget budget;
    call_core([&] { budget = store_uptime::error_budget(open, down, objective); });
    TupleDesc row = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &row) != TYPEFUNC_COMPOSITE) elog(ERROR, "store_uptime: error_budget returns a row");
    Datum values[] = {IntervalPGetDatum(make_interval(budget.allowed)), IntervalPGetDatum(make_interval(budget.used)),
                      IntervalPGetDatum(make_interval(budget.left)), Datum{0}};
    bool nulls[] = {false, false, false, budget.allowed == Micros{0}};
    if (!nulls[3])
        values[3] = Float8GetDatum(static_cast<double>(budget.used.count()) / static_cast<double>(budget.allowed.count()));
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}

}  // extern "C"

}  // namespace store_uptime::pg
