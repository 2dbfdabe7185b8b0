#include "pg/report_reader.hpp"

#include "pg/convert.hpp"
#include "pg/report_watch.hpp"
#include "pg/row_reader.hpp"
#include "pg/store_names.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {
namespace {

// What the row functions work on.
struct Reading {
    const Source* source;
    Gathered* gathered;
    MemoryContext context;
    bool boolean_status;
};

const char* name_of(const Reading& r, std::uint32_t store) { return store_name(*r.gathered->stores, store); }

// The number of a store, with its place in the arrays by store.
std::uint32_t number_store(Reading& r, Datum id) {
    Gathered& g = *r.gathered;
    const std::uint32_t store = g.stores->number(id);
    if (store >= g.zone_capacity) {
        const std::uint32_t more = g.zone_capacity * 2;
        g.zone_of = static_cast<std::uint32_t*>(repalloc_huge(g.zone_of, sizeof(std::uint32_t) * more));
        std::fill(g.zone_of + g.zone_capacity, g.zone_of + more, Dictionary::kMissing);
        g.zone_capacity = more;
    }
    return store;
}

template <class T>
void add(ByStore<T>& items, std::uint32_t store, const T& item) {
    if (items.full()) call_core([&] { items.make_room(); });
    items.add(store, item);
}

[[noreturn]] void null_value(const Reading& r, std::uint32_t store, Part part, Role role) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("%s of store %s is null in %s", column_name(role), name_of(r, store),
                           r.source->parts[part].name),
                    errhint("store_uptime.check_source('%s') lists such rows.", r.source->name)));
    pg_unreachable();
}

// --- polls -----------------------------------------------------------------------------------------------------------

bool among(const Words& words, std::string_view text) {
    for (int i = 0; i < words.count; ++i)
        if (text == std::string_view(words.texts[i], words.lengths[i])) return true;
    return false;
}

const char* list(const Words& words) {
    StringInfoData s;
    initStringInfo(&s);
    for (int i = 0; i < words.count; ++i) appendStringInfo(&s, "%s\"%s\"", i > 0 ? ", " : "", words.texts[i]);
    return s.data;
}

[[noreturn]] void bad_status(const Reading& r, std::uint32_t store, std::string_view text) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("status \"%.*s\" of store %s is not known", static_cast<int>(std::min<std::size_t>(text.size(), 100)),
                           text.data(), name_of(r, store)),
                    errhint("Up is %s, down is %s; source options active_values, inactive_values and unknown_values "
                            "can name others.", list(r.source->active), list(r.source->inactive))));
    pg_unreachable();
}

Status read_status(const Reading& r, std::uint32_t store, Datum value, bool null) {
    if (null) return Status::unknown;
    if (r.boolean_status) return DatumGetBool(value) ? Status::up : Status::down;
    text* plain = DatumGetTextPP(value);
    const std::string_view word = view(plain);
    if (among(r.source->active, word)) return Status::up;
    if (among(r.source->inactive, word)) return Status::down;
    if (among(r.source->unknown, word)) return Status::unknown;
    bad_status(r, store, word);
}

void on_poll(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0] || nulls[2]) return;  // nobody's poll, or of no time: check_source lists them
    const std::uint32_t store = number_store(r, values[0]);
    const TimestampTz at = DatumGetTimestampTz(values[2]);
    if (!is_countable(at))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                        errmsg("a poll of store %s is at %s", name_of(r, store), timestamptz_to_str(at)),
                        errhint("Polls need a finite time; store_uptime.check_source('%s') counts such rows.",
                                r.source->name)));
    const Poll poll{to_instant(at), read_status(r, store, values[1], nulls[1])};
    r.gathered->earliest_poll = std::min(r.gathered->earliest_poll, poll.at);
    add(r.gathered->roster->get()->polls, store, poll);
    if (report_watch != nullptr) ++report_watch->polls_read;
}

// --- hours, special days, zones, maintenance -------------------------------------------------------------------------

Shift read_shift(const Reading& r, std::uint32_t store, Part part, Datum opens, bool no_opens, Datum closes, bool no_closes) {
    if (no_opens) null_value(r, store, part, kOpens);
    if (no_closes) null_value(r, store, part, kCloses);
    Micros until{DatumGetTimeADT(closes)};
    if (r.source->round_day_end) until = round_day_end(until);
    Shift shift;
    call_core([&] { shift = make_shift(Micros{DatumGetTimeADT(opens)}, until); });
    return shift;
}

Date read_date(Datum value) {
    const DateADT date = DatumGetDateADT(value);
    if (DATE_IS_NOBEGIN(date)) return Date::min();
    if (DATE_IS_NOEND(date)) return Date::max();
    return to_date(date);
}

void on_hours(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0]) return;
    const std::uint32_t store = number_store(r, values[0]);
    if (nulls[1]) null_value(r, store, kHours, kWeekday);
    const std::int64_t weekday = DatumGetInt64(values[1]);
    if (weekday < 0 || weekday > 6)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("weekday " INT64_FORMAT " of store %s is not known", weekday, name_of(r, store)),
                        errhint("Weekdays count from 0 = Monday to 6 = Sunday.")));
    WeeklyRow row;
    row.weekday = static_cast<unsigned>(weekday);
    row.shift = read_shift(r, store, kHours, values[2], nulls[2], values[3], nulls[3]);
    if (!nulls[4]) row.valid_from = read_date(values[4]);
    if (!nulls[5]) row.valid_until = read_date(values[5]);
    add(r.gathered->roster->get()->weekly, store, row);
}

void on_special_hours(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    const std::uint32_t store = nulls[0] ? Dictionary::kMissing : r.gathered->stores->find(values[0]);
    if (store == Dictionary::kMissing) return;  // special days alone do not make a store
    SpecialRow row;
    row.date = read_date(values[1]);
    if (!nulls[2] || !nulls[3])  // neither: closed all day
        row.shift = read_shift(r, store, kSpecialHours, values[2], nulls[2], values[3], nulls[3]);
    add(r.gathered->roster->get()->special, store, row);
}

void on_timezone(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0]) return;
    const std::uint32_t store = number_store(r, values[0]);
    if (nulls[1]) return;  // has none: the default
    const std::uint32_t zone = r.gathered->zone_names->number(values[1]);
    std::uint32_t& known = r.gathered->zone_of[store];
    if (known != Dictionary::kMissing && known != zone)
        ereport(ERROR, (errcode(ERRCODE_CARDINALITY_VIOLATION),
                        errmsg("store %s has two time zones, \"%s\" and \"%s\"", name_of(r, store),
                               TextDatumGetCString(r.gathered->zone_names->value(known)),
                               TextDatumGetCString(values[1])),
                        errhint("Leave one row for the store in %s.", r.source->parts[kTimezones].name)));
    known = zone;
}

Instant maintenance_bound(const Reading& r, Datum value, bool null, const char* store, Role role) {
    if (null)
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("%s of maintenance of %s is null in %s", column_name(role), store,
                               r.source->parts[kMaintenance].name),
                        errhint("Use 'infinity' or '-infinity' for maintenance without an end or start.")));
    const TimestampTz at = DatumGetTimestampTz(value);
    if (at < to_timestamp(kMinInstant)) return kMinInstant;
    if (at > to_timestamp(kMaxInstant)) return kMaxInstant;
    return to_instant(at);
}

void on_maintenance(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    const bool everywhere = nulls[0];
    const std::uint32_t store = everywhere ? Dictionary::kMissing : r.gathered->stores->find(values[0]);
    if (!everywhere && store == Dictionary::kMissing) return;
    const char* name = everywhere ? "all stores" : psprintf("store %s", name_of(r, store));
    const Interval removed{maintenance_bound(r, values[1], nulls[1], name, kStartsAt),
                           maintenance_bound(r, values[2], nulls[2], name, kEndsAt)};
    if (removed.empty())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("maintenance of %s ends at or before its start, %s", name,
                               timestamptz_to_str(to_timestamp(removed.from))),
                        errhint("Correct the row in %s.", r.source->parts[kMaintenance].name)));
    Roster& roster = *r.gathered->roster->get();
    if (everywhere)
        call_core([&] { roster.excluded_everywhere.push_back(removed); });
    else
        add(roster.excluded, store, removed);
}

// --- the queries -----------------------------------------------------------------------------------------------------

// "SELECT a, b, c FROM relation WHERE true", with the store list pushed down.
RowQuery select(const Request& request, Part part, std::initializer_list<Role> roles) {
    const Source& source = *request.source;
    RowQuery query = RowQuery::create();
    const char* separator = "SELECT ";
    for (const Role role : roles) {
        appendStringInfo(&query.sql, "%s%s", separator, column_expression(source, part, role));
        separator = ", ";
    }
    appendStringInfo(&query.sql, " FROM %s WHERE true", source.parts[part].name);
    if (request.stores != nullptr) {
        const int stores = query.add(get_array_type(source.store_type), PointerGetDatum(store_ids(source, request.stores)));
        const char* id = column_expression(source, part, kStoreId);
        appendStringInfo(&query.sql, part == kMaintenance ? " AND (%s = ANY ($%d) OR %s IS NULL)" : " AND %s = ANY ($%d)",
                         id, stores, id);
    }
    return query;
}

// Adds " AND <column> <op> <instant>", in the column's own type so that indexes serve.
void compare(RowQuery& query, const Request& request, Part part, Role role, const char* op, Instant t) {
    const Oid type = getBaseType(request.source->parts[part].columns[role].type);
    const int parameter = query.add(type, TimestampTzGetDatum(to_timestamp(t)));
    appendStringInfo(&query.sql, " AND %s %s $%d", column_expression(*request.source, part, role), op, parameter);
}

void read_polls(const Request& request, Reading& reading) {
    RowQuery query = select(request, kStatus, {kStoreId, kStatusValue, kPolledAt});
    // Without a lower bound under max_gap=infinity: an infinite poll must be seen to be refused.
    if (request.reads.from > kMinInstant) compare(query, request, kStatus, kPolledAt, ">=", request.reads.from);
    compare(query, request, kStatus, kPolledAt, "<", request.reads.to);
    if (report_watch != nullptr) report_watch->polls_expected += estimate_rows(query);
    read_rows(query, on_poll, &reading);
}

void read_maintenance(const Request& request, Reading& reading) {
    RowQuery query = select(request, kMaintenance, {kStoreId, kStartsAt, kEndsAt});
    const char* starts = column_expression(*request.source, kMaintenance, kStartsAt);
    const char* ends = column_expression(*request.source, kMaintenance, kEndsAt);
    const Oid starts_type = getBaseType(request.source->parts[kMaintenance].columns[kStartsAt].type);
    const Oid ends_type = getBaseType(request.source->parts[kMaintenance].columns[kEndsAt].type);
    // Rows without a bound, or that end before they start, are read to be refused.
    const int until = query.add(starts_type, TimestampTzGetDatum(to_timestamp(request.reads.to)));
    const int from = query.add(ends_type, TimestampTzGetDatum(to_timestamp(request.reads.from)));
    appendStringInfo(&query.sql, " AND (%s < $%d AND %s > $%d OR %s IS NULL OR %s IS NULL OR %s <= %s)", starts, until,
                     ends, from, starts, ends, ends, starts);
    read_rows(query, on_maintenance, &reading);
}

Gathered* start(const Request& request, MemoryContext context) {
    auto* g = static_cast<Gathered*>(MemoryContextAllocZero(context, sizeof(Gathered)));
    g->stores = Dictionary::create(context, request.source->store_type, request.source->store_collation);
    g->zone_names = Dictionary::create(context, TEXTOID, InvalidOid);
    g->zone_capacity = 1024;
    g->zone_of = static_cast<std::uint32_t*>(MemoryContextAlloc(context, sizeof(std::uint32_t) * g->zone_capacity));
    std::fill(g->zone_of, g->zone_of + g->zone_capacity, Dictionary::kMissing);
    g->earliest_poll = kMaxInstant;
    auto* memory = hold<ContextMemory>(context, context)->get();
    g->roster = hold<Roster>(context, Roster::Options{request.source->missing_weekday_open}, memory);
    return g;
}

}  // namespace

Gathered* gather(const Request& request, MemoryContext context) {
    const Source& source = *request.source;
    Gathered* gathered = start(request, context);
    Reading reading = {&source, gathered, context,
                       getBaseType(source.parts[kStatus].columns[kStatusValue].type) == BOOLOID};
    read_polls(request, reading);
    if (OidIsValid(source.parts[kHours].oid))
        read_rows(select(request, kHours, {kStoreId, kWeekday, kOpens, kCloses, kValidFrom, kValidUntil}), on_hours,
                  &reading);
    if (OidIsValid(source.parts[kTimezones].oid))
        read_rows(select(request, kTimezones, {kStoreId, kZone}), on_timezone, &reading);
    if (OidIsValid(source.parts[kSpecialHours].oid)) {
        RowQuery query = select(request, kSpecialHours, {kStoreId, kDate, kOpens, kCloses});
        appendStringInfo(&query.sql, " AND %s IS NOT NULL", column_expression(source, kSpecialHours, kDate));
        read_rows(query, on_special_hours, &reading);
    }
    if (OidIsValid(source.parts[kMaintenance].oid)) read_maintenance(request, reading);
    return gathered;
}

void close_roster(Gathered& gathered, const Source& source, const Question& question) {
    Interval range = question.resolves(gathered.earliest_poll);
    if (range.empty()) range = {question.as_of(), question.as_of() + Micros{1}};
    const std::uint32_t names = gathered.zone_names->size(), stores = gathered.stores->size();
    // One look-up for each name, with the first store that bears it for the error.
    auto* zones = static_cast<Zone*>(palloc0(sizeof(Zone) * (names + 1)));
    auto* found = static_cast<bool*>(palloc0(names + 1));
    for (std::uint32_t store = 0; store < stores; ++store) {
        const std::uint32_t name = std::min(gathered.zone_of[store], names);  // past the last: the default
        if (found[name]) continue;
        const char* zone_name = name == names ? source.default_timezone
                                         : TextDatumGetCString(gathered.zone_names->value(name));
        zones[name] = zone_named(zone_name, range, store_name(*gathered.stores, store));
        found[name] = true;
    }
    call_core([&] {
        std::vector<Zone> of_store(stores);
        for (std::uint32_t store = 0; store < stores; ++store)
            of_store[store] = zones[std::min(gathered.zone_of[store], names)];
        gathered.roster->get()->close(std::move(of_store));
    });
}

char* store_name(const Dictionary& stores, std::uint32_t store) { return store_text(stores.type(), stores.value(store)); }

}  // namespace store_uptime::pg
