#include "pg/uptime_result.hpp"

#include "pg/convert.hpp"

namespace store_uptime::pg {
namespace {

// part / whole, or NULL where there is no whole: never 0 or 100 % of nothing.
void put_ratio(Micros part, Micros whole, Datum& value, bool& null) {
    null = whole == Micros{0};
    value = null ? Datum{0} : Float8GetDatum(static_cast<double>(part.count()) / static_cast<double>(whole.count()));
}

// A mean duration, NULL of nothing.
void put_mean(Micros sum, std::int64_t count, Datum& value, bool& null) {
    null = count == 0;
    value = null ? Datum{0} : IntervalPGetDatum(make_interval(sum / count));
}

}  // namespace

void result_values(const Totals& t, Datum* values, bool* nulls) {
    const Micros durations[] = {t.open(), t.up, t.down, t.unknown, t.excluded};
    for (int i = 0; i < 5; ++i) {
        values[i] = IntervalPGetDatum(make_interval(durations[i]));
        nulls[i] = false;
    }
    put_ratio(t.up, t.up + t.down, values[5], nulls[5]);
    put_ratio(t.up, t.open(), values[6], nulls[6]);
    values[7] = Int32GetDatum(static_cast<std::int32_t>(t.outages));
    nulls[7] = false;
    put_mean(t.down - t.last_run, t.ended_outages(), values[8], nulls[8]);
    put_mean(t.up, t.outages, values[9], nulls[9]);
}

}  // namespace store_uptime::pg
