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

Datum percent(std::int64_t cut, int digits) {
    return DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(int64_div_fast_to_numeric(cut, digits)));
}

Datum percent_of_micros(Micros up, Micros down, int digits) {
    std::int64_t cut = 0;
    call_core([&] { cut = percent_cut(up, down, digits); });
    return percent(cut, digits);
}

// Of any two numbers, which are taken for decimals as the server's own cast has them.
Datum percent_of_numbers(double up, double down, int digits) {
    std::int64_t hundred = 0;
    call_core([&] { hundred = hundred_percent(digits); });
    const Datum u = DirectFunctionCall1(float8_numeric, Float8GetDatum(up));
    const Datum d = DirectFunctionCall1(float8_numeric, Float8GetDatum(down));
    const Datum cut = DirectFunctionCall2(
        numeric_div_trunc, DirectFunctionCall2(numeric_mul, u, NumericGetDatum(int64_to_numeric(hundred))),
        DirectFunctionCall2(numeric_add, u, d));
    return percent(DatumGetInt64(DirectFunctionCall1(numeric_int8, cut)), digits);
}

double number_argument(double n, const char* what) {
    if (!(n >= 0 && std::isfinite(n)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s time cannot be %g", what, n),
                        errhint("Durations are numbers from 0 on.")));
    return n;
}

// A column of a report, or a sum of some, as microseconds times a constant: what it was before it was divided into hours
// or minutes. Nothing for a number that is no such thing.
std::optional<Micros> as_micros(double hours) {
    constexpr double kHour = 3600e6, kMost = 4e18;
    const double micros = hours * kHour, whole = std::round(micros);
    // What some hundred roundings of a double do at most, and never so much that a number could become nothing.
    constexpr double kNear = 0x1p-44;
    if (whole > kMost || std::abs(micros - whole) > micros * kNear) return std::nullopt;
    return Micros{static_cast<std::int64_t>(whole)};
}

// A percentage, as 99.9; below 1 it is taken for a fraction, as 0.999. Digits that are too many are cut, so that nothing
// becomes 100 %, and what is above 0 stays so.
Objective objective_argument(Datum objective) {
    const auto compared_to = [objective](int n) {
        return DatumGetInt32(DirectFunctionCall2(numeric_cmp, objective, NumericGetDatum(int64_to_numeric(n))));
    };
    if (compared_to(0) <= 0 || compared_to(100) > 0) return {0};  // the core refuses it; NaN is above everything
    const std::int64_t scale = compared_to(1) < 0 ? 100 * Objective::kPercent : Objective::kPercent;
    const Datum units = DirectFunctionCall2(numeric_mul, objective, NumericGetDatum(int64_to_numeric(scale)));
    const Datum cut = DirectFunctionCall2(numeric_trunc, units, Int32GetDatum(0));
    return {std::max(DatumGetInt64(DirectFunctionCall1(numeric_int8, cut)), std::int64_t{1})};
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
    return percent_of_micros(up, down, PG_GETARG_INT32(2));
}

// The same of two numbers, as the report's columns are.
Datum availability_percent_of_hours(PG_FUNCTION_ARGS) {
    const double up = number_argument(PG_GETARG_FLOAT8(0), "up"), down = number_argument(PG_GETARG_FLOAT8(1), "down");
    if (up == 0 && down == 0) PG_RETURN_NULL();
    const std::optional<Micros> up_micros = as_micros(up), down_micros = as_micros(down);
    return up_micros && down_micros ? percent_of_micros(*up_micros, *down_micros, PG_GETARG_INT32(2))
                                    : percent_of_numbers(up, down, PG_GETARG_INT32(2));
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
