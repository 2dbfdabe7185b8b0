#include "pg/csv_target.hpp"

#include "pg/source_row.hpp"

extern "C" {
#include "access/table.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"
}

namespace store_uptime::pg {
namespace {

void check_is_insertable(Relation relation) {
    const char kind = relation->rd_rel->relkind;
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_FOREIGN_TABLE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("cannot import into \"%s\", which is not a table", RelationGetRelationName(relation)),
                        errhint("Import into a table, partitioned table or foreign table.")));
    if (!relation->rd_islocaltemp) PreventCommandIfReadOnly("import_csv()");
    // Rows come by COPY, which does not know row security.
    if (check_enable_rls(RelationGetRelid(relation), InvalidOid, false) == RLS_ENABLED)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot import into table \"%s\" with row-level security", RelationGetRelationName(relation)),
                        errhint("Import into a table of your own and INSERT from there.")));
}

// An extension that spreads a table over machines plans queries of it as a node of its own, of no relation. COPY's
// machinery lies below such an extension: it would fill the empty table that stands here, where no query sees the rows.
void check_is_kept_here(const CsvTarget& target) {
    const char* sql = psprintf("SELECT FROM %s", target.name);
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(sql)));
    auto* query = static_cast<Query*>(linitial(pg_analyze_and_rewrite_fixedparams(raw, sql, nullptr, 0, nullptr)));
    const Plan* plan = pg_plan_query(query, sql, 0, nullptr)->planTree;
    if (IsA(plan, CustomScan) && reinterpret_cast<const Scan*>(plan)->scanrelid == 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot import into table \"%s\", whose rows an extension keeps elsewhere",
                               RelationGetRelationName(target.relation)),
                        errhint("Import into a table of your own and INSERT from there.")));
}

// The texts with a null after the last.
const char** end_by_null(const Words& words) {
    auto* texts = static_cast<const char**>(palloc0(sizeof(char*) * (words.count + 1)));
    std::copy_n(words.texts, words.count, texts);
    return texts;
}

// The source in which the table is registered, or null: one of the user's own, or else of the table's owner. Nobody else
// decides how the user's file is read.
const char* registered_source(Relation table) {
    constexpr const char* kQuery =
        "SELECT s.name FROM store_uptime.source AS s WHERE $1 OPERATOR(pg_catalog.=) ANY (ARRAY[s.status::pg_catalog.oid,"
        " s.hours::pg_catalog.oid, s.timezones::pg_catalog.oid, s.special_hours::pg_catalog.oid,"
        " s.maintenance::pg_catalog.oid]) AND s.owner_id OPERATOR(pg_catalog.=) ANY (ARRAY[$2, $3])"
        " ORDER BY s.owner_id OPERATOR(pg_catalog.<>) $2, s.name LIMIT 1";
    Oid types[] = {OIDOID, OIDOID, OIDOID};
    Datum values[] = {ObjectIdGetDatum(RelationGetRelid(table)), ObjectIdGetDatum(GetUserId()),
                      ObjectIdGetDatum(table->rd_rel->relowner)};
    if (SPI_execute_with_args(kQuery, lengthof(types), types, values, nullptr, true, 1) != SPI_OK_SELECT)
        elog(ERROR, "store_uptime: cannot read the table of sources");
    return SPI_processed == 0 ? nullptr : SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

// Takes part and roles from that source.
bool find_registered(CsvTarget& target) {
    const char* name = registered_source(target.relation);
    if (name == nullptr) return false;
    Source* source = open_chosen_source(name);
    const Oid relation = RelationGetRelid(target.relation);
    int part = 0;
    while (part < kParts - 1 && source->parts[part].oid != relation) ++part;
    target.part = static_cast<Part>(part);
    target.words = {end_by_null(source->active), end_by_null(source->inactive), end_by_null(source->unknown)};
    TupleDesc columns = RelationGetDescr(target.relation);
    for (int i = 0; i < columns->natts; ++i)
        for (int role = 0; role < kRoles; ++role) {
            const char* name = source->parts[part].columns[role].name;
            if (name != nullptr && std::strcmp(name, NameStr(TupleDescAttr(columns, i)->attname)) == 0)
                target.roles[i] = static_cast<Role>(role);
        }
    close_source(source);
    return true;
}

// Sets the roles that the columns play by their usual names in that part; false if it lacks one.
bool fits(CsvTarget& target, Part part) {
    TupleDesc columns = RelationGetDescr(target.relation);
    bool have[kRoles] = {};
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        target.roles[i] = a->attisdropped ? kRoles : usual_role(part, NameStr(a->attname), a->atttypid);
        if (target.roles[i] != kRoles) have[target.roles[i]] = true;
    }
    for (int role = 0; role < kRoles; ++role)
        if (is_required(part, static_cast<Role>(role)) && !have[role]) return false;
    return true;
}

void guess_part(CsvTarget& target) {
    static const char* active[] = {"active", nullptr};
    static const char* inactive[] = {"inactive", nullptr};
    static const char* unknown[] = {nullptr};
    target.words = {active, inactive, unknown};
    for (int part = 0; part < kParts; ++part)
        if (fits(target, static_cast<Part>(part))) {
            target.part = static_cast<Part>(part);
            return;
        }
    std::fill_n(target.roles, RelationGetDescr(target.relation)->natts, kRoles);
    target.part = kParts;
}

// --- the header ------------------------------------------------------------------------------------------------------

constexpr bool is_passed_over(char c) { return c == '_' || c == ' ' || (c >= '\t' && c <= '\r'); }

// The same name but for case, underscores and blanks.
bool same_name(const char* a, const char* b) {
    for (;; ++a, ++b) {
        while (is_passed_over(*a)) ++a;
        while (is_passed_over(*b)) ++b;
        if (pg_tolower(static_cast<unsigned char>(*a)) != pg_tolower(static_cast<unsigned char>(*b))) return false;
        if (*a == '\0') return true;
    }
}

// The index of the attribute a header name means: one of that very name, else of the same name, else the one that
// plays the role which the name usually means. -1: none.
int find_attribute(const CsvTarget& target, const char* header) {
    TupleDesc columns = RelationGetDescr(target.relation);
    const Role role = target.part == kParts ? kRoles : usual_role(target.part, header, InvalidOid);
    int best = -1, best_rank = 0;
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        if (a->attisdropped || a->attgenerated != '\0') continue;
        const char* name = NameStr(a->attname);
        int rank = 0;
        if (std::strcmp(name, header) == 0)
            rank = 3;
        else if (same_name(name, header))
            rank = 2;
        else if (role != kRoles && target.roles[i] == role)
            rank = 1;
        if (rank > best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

// "store_id, status, timestamp_utc"
const char* list_columns(Relation relation) {
    TupleDesc columns = RelationGetDescr(relation);
    StringInfoData list;
    initStringInfo(&list);
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        if (a->attisdropped || a->attgenerated != '\0') continue;
        appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", NameStr(a->attname));
    }
    return list.data;
}

[[noreturn]] void no_header(const CsvTarget& target, const char* path) {
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                    errmsg("the first line of \"%s\" is not a header for %s", path, target.name),
                    errhint("It must name columns in any order: %s.", list_columns(target.relation))));
    pg_unreachable();
}

[[noreturn]] void unknown_column(const CsvTarget& target, const char* path, const char* header) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of \"%s\" has no place in %s", header, path, target.name),
                    errhint("The table's columns are %s.", list_columns(target.relation))));
    pg_unreachable();
}

void check_missing(const CsvTarget& target, const char* path, const bool* named) {
    TupleDesc columns = RelationGetDescr(target.relation);
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        if (a->attisdropped || named[i] || a->attgenerated != '\0') continue;
        const bool needed = target.roles[i] != kRoles && is_required(target.part, target.roles[i]);
        const bool filled = a->atthasdef || a->attidentity != '\0';
        if (needed || (a->attnotnull && !filled))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("\"%s\" has no column for \"%s\" of %s", path, NameStr(a->attname), target.name),
                            errhint("The first line of the file must name it.")));
    }
}

void check_privilege(const CsvTarget& target, const CsvHeader& header) {
    const Oid relation = RelationGetRelid(target.relation);
    if (pg_class_aclcheck(relation, GetUserId(), ACL_INSERT) == ACLCHECK_OK) return;
    for (int i = 0; i < header.count; ++i)
        if (pg_attribute_aclcheck(relation, header.columns[i].number, GetUserId(), ACL_INSERT) != ACLCHECK_OK)
            aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(target.relation->rd_rel->relkind),
                           RelationGetRelationName(target.relation));
}

// Whether reports could do without the value, and the table can.
bool may_be_null(Part part, Role role, Form_pg_attribute a) {
    if (a->attnotnull) return false;
    switch (role) {
        case kStoreId:
            return part == kMaintenance;  // for all stores
        case kOpens:
        case kCloses:
            return part == kSpecialHours;  // closed
        case kPolledAt:
        case kWeekday:
        case kDate:
        case kStartsAt:
        case kEndsAt:
            return false;
        default:
            return true;
    }
}

}  // namespace

CsvTarget* open_target(Oid relation) {
    auto* target = static_cast<CsvTarget*>(palloc0(sizeof(CsvTarget)));
    target->relation = try_table_open(relation, RowExclusiveLock);
    if (target->relation == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the relation with OID %u does not exist", relation),
                        errhint("Name a table.")));
    check_is_insertable(target->relation);
    target->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(target->relation)),
                                              RelationGetRelationName(target->relation));
    check_is_kept_here(*target);
    const int count = RelationGetDescr(target->relation)->natts;
    target->roles = static_cast<Role*>(palloc(sizeof(Role) * (count + 1)));
    std::fill_n(target->roles, count, kRoles);
    if (!find_registered(*target)) guess_part(*target);
    return target;
}

CsvHeader read_header(const CsvTarget& target, const char* path, char** names, int count) {
    TupleDesc columns = RelationGetDescr(target.relation);
    CsvHeader header = {count, static_cast<CsvColumn*>(palloc0(sizeof(CsvColumn) * count))};
    auto* named = static_cast<bool*>(palloc0(columns->natts + 1));
    const char* unknown = nullptr;
    int known = 0;
    for (int i = 0; i < count; ++i) {
        const char* name = names[i] != nullptr ? names[i] : "";
        const int found = find_attribute(target, name);
        if (found < 0) {
            if (unknown == nullptr) unknown = name;
            continue;
        }
        ++known;
        const Form_pg_attribute a = TupleDescAttr(columns, found);
        if (named[found])
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("\"%s\" has two columns for \"%s\" of %s", path, NameStr(a->attname), target.name),
                            errhint("Leave one of them in the file.")));
        named[found] = true;
        header.columns[i].role = target.roles[found];
        header.columns[i].nullable = may_be_null(target.part, target.roles[found], a);
        describe_value(header.columns[i], a);
    }
    // One or two values of a first row may look like names ("active" does), but hardly most of them.
    if (2 * known < count) no_header(target, path);
    if (unknown != nullptr) unknown_column(target, path, unknown);
    check_missing(target, path, named);
    check_privilege(target, header);
    return header;
}

bool check_row(const CsvTarget& target, CsvRow& row) {
    if (target.part == kMaintenance && row.instant[kEndsAt] <= row.instant[kStartsAt])
        appendStringInfo(&row.reason, "%s is not after %s", column_name(kEndsAt), column_name(kStartsAt));
    else if (target.part == kSpecialHours && row.null[kOpens] != row.null[kCloses])
        appendStringInfo(&row.reason, "only one of %s and %s is given", column_name(kOpens), column_name(kCloses));
    else
        return true;
    return false;
}

}  // namespace store_uptime::pg
