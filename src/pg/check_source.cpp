// store_uptime.check_source: what is wrong with the data of a source, found by plain queries over
// its relations.
//
// A defect that one row shows by itself is a line in one of the tables below; all lines of a
// relation are looked for in one pass over it. Defects between rows (duplicates, contradictions,
// strangers) have queries of their own. Their names are found in pg_catalog only (has_plain_names), so they need not be
// qualified; functions of the source's own find theirs as in a report.
#include "pg/convert.hpp"
#include "pg/row_reader.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {
namespace {

// A defect of single rows. Condition and example are SQL over the columns of the relation by the
// names of the standard tables; an example is a text.
struct RowCheck {
    Part part;
    const char* defect;
    const char* condition;
    const char* example;
};

constexpr const char* kPoll = "concat('store ', store_id, ' at ', timestamp_utc)";
constexpr const char* kHoursRow =
    "concat('store ', store_id, ', weekday ', day_of_week, ', ', start_time_local, ' to ', "
    "end_time_local)";
constexpr const char* kZoneRow = "concat('store ', store_id, ', ', timezone_str)";
constexpr const char* kSpecialRow =
    "concat('store ', store_id, ', ', date, ', ', start_time_local, ' to ', end_time_local)";
constexpr const char* kMaintenanceRow =
    "concat('store ', coalesce(store_id::text, '(all)'), ', ', starts_at, ' to ', ends_at)";

constexpr RowCheck kRowChecks[] = {
    {kStatus, "polls with NULL store_id", "store_id IS NULL", kPoll},
    {kStatus, "polls with NULL timestamp_utc", "timestamp_utc IS NULL", kPoll},
    {kStatus, "polls with NULL status", "status IS NULL", kPoll},
    {kStatus, "polls with an unknown status", "NOT (up OR down OR declared_unknown)",
     "concat('store ', store_id, ' at ', timestamp_utc, ': \"', status, '\"')"},
    {kStatus, "polls at a time that cannot be counted", "NOT timestamp_utc BETWEEN $4 AND $5",
     kPoll},
    {kStatus, "polls in the future", "timestamp_utc > now() AND timestamp_utc <= $5", kPoll},

    {kHours, "hours with NULL store_id", "store_id IS NULL", kHoursRow},
    {kHours, "hours with NULL day_of_week", "day_of_week IS NULL", kHoursRow},
    {kHours, "hours with NULL start_time_local", "start_time_local IS NULL", kHoursRow},
    {kHours, "hours with NULL end_time_local", "end_time_local IS NULL", kHoursRow},
    {kHours, "weekdays outside 0 to 6", "NOT day_of_week BETWEEN 0 AND 6", kHoursRow},
    {kHours, "hours that are valid on no day", "valid_from > valid_until",
     "concat('store ', store_id, ', valid from ', valid_from, ' until ', valid_until)"},

    {kTimezones, "time zones with NULL store_id", "store_id IS NULL", kZoneRow},
    {kTimezones, "time zones with NULL timezone_str", "timezone_str IS NULL", kZoneRow},

    {kSpecialHours, "special hours with NULL store_id", "store_id IS NULL", kSpecialRow},
    {kSpecialHours, "special hours with NULL date", "date IS NULL", kSpecialRow},
    {kSpecialHours, "special hours with one of two times",
     "(start_time_local IS NULL) <> (end_time_local IS NULL)", kSpecialRow},

    {kMaintenance, "maintenance with NULL starts_at", "starts_at IS NULL", kMaintenanceRow},
    {kMaintenance, "maintenance with NULL ends_at", "ends_at IS NULL", kMaintenanceRow},
    {kMaintenance, "maintenance that ends at or before its start", "ends_at <= starts_at",
     kMaintenanceRow},
};

// What the queries run with.
struct Checking {
    const Source* source;
    ReturnSetInfo* result;
    Datum words[3];  // for up, down and unknown, as text[]
};
static_assert(std::is_trivially_destructible_v<Checking>);

Datum words_datum(const Words& words) {
    auto* texts = static_cast<Datum*>(palloc(sizeof(Datum) * (words.count + 1)));
    for (int i = 0; i < words.count; ++i) texts[i] = text_datum(words.texts[i]);
    return PointerGetDatum(construct_array(texts, words.count, TEXTOID, -1, false, TYPALIGN_INT));
}

// Runs a query whose columns are of these types and hands each row to the function. Its parameters are $1 to $3, the words
// for up, down and unknown, and $4 and $5, the first and last instant there is.
template <class Row>
void execute(const Checking& c, const char* sql, std::initializer_list<Oid> types, int repeated, Row row) {
    RowQuery query = RowQuery::create(*c.source, kParts);
    query.has_plain_names = true;
    appendStringInfoString(&query.sql, sql);
    for (const Datum words : c.words) query.add(TEXTARRAYOID, words);
    // kMinInstant is before what a timestamp can be, and could not be written for another server.
    query.add(TIMESTAMPTZOID, TimestampTzGetDatum(MIN_TIMESTAMP));
    query.add(TIMESTAMPTZOID, TimestampTzGetDatum(to_timestamp(kMaxInstant)));
    for (int i = 0; i < repeated; ++i)
        for (const Oid type : types) query.returns(type);
    read_rows(plan_rows(query), row);
}

void put(const Checking& c, const char* defect, std::int64_t count, const char* example) {
    Datum values[] = {CStringGetTextDatum(defect), Int64GetDatum(count),
                      CStringGetTextDatum(example)};
    bool nulls[3] = {};
    tuplestore_putvalues(c.result->setResult, c.result->setDesc, values, nulls);
}

// Puts the defect if a count and an example, the columns at `values`, say that there is one.
void put_if_found(const Checking& c, const char* defect, const Datum* values, const bool* nulls) {
    if (nulls[0] || DatumGetInt64(values[0]) == 0) return;
    put(c, defect, DatumGetInt64(values[0]), nulls[1] ? "" : TextDatumGetCString(values[1]));
}

// Puts the defects of a query that has a count and an example for each.
void put_defects(const Checking& c, std::initializer_list<const char*> defects, const char* sql) {
    execute(c, sql, {INT8OID, TEXTOID}, static_cast<int>(defects.size()), [&](const Datum* values, const bool* nulls) {
        int column = 0;
        for (const char* defect : defects) {
            put_if_found(c, defect, values + column, nulls + column);
            column += 2;
        }
    });
}

bool has(const Checking& c, Part part) {
    return OidIsValid(c.source->parts[part].oid);
}

// "(SELECT … FROM relation) AS r" with the columns by their standard names; times as timestamptz,
// polls also with booleans up, down and declared_unknown.
const char* rows_of(const Checking& c, Part part) {
    StringInfoData sql;
    initStringInfo(&sql);
    const char* separator = "(SELECT ";
    for (int role = 0; role < kRoles; ++role) {
        const Column& column = c.source->parts[part].columns[role];
        if (column.name == nullptr && role != kValidFrom && role != kValidUntil) continue;
        const char* value = column_expression(*c.source, part, static_cast<Role>(role)).sql;
        if (column.name == nullptr) value = "NULL::date";
        const bool utc = column.name != nullptr && column.base == TIMESTAMPOID;
        appendStringInfo(&sql, utc ? "%s%s AT TIME ZONE 'UTC' AS %s" : "%s%s AS %s", separator,
                         value, column_name(static_cast<Role>(role)));
        separator = ", ";
    }
    appendStringInfo(&sql, " FROM %s) AS r", c.source->parts[part].name);
    if (part != kStatus) return sql.data;
    const bool boolean = c.source->parts[kStatus].columns[kStatusValue].base == BOOLOID;
    return psprintf(
        "(SELECT *, %s FROM %s) AS r",
        boolean ? "status AS up, NOT status AS down, false AS declared_unknown"
                : "status COLLATE \"C\" = ANY ($1) AS up, status COLLATE \"C\" = ANY ($2) AS down,"
                  " status COLLATE \"C\" = ANY ($3) AS declared_unknown",
        sql.data);
}

// All row checks of a relation in one pass.
void check_rows(const Checking& c, Part part) {
    StringInfoData sql;
    initStringInfo(&sql);
    const char* separator = "SELECT ";
    for (const RowCheck& check : kRowChecks) {
        if (check.part != part) continue;
        appendStringInfo(&sql,
                         "%scount(*) FILTER (WHERE %s), min((%s) COLLATE \"C\") FILTER (WHERE %s)",
                         separator, check.condition, check.example, check.condition);
        separator = ", ";
    }
    appendStringInfo(&sql, " FROM %s", rows_of(c, part));
    int checks = 0;
    for (const RowCheck& check : kRowChecks) checks += check.part == part ? 1 : 0;
    execute(c, sql.data, {INT8OID, TEXTOID}, checks, [&](const Datum* values, const bool* nulls) {
        int column = 0;
        for (const RowCheck& check : kRowChecks) {
            if (check.part != part) continue;
            put_if_found(c, check.defect, values + column, nulls + column);
            column += 2;
        }
    });
}

// Rows that say what another row says already. `columns` make up all that a row says.
void check_duplicates(const Checking& c, Part part, const char* defect, const char* columns,
                      const char* example) {
    put_defects(c, {defect},
                psprintf("SELECT sum(n - 1)::bigint, min(example COLLATE \"C\")"
                         " FROM (SELECT count(*) AS n, %s AS example FROM %s GROUP BY %s HAVING "
                         "count(*) > 1) AS d",
                         example, rows_of(c, part), columns));
}

// Polls of one store at one instant: those that say the same again, and instants that are
// contradicted.
void check_poll_conflicts(const Checking& c) {
    put_defects(
        c, {"duplicate polls", "conflicting polls"},
        psprintf("SELECT sum(n - kinds)::bigint, min(%s COLLATE \"C\") FILTER (WHERE n > kinds),"
                 " count(*) FILTER (WHERE kinds > 1), min(%s COLLATE \"C\") FILTER (WHERE kinds > 1)"
                 " FROM (SELECT store_id, timestamp_utc, count(*) AS n,"
                 " bool_or(coalesce(up, false))::int + bool_or(coalesce(down, false))::int"
                 " + bool_or(NOT coalesce(up OR down, false))::int AS kinds"
                 " FROM %s WHERE store_id IS NOT NULL AND timestamp_utc IS NOT NULL"
                 " GROUP BY store_id, timestamp_utc HAVING count(*) > 1) AS d",
                 kPoll, kPoll, rows_of(c, kStatus)));
}

// Stores that have rows here but no poll at all.
void check_strangers(const Checking& c, Part part, const char* defect) {
    put_defects(c, {defect},
                psprintf("SELECT count(*), min(concat('store ', store_id) COLLATE \"C\") FROM"
                         " (SELECT store_id FROM %s WHERE store_id IS NOT NULL EXCEPT SELECT "
                         "store_id FROM %s) AS d",
                         rows_of(c, part), rows_of(c, kStatus)));
}

bool is_zone(const char* name) {
    const Interval any{Instant{}, Instant{} + Micros{1}};
    return find_zone(name, any).has_value();
}

// Rows with one defect, added up, and the first of their examples.
struct Tally {
    std::int64_t count = 0;
    const char* example = nullptr;

    void add(Datum rows, Datum shown, MemoryContext context) {
        count += DatumGetInt64(rows);
        if (example == nullptr) example = MemoryContextStrdup(context, TextDatumGetCString(shown));
    }
};

void check_zone_names(const Checking& c) {
    Tally unknown, fixed;
    MemoryContext context = CurrentMemoryContext;
    execute(c, psprintf("SELECT timezone_str::text, count(*), min(concat('store ', store_id, ', ', "
                        "timezone_str) COLLATE \"C\")"
                        " FROM %s WHERE timezone_str IS NOT NULL GROUP BY timezone_str ORDER BY 3",
                        rows_of(c, kTimezones)),
            {TEXTOID, INT8OID, TEXTOID}, 1, [&](const Datum* values, const bool*) {
                const char* name = TextDatumGetCString(values[0]);
                if (!is_zone(name))
                    unknown.add(values[1], values[2], context);
                else if (lacks_summer_time(name))
                    fixed.add(values[1], values[2], context);
            });
    if (unknown.count > 0) put(c, "unknown time zones", unknown.count, unknown.example);
    if (fixed.count > 0) put(c, "time zones without summer time", fixed.count, fixed.example);
}

void check_zones(const Checking& c) {
    const char* usual = c.source->default_timezone;
    if (!is_zone(usual))
        put(c, "unknown default_timezone", 1, usual);
    else if (lacks_summer_time(usual))
        put(c, "default_timezone without summer time", 1, usual);
    if (!has(c, kTimezones)) return;
    check_zone_names(c);
    check_duplicates(c, kTimezones, "duplicate time zones", "store_id, timezone_str", kZoneRow);
    put_defects(
        c, {"stores with several time zones"},
        psprintf("SELECT count(*), min(concat('store ', store_id, ', ', a, ' and ', b) COLLATE \"C\")"
                 " FROM (SELECT store_id, min(timezone_str COLLATE \"C\") AS a, max(timezone_str "
                 "COLLATE \"C\") AS b"
                 " FROM %s WHERE store_id IS NOT NULL GROUP BY store_id) AS d WHERE a <> b",
                 rows_of(c, kTimezones)));
    check_strangers(c, kTimezones, "time zones of stores without polls");
}

void check_all(const Checking& c) {
    for (int part = 0; part < kParts; ++part)
        if (has(c, static_cast<Part>(part))) check_rows(c, static_cast<Part>(part));
    check_poll_conflicts(c);
    if (has(c, kHours)) {
        check_duplicates(
            c, kHours, "duplicate hours",
            "store_id, day_of_week, start_time_local, end_time_local, valid_from, valid_until",
            kHoursRow);
        check_strangers(c, kHours, "hours of stores without polls");
    }
    check_zones(c);
    if (has(c, kSpecialHours)) {
        check_duplicates(c, kSpecialHours, "duplicate special hours",
                         "store_id, date, start_time_local, end_time_local", kSpecialRow);
        check_strangers(c, kSpecialHours, "special hours of stores without polls");
    }
    if (has(c, kMaintenance))
        check_strangers(c, kMaintenance, "maintenance of stores without polls");
}

}  // namespace
}  // namespace store_uptime::pg

extern "C" {
PG_FUNCTION_INFO_V1(check_source);
PGDLLEXPORT Datum check_source(PG_FUNCTION_ARGS);

// store_uptime.check_source(source): one row for each kind of defect; see the manual.
Datum check_source(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    InitMaterializedSRF(fcinfo, 0);
    Source* source = open_source(NameStr(*PG_GETARG_NAME(0)));
    const Checking checking = {source,
                               reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo),
                               {words_datum(source->active), words_datum(source->inactive), words_datum(source->unknown)}};
    check_all(checking);
    close_source(source);
    return static_cast<Datum>(0);
}
}
