#include "pg/report_reader.hpp"

#include "pg/convert.hpp"
#include "pg/report_watch.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace store_uptime::pg {
namespace {

const char* list(const Words& words) {
    StringInfoData s;
    initStringInfo(&s);
    for (int i = 0; i < words.count; ++i) appendStringInfo(&s, "%s\"%s\"", i > 0 ? ", " : "", words.texts[i]);
    return s.data;
}

// Of so many the plan of a query is kept: about more stores, other plans may be better for other values.
constexpr int kFewStores = 32;

Date read_date(Datum value) {
    const DateADT date = DatumGetDateADT(value);
    if (DATE_IS_NOBEGIN(date)) return Date::min();
    if (DATE_IS_NOEND(date)) return Date::max();
    return to_date(date);
}

}  // namespace

template <void (ReportReader::*add)(const Datum*, const bool*)>
void ReportReader::read(const PlannedRows& rows) {
    read_rows(rows, [this](const Datum* values, const bool* nulls) { (this->*add)(values, nulls); });
}

ReportReader* ReportReader::create(const Request& request, MemoryContext context) {
    constexpr std::uint32_t kZones = 64;
    auto* r = static_cast<ReportReader*>(MemoryContextAllocZero(context, sizeof(ReportReader)));
    r->context_ = context;
    r->source_ = request.source;
    r->stores_ = request.stores;
    // Without a lower bound under max_gap=infinity: an infinite poll must be seen to be refused. One before the first
    // timestamp would be none either, and could not be written for another server.
    r->from_ = to_timestamp(request.reads.from) > MIN_TIMESTAMP ? to_timestamp(request.reads.from) : DT_NOBEGIN;
    r->to_ = to_timestamp(request.reads.to);
    r->maintained_until_ = request.maintained_until < kMaxInstant ? to_timestamp(request.maintained_until) : DT_NOEND;
    r->ids_ = StoreIds::create(context, *request.source);
    r->statuses_ = StatusReader::create(*request.source);
    r->zone_names_ = Dictionary::create(context, TEXTOID, InvalidOid);
    r->zone_stores_ = static_cast<char**>(MemoryContextAlloc(context, sizeof(char*) * kZones));
    r->zone_capacity_ = kZones;
    r->everywhere_ = hold<IntervalSet>(context);
    r->earliest_poll_ = kMaxInstant;
    return r;
}

char* ReportReader::zone_name(int zone) const {
    return TextDatumGetCString(zone_names_->value(static_cast<std::uint32_t>(zone)));
}

void ReportReader::null_value(const StoreKey& store, Part part, Role role) const {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("%s of store %s is null in %s", column_name(role), ids_->name(store),
                           source_->parts[part].name),
                    errhint("store_uptime.check_source('%s') lists such rows.", source_->name)));
    pg_unreachable();
}

// --- polls -----------------------------------------------------------------------------------------------------------

void ReportReader::unknown_status(StoreKey store, Datum value) const {
    const std::string_view word = text_view(value);
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("status \"%.*s\" of store %s is not known",
                           pg_mbcliplen(word.data(), static_cast<int>(word.size()), 100), word.data(), ids_->name(store)),
                    errhint("Up is %s, down is %s; source options active_values, inactive_values and unknown_values "
                            "can name others.", list(source_->active), list(source_->inactive))));
    pg_unreachable();
}

void ReportReader::uncountable_poll(StoreKey store, TimestampTz at) const {
    const int code = TIMESTAMP_NOT_FINITE(at) ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
    ereport(ERROR, (errcode(code), errmsg("a poll of store %s is at %s", ids_->name(store), timestamptz_to_str(at)),
                    errhint("Polls need a finite time; store_uptime.check_source('%s') counts such rows.", source_->name)));
    pg_unreachable();
}

void ReportReader::tell_polls() {
    if (report_watch != nullptr) report_watch->polls_read += polls_untold_;
    polls_untold_ = 0;
}

template <class ReadKey>
void ReportReader::add_poll(ReadKey read_key, const Datum* values, const bool* nulls) {
    if (nulls[0] || nulls[2]) return;  // nobody's poll, or of no time: check_source lists them
    const TimestampTz at = DatumGetTimestampTz(values[2]);
    if ((at < from_ || at >= to_) && !TIMESTAMP_NOT_FINITE(at)) return;
    const StoreKey store = read_key(values[0]);
    if (!is_countable(at)) uncountable_poll(store, at);
    const std::optional<Status> status = nulls[1] ? Status::unknown : statuses_.read(values[1]);
    if (!status) unknown_status(store, values[1]);
    const Poll poll{to_instant(at), *status};
    earliest_poll_ = std::min(earliest_poll_, poll.at);
    slices_->add(RowKind::poll, store, pack(poll));
    if (++polls_untold_ == kPollsPerTelling) tell_polls();
}

void ReportReader::read_polls(const PlannedRows& polls) {
    ids_->with_reader(column(kStatus, kStoreId), [&](auto read_key) {
        read_rows(polls, [=, this](const Datum* values, const bool* nulls) { add_poll(read_key, values, nulls); });
    });
}

void ReportReader::read_polls(const BareScan& scan) {
    ids_->with_reader(column(kStatus, kStoreId), [&](auto read_key) {
        scan_rows(scan, [=, this](const Datum* values, const bool* nulls) { add_poll(read_key, values, nulls); });
    });
}

// --- hours, special days, zones, maintenance -------------------------------------------------------------------------

// times: opens, closes.
Shift ReportReader::read_shift(const StoreKey& store, Part part, const Datum* times, const bool* nulls) const {
    if (nulls[0]) null_value(store, part, kOpens);
    if (nulls[1]) null_value(store, part, kCloses);
    Micros closes{DatumGetTimeADT(times[1])};
    if (source_->round_day_end) closes = round_day_end(closes);
    Shift shift;
    call_core([&] { shift = make_shift(Micros{DatumGetTimeADT(times[0])}, closes); });
    return shift;
}

void ReportReader::add_hours(const Datum* values, const bool* nulls) {
    if (nulls[0]) return;
    const StoreKey store = key_of(kHours, values[0]);
    if (nulls[1]) null_value(store, kHours, kWeekday);
    const std::int64_t weekday = read_integer(column(kHours, kWeekday), values[1]);
    if (weekday < 0 || weekday > 6)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("weekday " INT64_FORMAT " of store %s is not known", weekday, ids_->name(store)),
                        errhint("Weekdays count from 0 = Monday to 6 = Sunday.")));
    WeeklyRow row;
    row.weekday = static_cast<unsigned>(weekday);
    row.shift = read_shift(store, kHours, values + 2, nulls + 2);
    if (!nulls[4]) row.valid_from = read_date(values[4]);
    if (!nulls[5]) row.valid_until = read_date(values[5]);
    if (const std::optional<PackedHours> hours = pack(row))
        slices_->add(RowKind::hours, store, *hours);
    else
        slices_->add(RowKind::weekly, store, row);
}

void ReportReader::add_special_hours(const Datum* values, const bool* nulls) {
    if (nulls[0]) return;
    const StoreKey store = key_of(kSpecialHours, values[0]);
    SpecialRow row;
    row.date = read_date(values[1]);
    if (!nulls[2] || !nulls[3])  // neither: closed all day
        row.shift = read_shift(store, kSpecialHours, values + 2, nulls + 2);
    slices_->add(RowKind::special, store, row);
}

ZoneNumber ReportReader::number_zone(const StoreKey& store, Datum name) {
    const std::uint32_t known = zone_names_->size(), zone = zone_names_->number(name);
    if (zone == known) {
        const MemoryContext caller = MemoryContextSwitchTo(context_);
        if (zone == zone_capacity_) {
            zone_capacity_ *= 2;
            zone_stores_ = static_cast<char**>(repalloc_huge(zone_stores_, sizeof(char*) * zone_capacity_));
        }
        zone_stores_[zone] = ids_->name(store);
        MemoryContextSwitchTo(caller);
    }
    return ZoneNumber{zone};
}

void ReportReader::add_timezone(const Datum* values, const bool* nulls) {
    if (nulls[0]) return;
    const StoreKey store = key_of(kTimezones, values[0]);
    // A row without a zone makes a store of the report, with the default zone.
    const ZoneNumber zone = nulls[1] ? kNoZone : number_zone(store, values[1]);
    slices_->add(RowKind::zone, store, zone);
}

Instant ReportReader::read_bound(const char* store, Role role, Datum value, bool null) const {
    if (null)
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("%s of maintenance of %s is null in %s", column_name(role), store,
                               source_->parts[kMaintenance].name),
                        errhint("Use 'infinity' or '-infinity' for maintenance without an end or start.")));
    const TimestampTz at = DatumGetTimestampTz(value);
    if (at < to_timestamp(kMinInstant)) return kMinInstant;
    if (at > to_timestamp(kMaxInstant)) return kMaxInstant;
    return to_instant(at);
}

void ReportReader::add_maintenance(const Datum* values, const bool* nulls) {
    const bool all = nulls[0];
    const StoreKey store = all ? StoreKey{} : key_of(kMaintenance, values[0]);
    const char* name = all ? "all stores" : psprintf("store %s", ids_->name(store));
    const Interval removed{read_bound(name, kStartsAt, values[1], nulls[1]),
                           read_bound(name, kEndsAt, values[2], nulls[2])};
    const TimestampTz starts = DatumGetTimestampTz(values[1]);
    if (DatumGetTimestampTz(values[2]) <= starts)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("maintenance of %s ends at or before its start, %s", name, timestamptz_to_str(starts)),
                        errhint("Correct the row in %s.", source_->parts[kMaintenance].name)));
    if (removed.empty()) return;  // outside the time that can be asked about
    if (all)
        call_core([&] { everywhere_->get()->push_back(removed); });
    else
        slices_->add(RowKind::excluded, store, removed);
}

// --- the queries -----------------------------------------------------------------------------------------------------

// What is read of each relation, in the order in which the functions above take it.
constexpr Role kOfPolls[] = {kStoreId, kStatusValue, kPolledAt};
constexpr Role kOfHours[] = {kStoreId, kWeekday, kOpens, kCloses, kValidFrom, kValidUntil};
constexpr Role kOfTimezones[] = {kStoreId, kZone};
constexpr Role kOfSpecialHours[] = {kStoreId, kDate, kOpens, kCloses};
constexpr Role kOfMaintenance[] = {kStoreId, kStartsAt, kEndsAt};

// "SELECT a, b, c FROM relation", with the store list pushed down as its first condition.
RowQuery ReportReader::select(Part part, std::span<const Role> roles) const {
    RowQuery query = RowQuery::create(*source_, part);
    query.rechecked_conditions = 0;
    const char* separator = "SELECT ";
    for (const Role role : roles) {
        const Expression value = column_expression(*source_, part, role);
        appendStringInfo(&query.sql, "%s%s", separator, value.sql);
        query.returns(value.type, OidIsValid(value.type) ? &column(part, role) : nullptr);
        separator = ", ";
    }
    appendStringInfo(&query.sql, " FROM %s WHERE true", source_->parts[part].name);
    if (stores_ != nullptr) {
        query.rechecked_conditions = -1;
        query.is_small = ArrayGetNItems(ARR_NDIM(stores_), ARR_DIMS(stores_)) <= kFewStores;
        ArrayType* named = ids_->parse(stores_);
        const int stores = query.add(get_array_type(source_->store_type), PointerGetDatum(named));
        const char* id = column_expression(*source_, part, kStoreId).sql;
        const char* same = ids_->equality();
        if (part == kMaintenance)
            appendStringInfo(&query.sql, " AND (%s %s ANY ($%d) OR %s IS NULL)", id, same, stores, id);
        else
            appendStringInfo(&query.sql, " AND %s %s ANY ($%d)", id, same, stores);
    }
    return query;
}

// A parameter for an instant, in the column's own type so that indexes serve.
int ReportReader::instant_parameter(RowQuery& query, Part part, Role role, TimestampTz t) const {
    return query.add(column(part, role).base, TimestampTzGetDatum(t));
}

// Polls at infinite times are read wherever they are, to be refused. Of named stores they are looked for apart, so that
// an index on store and time gives the rest by its time. add_poll checks the time itself, so a plain scan need not.
PlannedRows ReportReader::plan_polls() const {
    RowQuery query = select(kStatus, kOfPolls);
    const char* at = column_expression(*source_, kStatus, kPolledAt).sql;
    const char* infinite = psprintf("%s OPERATOR(pg_catalog.=) ANY ('{-infinity,infinity}')", at);
    const char* of_stores = pstrdup(query.sql.data);
    StringInfoData in_reach;
    initStringInfo(&in_reach);
    appendStringInfo(&in_reach, "%s OPERATOR(pg_catalog.<) $%d", at, instant_parameter(query, kStatus, kPolledAt, to_));
    if (from_ != DT_NOBEGIN)
        appendStringInfo(&in_reach, " AND %s OPERATOR(pg_catalog.>=) $%d", at, instant_parameter(query, kStatus, kPolledAt, from_));
    if (stores_ != nullptr)
        appendStringInfo(&query.sql, " AND %s UNION ALL %s AND %s", in_reach.data, of_stores, infinite);
    else
        appendStringInfo(&query.sql, " AND (%s OR %s)", in_reach.data, infinite);
    if (query.rechecked_conditions >= 0) query.rechecked_conditions = 1;
    return plan_rows(query);
}

RowQuery ReportReader::special_hours_query() const {
    RowQuery query = select(kSpecialHours, kOfSpecialHours);
    query.rechecked_conditions = -1;
    appendStringInfo(&query.sql, " AND %s IS NOT NULL", column_expression(*source_, kSpecialHours, kDate).sql);
    return query;
}

// Rows without a bound, or that end before they start, are read to be refused.
RowQuery ReportReader::maintenance_query() const {
    RowQuery query = select(kMaintenance, kOfMaintenance);
    query.rechecked_conditions = -1;
    const char* starts = column_expression(*source_, kMaintenance, kStartsAt).sql;
    const char* ends = column_expression(*source_, kMaintenance, kEndsAt).sql;
    const int until = instant_parameter(query, kMaintenance, kStartsAt, maintained_until_);
    const int from = instant_parameter(query, kMaintenance, kEndsAt, from_);
    appendStringInfo(&query.sql,
                     " AND (%s OPERATOR(pg_catalog.<) $%d AND %s OPERATOR(pg_catalog.>) $%d"
                     " OR %s IS NULL OR %s IS NULL OR %s OPERATOR(pg_catalog.<=) %s)",
                     starts, until, ends, from, starts, ends, ends, starts);
    return query;
}

RowQuery ReportReader::calendar_query(Part part) const {
    switch (part) {
        case kHours:
            return select(kHours, kOfHours);
        case kTimezones:
            return select(kTimezones, kOfTimezones);
        case kSpecialHours:
            return special_hours_query();
        default:
            return maintenance_query();
    }
}

// Calls f(part, query) for each relation beside the polls.
template <class F>
void ReportReader::each_calendar_query(F f) const {
    for (const Part part : {kHours, kTimezones, kSpecialHours, kMaintenance}) {
        if (!OidIsValid(source_->parts[part].oid)) continue;
        const RowQuery query = calendar_query(part);
        f(part, query);
    }
}

void ReportReader::read_calendars() {
    each_calendar_query([this](Part part, const RowQuery& query) {
        const PlannedRows rows = plan_rows(query);
        switch (part) {
            case kHours:
                return read<&ReportReader::add_hours>(rows);
            case kTimezones:
                return read<&ReportReader::add_timezone>(rows);
            case kSpecialHours:
                return read<&ReportReader::add_special_hours>(rows);
            default:
                return read<&ReportReader::add_maintenance>(rows);
        }
    });
    call_core([this] { normalise(**everywhere_); });
}

bool ReportReader::calendars_are_safe_beside_workers() const {
    bool safe = true;
    each_calendar_query([&safe](Part, const RowQuery& query) { safe = safe && is_safe_beside_workers(query); });
    return safe;
}

void ReportReader::lock_calendars() const {
    each_calendar_query([](Part, const RowQuery& query) { give_up(plan_rows(query)); });
}

}  // namespace store_uptime::pg
