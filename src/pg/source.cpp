// Finding a source's columns and options. One table (kColumns) says which columns each relation has, by which names
// they are usually known and what type they must be; adding a column is one line there.
#include "pg/source.hpp"

#include "pg/row_reader.hpp"
#include "pg/source_options.hpp"
#include "pg/source_row.hpp"

extern "C" {
#include "access/relation.h"
#include "access/table.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
}

namespace store_uptime::pg {
namespace {

enum class Kind { store, status, instant, weekday, time, date, words };

struct ColumnRule {
    Part part;
    Role role;
    bool required;
    Kind kind;
    // Usual names, compared in lower case without underscores and spaces; the standard name is tried too.
    std::array<const char*, 8> aliases;
};

constexpr ColumnRule kColumns[] = {
    {kStatus, kStoreId, true, Kind::store, {"store", "storeid"}},
    {kStatus, kStatusValue, true, Kind::status, {"state", "isactive", "active", "isup"}},
    {kStatus,
     kPolledAt,
     true,
     Kind::instant,
     {"timestamp", "observedat", "polledat", "polltime", "checkedat", "recordedat", "observationtime"}},
    {kHours, kStoreId, true, Kind::store, {"store"}},
    {kHours, kWeekday, true, Kind::weekday, {"day", "weekday", "dow"}},
    {kHours, kOpens, true, Kind::time, {"starttime", "opens", "opensat", "opentime", "openinghour", "startlocal"}},
    {kHours, kCloses, true, Kind::time, {"endtime", "closes", "closesat", "closetime", "closinghour", "endlocal"}},
    {kHours, kValidFrom, false, Kind::date, {}},
    {kHours, kValidUntil, false, Kind::date, {"validto"}},
    {kTimezones, kStoreId, true, Kind::store, {"store"}},
    {kTimezones, kZone, true, Kind::words, {"timezone", "tz", "tzname", "zone", "zonename", "timezonename"}},
    {kSpecialHours, kStoreId, true, Kind::store, {"store"}},
    {kSpecialHours, kDate, true, Kind::date, {"day", "specialdate", "localdate"}},
    {kSpecialHours, kOpens, true, Kind::time, {"starttime", "opens", "opensat", "opentime", "startlocal"}},
    {kSpecialHours, kCloses, true, Kind::time, {"endtime", "closes", "closesat", "closetime", "endlocal"}},
    {kMaintenance, kStoreId, true, Kind::store, {"store"}},
    {kMaintenance, kStartsAt, true, Kind::instant, {"startat", "startsat", "start", "starttime", "startedat"}},
    {kMaintenance, kEndsAt, true, Kind::instant, {"endat", "endsat", "end", "endtime", "endedat"}},
    {kMaintenance, kReason, false, Kind::words, {}},
};

constexpr const char* kPartNames[kParts] = {"status", "hours", "timezones", "special_hours", "maintenance"};
constexpr const char* kRoleNames[kRoles] = {
    "store_id",   "status",      "timestamp_utc", "day_of_week", "start_time_local", "end_time_local", "valid_from",
    "valid_until", "timezone_str", "date",          "starts_at",   "ends_at",          "reason"};

// Lower case, without underscores and spaces: dayOfWeek and day_of_week are one name.
void fold(const char* name, char (&to)[NAMEDATALEN]) {
    int n = 0;
    for (; *name != '\0' && n < NAMEDATALEN - 1; ++name)
        if (*name != '_' && *name != ' ') to[n++] = static_cast<char>(pg_tolower(static_cast<unsigned char>(*name)));
    to[n] = '\0';
}

bool is_usual_name(const ColumnRule& rule, const char* column) {
    char folded[NAMEDATALEN], standard[NAMEDATALEN];
    fold(column, folded);
    fold(kRoleNames[rule.role], standard);
    if (std::strcmp(folded, standard) == 0) return true;
    for (const char* alias : rule.aliases)
        if (alias != nullptr && std::strcmp(folded, alias) == 0) return true;
    return false;
}

bool has_kind(Kind kind, Oid type) {
    const Oid base = getBaseType(type);
    switch (kind) {
        case Kind::store: {
            const TypeCacheEntry* cache = lookup_type_cache(base, TYPECACHE_HASH_PROC | TYPECACHE_EQ_OPR);
            return OidIsValid(cache->hash_proc) && OidIsValid(cache->eq_opr);
        }
        case Kind::status:
            return base == BOOLOID || base == TEXTOID || base == VARCHAROID || base == BPCHAROID || type_is_enum(base);
        case Kind::instant:
            return base == TIMESTAMPTZOID || base == TIMESTAMPOID;
        case Kind::weekday:
            return base == INT2OID || base == INT4OID || base == INT8OID;
        case Kind::time:
            return base == TIMEOID;
        case Kind::date:
            return base == DATEOID;
        case Kind::words:
            return base == TEXTOID || base == VARCHAROID || base == BPCHAROID || base == NAMEOID || type_is_enum(base);
    }
    return false;
}

const char* allowed_types(Kind kind) {
    switch (kind) {
        case Kind::store:
            return "of a type with hash equality, such as bigint, uuid or text";
        case Kind::status:
            return "boolean or text";
        case Kind::instant:
            return "timestamptz, or timestamp taken as UTC";
        case Kind::weekday:
            return "an integer, 0 = Monday to 6 = Sunday";
        case Kind::time:
            return "time without time zone";
        case Kind::date:
            return "date";
        case Kind::words:
            return "text";
    }
    return "";
}

void set_column(Column& column, Form_pg_attribute a) {
    column.name = pstrdup(NameStr(a->attname));
    column.number = a->attnum;
    column.type = a->atttypid;
    column.modifier = a->atttypmod;
    column.base = getBaseType(a->atttypid);
    column.collation = a->attcollation;
}

// Finds the column that plays rule.role in the relation, by the name the options give or by its usual names.
void find_column(const Source& source, SourceRelation& relation, const ColumnRule& rule, TupleDesc columns,
                 const ColumnNames& names) {
    Column& found = relation.columns[rule.role];
    const ChosenName chosen = names.of[rule.part][rule.role];
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        if (a->attisdropped) continue;
        const bool fits = chosen.name ? std::strcmp(chosen.name, NameStr(a->attname)) == 0
                                      : is_usual_name(rule, NameStr(a->attname));
        if (!fits) continue;
        if (found.name != nullptr)
            ereport(ERROR,
                    (errcode(ERRCODE_AMBIGUOUS_COLUMN),
                     errmsg("source \"%s\": both \"%s\" and \"%s\" of %s could be %s", source.name, found.name,
                            NameStr(a->attname), relation.name, kRoleNames[rule.role]),
                     errhint("Name one in the options, as in '{\"%s\": {\"%s\": \"%s\"}}'.", kPartNames[rule.part],
                             kRoleNames[rule.role], found.name)));
        set_column(found, a);
    }
    if (found.name == nullptr && chosen.name != nullptr && !chosen.strict) {
        // Named for all relations at once, and this one has no such column: fall back to its usual names.
        ColumnNames usual = names;
        usual.of[rule.part][rule.role] = {};
        find_column(source, relation, rule, columns, usual);
        return;
    }
    if (found.name == nullptr && (rule.required || chosen.name != nullptr))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        chosen.name ? errmsg("source \"%s\": %s has no column \"%s\" for %s", source.name,
                                             relation.name, chosen.name, kRoleNames[rule.role])
                                    : errmsg("source \"%s\": %s has no column for %s", source.name, relation.name,
                                             kRoleNames[rule.role]),
                        errhint("Name the column in the options, as in '{\"%s\": {\"%s\": \"your_column\"}}'.",
                                kPartNames[rule.part], kRoleNames[rule.role])));
    if (found.name != nullptr && !has_kind(rule.kind, found.type))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("source \"%s\": column \"%s\" of %s is of type %s", source.name, found.name,
                               relation.name, format_type_be(found.type)),
                        errhint("%s must be %s.", kRoleNames[rule.role], allowed_types(rule.kind))));
}

// Store ids of every relation must be comparable with those of the polls.
void check_store_type(const Source& source, const SourceRelation& relation) {
    Oid type = relation.columns[kStoreId].type, wanted = source.store_type;
    if (!can_coerce_type(1, &type, &wanted, COERCION_EXPLICIT))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("source \"%s\": store ids of %s are of type %s, those of the polls of type %s",
                               source.name, relation.name, format_type_be(type), format_type_be(wanted)),
                        errhint("Give both relations the same type of store id, for example through a view.")));
}

// Locks a relation and opens it. The lock may take a while to get.
Relation open_part(const Source& source, Part part, Oid oid) {
    if (!OidIsValid(oid)) return nullptr;
    Relation opened = try_relation_open(oid, AccessShareLock);
    if (opened == nullptr) no_relation(source.name, part, oid);
    return opened;
}

void resolve_part(Source& source, Part part, const ColumnNames& names) {
    SourceRelation& relation = source.parts[part];
    if (relation.opened == nullptr) return;
    relation.name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation.opened)),
                                               RelationGetRelationName(relation.opened));
    const char kind = relation.opened->rd_rel->relkind;
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW &&
        kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("source \"%s\": %s cannot be read as a table", source.name, relation.name),
                        errhint("Use a table, partitioned table, foreign table, view or materialized view.")));
    for (const ColumnRule& rule : kColumns)
        if (rule.part == part) find_column(source, relation, rule, RelationGetDescr(relation.opened), names);
}

// Passes all texts of a source to f(text), always in the same order; null is one the source does not have.
template <class S, class F>
void each_text(S& source, F f) {
    f(source.name);
    f(source.default_timezone);
    for (auto& relation : source.parts) {
        f(relation.name);
        for (auto& column : relation.columns) f(column.name);
    }
    for (auto* words : {&source.active, &source.inactive, &source.unknown})
        for (int i = 0; i < words->count; ++i) f(words->texts[i]);
}

}  // namespace

Role usual_role(Part part, const char* column, Oid type) {
    for (const ColumnRule& rule : kColumns)
        if (rule.part == part && is_usual_name(rule, column) && (!OidIsValid(type) || has_kind(rule.kind, type)))
            return rule.role;
    return kRoles;
}

bool is_required(Part part, Role role) {
    for (const ColumnRule& rule : kColumns)
        if (rule.part == part && rule.role == role) return rule.required;
    return false;
}

const char* part_name(Part part) { return kPartNames[part]; }
const char* column_name(Role role) { return kRoleNames[role]; }

namespace {

Source* open_row(const SourceRow& row) {
    auto* source = static_cast<Source*>(palloc0(sizeof(Source)));
    source->name = pstrdup(NameStr(row.name));
    source->callers = act_for_source(row);
    const ColumnNames* names = read_options(*source, row.options);
    for (int part = 0; part < kParts; ++part) {
        source->parts[part].oid = row.parts[part];
        source->parts[part].opened = open_part(*source, static_cast<Part>(part), row.parts[part]);
    }
    // Names and columns are those that the relations have now that all are locked.
    for (int part = 0; part < kParts; ++part) resolve_part(*source, static_cast<Part>(part), *names);
    source->store_type = source->parts[kStatus].columns[kStoreId].base;
    if (is_integer(source->store_type)) source->store_type = INT8OID;
    if (source->store_type == VARCHAROID) source->store_type = TEXTOID;
    source->store_collation = source->parts[kStatus].columns[kStoreId].collation;
    for (const SourceRelation& relation : source->parts)
        if (OidIsValid(relation.oid)) check_store_type(*source, relation);
    return source;
}

}  // namespace

Source* open_source(const char* name) { return open_row(find_source(name)); }

Source* open_chosen_source(const char* name) { return open_row(chosen_source(name)); }

void close_source(Source* source) {
    for (const SourceRelation& relation : source->parts)
        if (relation.opened != nullptr) relation_close(relation.opened, NoLock);
    if (source->callers) restore(*source->callers);
}

StringInfoData flatten(const Source& source) {
    StringInfoData flat;
    initStringInfo(&flat);
    appendBinaryStringInfo(&flat, reinterpret_cast<const char*>(&source), sizeof source);
    each_text(source, [&](const char* text) {
        if (text != nullptr) appendBinaryStringInfo(&flat, text, static_cast<int>(std::strlen(text)) + 1);
    });
    return flat;
}

Source* read_flat_source(const char* flat) {
    auto* source = static_cast<Source*>(palloc(sizeof(Source)));
    std::memcpy(source, flat, sizeof *source);
    for (Words* words : {&source->active, &source->inactive, &source->unknown}) {
        words->texts = static_cast<const char**>(palloc(sizeof(char*) * words->count));
        std::fill_n(words->texts, words->count, flat);  // any text: none is null
    }
    for (SourceRelation& relation : source->parts) relation.opened = nullptr;
    const char* next = flat + sizeof *source;
    each_text(*source, [&](const char*& text) {
        if (text == nullptr) return;
        text = next;
        next += std::strlen(next) + 1;
    });
    return source;
}

Expression column_expression(const Source& source, Part part, Role role) {
    const Column& column = source.parts[part].columns[role];
    if (column.name == nullptr) return {"NULL", InvalidOid};
    const char* quoted = quote_identifier(column.name);
    Oid wanted = column.base;
    if (role == kStoreId && !(is_integer(column.base) && is_integer(source.store_type)))
        wanted = source.store_type;
    else if ((role == kStatusValue && column.base != BOOLOID) || role == kZone)
        wanted = TEXTOID;
    const bool as_is = column.base == wanted || (wanted == TEXTOID && column.base == VARCHAROID);
    const char* value = as_is ? quoted : psprintf("%s::%s", quoted, format_type_be_qualified(wanted));
    const Oid type = as_is ? column.type : wanted;
    // Which ids are equal is for the collation of the polls to say.
    const Oid collation = as_is ? column.collation : get_typcollation(wanted);
    if (role != kStoreId || collation == source.store_collation || !OidIsValid(source.store_collation)) return {value, type};
    return {psprintf("(%s COLLATE %s)", value, generate_collation_name(source.store_collation)), type};
}

bool is_integer(Oid type) noexcept { return type == INT2OID || type == INT4OID || type == INT8OID; }

}  // namespace store_uptime::pg

extern "C" {
PG_FUNCTION_INFO_V1(source_columns);
PG_FUNCTION_INFO_V1(latest_poll);
PGDLLEXPORT Datum source_columns(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum latest_poll(PG_FUNCTION_ARGS);

// store_uptime.source_columns(source): how a source's columns were found; see the manual.
Datum source_columns(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    const char* name = NameStr(*PG_GETARG_NAME(0));
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    Source* source = open_source(name);
    for (int part = 0; part < kParts; ++part)
        for (int role = 0; role < kRoles; ++role) {
            const Column& column = source->parts[part].columns[role];
            if (column.name == nullptr) continue;
            NameData column_is;
            namestrcpy(&column_is, column.name);
            Datum values[] = {CStringGetTextDatum(part_name(static_cast<Part>(part))),
                              ObjectIdGetDatum(source->parts[part].oid),
                              CStringGetTextDatum(column_name(static_cast<Role>(role))), NameGetDatum(&column_is),
                              ObjectIdGetDatum(column.type)};
            bool nulls[5] = {};
            tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        }
    close_source(source);
    return static_cast<Datum>(0);
}

// store_uptime.latest_poll(source): the newest finite poll time, or NULL.
Datum latest_poll(PG_FUNCTION_ARGS) {
    using namespace store_uptime::pg;
    Source* source = open_source(NameStr(*PG_GETARG_NAME(0)));
    const Column& column = source->parts[kStatus].columns[kPolledAt];
    const Expression at = column_expression(*source, kStatus, kPolledAt);
    RowQuery query = RowQuery::create(*source, kStatus);
    appendStringInfo(&query.sql, "SELECT pg_catalog.max(%s) FROM %s WHERE %s OPERATOR(pg_catalog.<) 'infinity'", at.sql,
                     source->parts[kStatus].name, at.sql);
    query.returns(column.base, &column);
    std::optional<TimestampTz> newest;
    read_rows(plan_rows(query), [&newest](const Datum* values, const bool* nulls) {
        // A timestamp without time zone is taken as UTC: the same number.
        if (!nulls[0]) newest = DatumGetTimestampTz(values[0]);
    });
    close_source(source);
    if (!newest || TIMESTAMP_NOT_FINITE(*newest)) PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ(*newest);
}
}
