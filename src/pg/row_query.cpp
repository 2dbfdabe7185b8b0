#include "pg/row_query.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
}

namespace store_uptime::pg {
namespace {

bool is_of_source(const RowQuery& query, Oid relation) {
    if (query.part != kParts) return query.source->parts[query.part].oid == relation;
    for (const SourceRelation& part : query.source->parts)
        if (part.oid == relation) return true;
    return false;
}

// Is an expression computed from that column, and no other?
bool is_from(const Expr* expression, const Column& column) {
    List* vars = pull_var_clause(reinterpret_cast<Node*>(const_cast<Expr*>(expression)), PVC_RECURSE_AGGREGATES);
    if (list_length(vars) != 1) return false;
    const auto* var = static_cast<const Var*>(linitial(vars));
    return var->varattno == column.number && var->vartype == column.type && var->vartypmod == column.modifier &&
           var->varcollid == column.collation;
}

// The result columns of a query that names the relation itself.
void check_columns(const RowQuery& query, const Query& rewritten) {
    ListCell* cell;
    foreach (cell, rewritten.targetList) {
        const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
        if (entry->resjunk || foreach_current_index(cell) >= query.results) continue;
        const Column* column = query.result[foreach_current_index(cell)].column;
        if (column != nullptr && !is_from(entry->expr, *column))
            source_changed(psprintf("column \"%s\" of %s", column->name, query.source->parts[query.part].name));
    }
}

bool is_as_found(const Column& column, TupleDesc row) {
    if (column.name == nullptr) return true;
    if (column.number > row->natts) return false;
    const Form_pg_attribute a = TupleDescAttr(row, column.number - 1);
    return std::strcmp(NameStr(a->attname), column.name) == 0 && a->atttypid == column.type &&
           a->atttypmod == column.modifier && a->attcollation == column.collation;
}

// Goes through the query as it was written, not into views.
void check_named(const RowQuery& query, const Query& rewritten) {
    check_stack_depth();
    ListCell* cell;
    foreach (cell, rewritten.rtable) {
        const auto* entry = static_cast<const RangeTblEntry*>(lfirst(cell));
        const Oid relation = named_relation_compat(entry);
        if (!OidIsValid(relation)) {
            if (entry->rtekind == RTE_SUBQUERY) check_named(query, *entry->subquery);
            continue;
        }
        if (!is_of_source(query, relation)) source_changed(psprintf("the name of relation \"%s\"", get_rel_name(relation)));
        if (query.part != kParts) check_columns(query, rewritten);
    }
}

}  // namespace

RowQuery RowQuery::create(const Source& source, Part part) {
    RowQuery query = {};
    query.source = &source;
    query.part = part;
    initStringInfo(&query.sql);
    query.rechecked_conditions = -1;
    return query;
}

int RowQuery::add(Oid type, Datum value) {
    if (parameters == kMaxParameters) elog(ERROR, "store_uptime: too many query parameters");
    types[parameters] = type;
    values[parameters] = value;
    return ++parameters;
}

void RowQuery::returns(Oid type, const Column* column) {
    if (results == kMaxResults) elog(ERROR, "store_uptime: too many result columns");
    result[results++] = {type, column};
}

void source_changed(const char* what) {
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    errmsg("%s was changed while it was about to be read", what),
                    IsolationUsesXactSnapshot() ? errhint("Ask again in a new transaction, which sees what is there now.")
                                                : errhint("Ask again: a new statement sees what is there now.")));
    pg_unreachable();
}

void check_relations(const RowQuery& query) {
    for (const SourceRelation& relation : query.source->parts) {
        if (relation.opened == nullptr) continue;
        for (const Column& column : relation.columns)
            if (!is_as_found(column, RelationGetDescr(relation.opened)))
                source_changed(psprintf("column \"%s\" of %s", column.name, relation.name));
    }
}

void check_names(const RowQuery& query, const Query& rewritten) {
    check_named(query, rewritten);
    ListCell* cell;
    int columns = 0;
    foreach (cell, rewritten.targetList) {
        const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
        if (entry->resjunk) continue;
        const Oid type = exprType(reinterpret_cast<Node*>(entry->expr));
        if (columns >= query.results || (OidIsValid(query.result[columns].type) && query.result[columns].type != type))
            source_changed(psprintf("the type of result \"%s\"", entry->resname != nullptr ? entry->resname : "?"));
        ++columns;
    }
    if (columns != query.results) elog(ERROR, "store_uptime: a query has %d columns, not %d", columns, query.results);
}

void check_row_type(const RowQuery& query, TupleDesc row) {
    if (row->natts != query.results) elog(ERROR, "store_uptime: rows have %d columns, not %d", row->natts, query.results);
    for (int i = 0; i < row->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(row, i);
        if (OidIsValid(query.result[i].type) && a->atttypid != query.result[i].type)
            source_changed(psprintf("the type of result \"%s\"", NameStr(a->attname)));
    }
}

}  // namespace store_uptime::pg
