#include "pg/report_reader.hpp"

#include "pg/convert.hpp"
#include "pg/report_watch.hpp"
#include "pg/row_reader.hpp"
#include "pg/settings.hpp"
#include "pg/zone_postgres.hpp"

namespace store_uptime::pg {
namespace {

// What the row functions work on.
struct Reading {
    const Request* request;
    const Source* source;
    Gathered* gathered;
    MemoryContext context;
    TimestampTz from, to;  // of the polls that matter
    std::uint32_t zone_capacity;
};

const Column& column(const Reading& r, Part part, Role role) { return r.source->parts[part].columns[role]; }

StoreKey key_of(const Reading& r, Part part, Datum id) { return r.gathered->ids->key(column(r, part, kStoreId), id); }

[[noreturn]] void null_value(const Reading& r, const StoreKey& store, Part part, Role role) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("%s of store %s is null in %s", column_name(role), r.gathered->ids->name(store),
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

[[noreturn]] void bad_status(const Reading& r, const StoreKey& store, std::string_view text) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("status \"%.*s\" of store %s is not known", static_cast<int>(std::min<std::size_t>(text.size(), 100)),
                           text.data(), r.gathered->ids->name(store)),
                    errhint("Up is %s, down is %s; source options active_values, inactive_values and unknown_values "
                            "can name others.", list(r.source->active), list(r.source->inactive))));
    pg_unreachable();
}

Status read_status(const Reading& r, const StoreKey& store, Datum value, bool null) {
    if (null) return Status::unknown;
    if (column(r, kStatus, kStatusValue).base == BOOLOID) return DatumGetBool(value) ? Status::up : Status::down;
    const std::string_view word = view(DatumGetTextPP(value));
    if (among(r.source->active, word)) return Status::up;
    if (among(r.source->inactive, word)) return Status::down;
    if (among(r.source->unknown, word)) return Status::unknown;
    bad_status(r, store, word);
}

void on_poll(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0] || nulls[2]) return;  // nobody's poll, or of no time: check_source lists them
    const TimestampTz at = DatumGetTimestampTz(values[2]);
    if (at < r.from || at >= r.to) return;
    const StoreKey store = key_of(r, kStatus, values[0]);
    if (!is_countable(at))
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                        errmsg("a poll of store %s is at %s", r.gathered->ids->name(store), timestamptz_to_str(at)),
                        errhint("Polls need a finite time; store_uptime.check_source('%s') counts such rows.",
                                r.source->name)));
    const Poll poll{to_instant(at), read_status(r, store, values[1], nulls[1])};
    r.gathered->earliest_poll = std::min(r.gathered->earliest_poll, poll.at);
    r.gathered->slices->add(RowKind::poll, store, pack(poll));
    if (report_watch != nullptr) ++report_watch->polls_read;
}

// --- hours, special days, zones, maintenance -------------------------------------------------------------------------

Shift read_shift(const Reading& r, const StoreKey& store, Part part, Datum opens, bool no_opens, Datum closes, bool no_closes) {
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
    const StoreKey store = key_of(r, kHours, values[0]);
    if (nulls[1]) null_value(r, store, kHours, kWeekday);
    const std::int64_t weekday = read_integer(column(r, kHours, kWeekday), values[1]);
    if (weekday < 0 || weekday > 6)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("weekday " INT64_FORMAT " of store %s is not known", weekday, r.gathered->ids->name(store)),
                        errhint("Weekdays count from 0 = Monday to 6 = Sunday.")));
    WeeklyRow row;
    row.weekday = static_cast<unsigned>(weekday);
    row.shift = read_shift(r, store, kHours, values[2], nulls[2], values[3], nulls[3]);
    if (!nulls[4]) row.valid_from = read_date(values[4]);
    if (!nulls[5]) row.valid_until = read_date(values[5]);
    r.gathered->slices->add(RowKind::weekly, store, row);
}

void on_special_hours(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0]) return;
    const StoreKey store = key_of(r, kSpecialHours, values[0]);
    SpecialRow row;
    row.date = read_date(values[1]);
    if (!nulls[2] || !nulls[3])  // neither: closed all day
        row.shift = read_shift(r, store, kSpecialHours, values[2], nulls[2], values[3], nulls[3]);
    r.gathered->slices->add(RowKind::special, store, row);
}

// The number of a zone's name, with the first store that bears it.
ZoneNumber number_zone(Reading& r, const StoreKey& store, Datum name) {
    Gathered& g = *r.gathered;
    const std::uint32_t known = g.zone_names->size(), zone = g.zone_names->number(name);
    if (zone == known) {
        const MemoryContext caller = MemoryContextSwitchTo(r.context);
        if (zone == r.zone_capacity) {
            r.zone_capacity *= 2;
            g.zone_stores = static_cast<char**>(repalloc_huge(g.zone_stores, sizeof(char*) * r.zone_capacity));
        }
        g.zone_stores[zone] = g.ids->name(store);
        MemoryContextSwitchTo(caller);
    }
    return ZoneNumber{zone};
}

void on_timezone(void* self, const Datum* values, const bool* nulls) {
    Reading& r = *static_cast<Reading*>(self);
    if (nulls[0]) return;
    const StoreKey store = key_of(r, kTimezones, values[0]);
    // A row without a zone makes a store of the report, with the default zone.
    const ZoneNumber zone = nulls[1] ? kNoZone : number_zone(r, store, values[1]);
    r.gathered->slices->add(RowKind::zone, store, zone);
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
    const StoreKey store = everywhere ? StoreKey{} : key_of(r, kMaintenance, values[0]);
    const char* name = everywhere ? "all stores" : psprintf("store %s", r.gathered->ids->name(store));
    const Interval removed{maintenance_bound(r, values[1], nulls[1], name, kStartsAt),
                           maintenance_bound(r, values[2], nulls[2], name, kEndsAt)};
    if (removed.empty())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("maintenance of %s ends at or before its start, %s", name,
                               timestamptz_to_str(to_timestamp(removed.from))),
                        errhint("Correct the row in %s.", r.source->parts[kMaintenance].name)));
    if (everywhere)
        call_core([&] { r.gathered->everywhere->get()->push_back(removed); });
    else
        r.gathered->slices->add(RowKind::excluded, store, removed);
}

// --- the queries -----------------------------------------------------------------------------------------------------

// "SELECT a, b, c FROM relation", with the store list pushed down as its first condition.
RowQuery select(const Reading& r, Part part, std::initializer_list<Role> roles) {
    const Source& source = *r.source;
    RowQuery query = RowQuery::create();
    query.rechecked_conditions = 0;
    const char* separator = "SELECT ";
    for (const Role role : roles) {
        appendStringInfo(&query.sql, "%s%s", separator, column_expression(source, part, role));
        separator = ", ";
    }
    appendStringInfo(&query.sql, " FROM %s WHERE true", source.parts[part].name);
    if (r.request->stores != nullptr) {
        query.rechecked_conditions = -1;
        const int stores = query.add(get_array_type(source.store_type),
                                     PointerGetDatum(r.gathered->ids->parse(r.request->stores)));
        const char* id = column_expression(source, part, kStoreId);
        if (part == kMaintenance)
            appendStringInfo(&query.sql, " AND (%s = ANY ($%d) OR %s IS NULL)", id, stores, id);
        else
            appendStringInfo(&query.sql, " AND %s = ANY ($%d)", id, stores);
    }
    return query;
}

// A parameter for an instant, in the column's own type so that indexes serve.
int instant_parameter(RowQuery& query, const Reading& r, Part part, Role role, TimestampTz t) {
    return query.add(column(r, part, role).base, TimestampTzGetDatum(t));
}

// on_poll checks the time itself, so a plain scan need not.
PlannedRows plan_polls(const Reading& r) {
    RowQuery query = select(r, kStatus, {kStoreId, kStatusValue, kPolledAt});
    const char* at = column_expression(*r.source, kStatus, kPolledAt);
    int conditions = 1;
    if (r.from != DT_NOBEGIN) {
        appendStringInfo(&query.sql, " AND %s >= $%d", at, instant_parameter(query, r, kStatus, kPolledAt, r.from));
        ++conditions;
    }
    appendStringInfo(&query.sql, " AND %s < $%d", at, instant_parameter(query, r, kStatus, kPolledAt, r.to));
    if (query.rechecked_conditions >= 0) query.rechecked_conditions = conditions;
    return plan_rows(query);
}

PlannedRows plan_special_hours(const Reading& r) {
    RowQuery query = select(r, kSpecialHours, {kStoreId, kDate, kOpens, kCloses});
    query.rechecked_conditions = -1;
    appendStringInfo(&query.sql, " AND %s IS NOT NULL", column_expression(*r.source, kSpecialHours, kDate));
    return plan_rows(query);
}

// Rows without a bound, or that end before they start, are read to be refused.
PlannedRows plan_maintenance(const Reading& r) {
    RowQuery query = select(r, kMaintenance, {kStoreId, kStartsAt, kEndsAt});
    query.rechecked_conditions = -1;
    const char* starts = column_expression(*r.source, kMaintenance, kStartsAt);
    const char* ends = column_expression(*r.source, kMaintenance, kEndsAt);
    const int until = instant_parameter(query, r, kMaintenance, kStartsAt, r.to);
    const int from = instant_parameter(query, r, kMaintenance, kEndsAt, r.from);
    appendStringInfo(&query.sql, " AND (%s < $%d AND %s > $%d OR %s IS NULL OR %s IS NULL OR %s <= %s)", starts, until,
                     ends, from, starts, ends, ends, starts);
    return plan_rows(query);
}

// How many slices for about so many polls: as many as keep a slice within the processor's cache, and within the budget.
std::uint32_t slice_count(double polls, std::size_t budget) {
    constexpr double kCachedPolls = 32768, kBytesPerPoll = 64;  // while a slice is worked on, with its stores' hours
    constexpr std::uint32_t kMost = 1024;
    const double for_memory = polls * kBytesPerPoll > static_cast<double>(budget) ? polls * kBytesPerPoll / budget * 4 : 1;
    const double wanted = std::max(std::min(polls / kCachedPolls, 64.0), for_memory);
    std::uint32_t count = 1;
    while (count < wanted && count < kMost) count *= 2;
    return count;
}

void read_calendars(Reading& r) {
    const Source& source = *r.source;
    if (OidIsValid(source.parts[kHours].oid))
        read_rows(plan_rows(select(r, kHours, {kStoreId, kWeekday, kOpens, kCloses, kValidFrom, kValidUntil})), on_hours, &r);
    if (OidIsValid(source.parts[kTimezones].oid))
        read_rows(plan_rows(select(r, kTimezones, {kStoreId, kZone})), on_timezone, &r);
    if (OidIsValid(source.parts[kSpecialHours].oid)) read_rows(plan_special_hours(r), on_special_hours, &r);
    if (OidIsValid(source.parts[kMaintenance].oid)) read_rows(plan_maintenance(r), on_maintenance, &r);
    call_core([&] { normalise(*r.gathered->everywhere->get()); });
}

}  // namespace

Gathered* gather(const Request& request, MemoryContext context) {
    constexpr std::uint32_t kZones = 64;
    auto* g = static_cast<Gathered*>(MemoryContextAllocZero(context, sizeof(Gathered)));
    g->ids = StoreIds::create(context, *request.source);
    g->zone_names = Dictionary::create(context, TEXTOID, InvalidOid);
    g->zone_stores = static_cast<char**>(MemoryContextAlloc(context, sizeof(char*) * kZones));
    g->everywhere = hold<IntervalSet>(context);
    g->earliest_poll = kMaxInstant;
    // Without a lower bound under max_gap=infinity: an infinite poll must be seen to be refused.
    const TimestampTz from = request.reads.from > kMinInstant ? to_timestamp(request.reads.from) : DT_NOBEGIN;
    Reading reading = {&request, request.source, g, context, from, to_timestamp(request.reads.to), kZones};

    const PlannedRows polls = plan_polls(reading);
    if (report_watch != nullptr) report_watch->polls_expected += static_cast<std::uint64_t>(polls.estimate);
    const std::size_t budget = report_memory();
    g->slices = Slices::create(context, g->ids->key_kind(), slice_count(polls.estimate, budget), budget);
    read_rows(polls, on_poll, &reading);
    read_calendars(reading);
    return g;
}

const Zone* resolve_zones(const Gathered& gathered, const Source& source, const Question& question) {
    Interval range = question.resolves(gathered.earliest_poll);
    if (range.empty()) range = {question.as_of(), question.as_of() + Micros{1}};
    const std::uint32_t names = gathered.zone_names->size();
    auto* zones = static_cast<Zone*>(palloc0(sizeof(Zone) * (names + 1)));
    for (std::uint32_t i = 0; i < names; ++i)
        zones[i] = zone_named(TextDatumGetCString(gathered.zone_names->value(i)), range, gathered.zone_stores[i]);
    zones[names] = zone_named(source.default_timezone, range, nullptr);
    return zones;
}

}  // namespace store_uptime::pg
