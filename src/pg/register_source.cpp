// store_uptime.register_source and unregister_source: the only code that changes store_uptime.source.
//
// Everybody may register what everybody could read by a query of their own. The table itself is written as its owner, after
// the checks; nobody else may.
#include "pg/owner_trigger.hpp"
#include "pg/source_row.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "commands/dbcommands.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg {
namespace {

// The source that everybody uses who names none.
constexpr const char* kDefaultSource = "default";

struct Registration {
    Datum name;  // a name
    Datum parts[kParts];
    bool missing[kParts];
    Datum options;  // jsonb
};

const char* role_name(Oid role) {
    const char* name = GetUserNameFromId(role, true);
    return name != nullptr ? name : "(dropped)";
}

[[noreturn]] void others_source(const char* name, Oid owner) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("source \"%s\" belongs to role \"%s\"", name, role_name(owner)),
                    errhint("Register under another name, or ask the owner.")));
    pg_unreachable();
}

// A source is its owner's, members of the owner included. Publishers may also take what a role has that is none: names of
// sources must not be a matter of who comes first.
bool may_change(Oid user, Oid owner) {
    return has_privs_of_role(user, owner) || (is_publisher(user) && !is_publisher(owner));
}

void check_may_publish(const char* name) {
    if (std::strcmp(name, kDefaultSource) != 0 || is_publisher(GetUserId())) return;
    const char* role = quote_identifier(role_name(GetUserId()));
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("source \"%s\" is everybody's, and role \"%s\" may not register it", name, role_name(GetUserId())),
                    errdetail("Roles that may create schemas in the database may."),
                    errhint("Register under another name, as in source => '%s', or have the database's owner "
                            "GRANT CREATE ON DATABASE %s TO %s.",
                            role, quote_identifier(get_database_name(MyDatabaseId)), role)));
}

// 42501 unless the caller may read the columns that reports read.
void check_may_read(const SourceRelation& relation) {
    if (pg_class_aclcheck(relation.oid, GetUserId(), ACL_SELECT) == ACLCHECK_OK) return;
    for (const Column& column : relation.columns)
        if (column.name != nullptr && pg_attribute_aclcheck(relation.oid, column.number, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
            aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(relation.opened->rd_rel->relkind),
                           RelationGetRelationName(relation.opened));
}

// --- the table ---------------------------------------------------------------------------------------------------------

// Runs a statement as the table's owner; the number of rows.
std::uint64_t run_on_sources(const char* sql, int parameters, Oid* types, Datum* values, const char* nulls) {
    const Rights before = act_as_owner_of("source");
    const int code = SPI_execute_with_args(sql, parameters, types, values, nulls, false, 0);
    if (code < 0) elog(ERROR, "store_uptime: \"%s\" failed: %s", sql, SPI_result_code_string(code));
    restore(before);
    return SPI_processed;
}

// The owner of the source of that name, whose row is locked then.
std::optional<Oid> lock_source_row(Datum name) {
    Oid types[] = {NAMEOID};
    if (run_on_sources("SELECT owner_id FROM store_uptime.source WHERE name = $1 FOR UPDATE", 1, types, &name, nullptr) == 0)
        return std::nullopt;
    bool null = false;
    return DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

// Writes the row as `owner`'s, in place of one of that owner's or of `former`'s.
bool write_row(const Registration& source, Oid owner, Oid former) {
    constexpr const char* kWrite =
        "INSERT INTO store_uptime.source AS s (name, status, hours, timezones, special_hours, maintenance, options, owner)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT ON CONSTRAINT source_pkey DO UPDATE SET status = excluded.status, hours = excluded.hours,"
        " timezones = excluded.timezones, special_hours = excluded.special_hours, maintenance = excluded.maintenance,"
        " options = excluded.options, owner = excluded.owner, owner_id = excluded.owner_id"
        " WHERE s.owner_id IN (excluded.owner_id, $9)";
    NameData owner_is;
    namestrcpy(&owner_is, GetUserNameFromId(owner, false));
    Oid types[] = {NAMEOID,     REGCLASSOID, REGCLASSOID, REGCLASSOID, REGCLASSOID,
                   REGCLASSOID, JSONBOID,    NAMEOID,     OIDOID};
    Datum values[] = {source.name,     source.parts[0], source.parts[1],          source.parts[2],         source.parts[3],
                      source.parts[4], source.options,  NameGetDatum(&owner_is), ObjectIdGetDatum(former)};
    static_assert(kParts == 5 && lengthof(values) == lengthof(types));
    char nulls[lengthof(types)];
    std::fill(std::begin(nulls), std::end(nulls), ' ');
    for (int part = 0; part < kParts; ++part)
        if (source.missing[part]) nulls[1 + part] = 'n';
    return run_on_sources(kWrite, lengthof(types), types, values, nulls) > 0;
}

void register_row(const Registration& source) {
    const char* name = NameStr(*DatumGetName(source.name));
    const Oid user = GetUserId();
    const std::optional<Oid> former = lock_source_row(source.name);
    if (former && !may_change(user, *former)) others_source(name, *former);
    if (!former) check_may_publish(name);
    // A member changes the owner's source; anybody else who may change it becomes its owner.
    const bool stays = former && is_member_of_role_nosuper(user, *former);
    const Oid owner = stays ? *former : user;
    refresh_owner_names("source", owner);
    if (!write_row(source, owner, former.value_or(owner))) {
        const std::optional<Oid> rival = lock_source_row(source.name);
        others_source(name, rival.value_or(InvalidOid));
    }
    if (former && owner != *former)
        ereport(NOTICE, (errmsg("source \"%s\" belonged to role \"%s\" and is yours now", name, role_name(*former))));
}

// What reports need, seen by the caller. An error takes the row back.
void check_registered(const char* name) {
    PushCopiedSnapshot(GetActiveSnapshot());  // the calling query's does not show the row
    UpdateActiveSnapshotCommandId();
    Source* source = open_chosen_source(name);
    for (const SourceRelation& relation : source->parts)
        if (OidIsValid(relation.oid)) check_may_read(relation);
    close_source(source);
    PopActiveSnapshot();
}

}  // namespace

extern "C" {

SQL_FUNCTION(register_source);
SQL_FUNCTION(unregister_source);

// store_uptime.register_source(source, status, hours, timezones, special_hours, maintenance, options): see the manual.
Datum register_source(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a source needs a name and a relation of polls"),
                        errhint("As in store_uptime.register_source('default', 'store_status').")));
    Registration source = {};
    source.name = PG_GETARG_DATUM(0);
    for (int part = 0; part < kParts; ++part) {
        source.missing[part] = PG_ARGISNULL(1 + part);
        if (!source.missing[part]) source.parts[part] = PG_GETARG_DATUM(1 + part);
    }
    source.options = PG_ARGISNULL(1 + kParts) ? DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")) : PG_GETARG_DATUM(1 + kParts);
    SPI_connect();
    register_row(source);
    SPI_finish();
    check_registered(NameStr(*DatumGetName(source.name)));
    PG_RETURN_VOID();
}

// store_uptime.unregister_source(source): forgets a source; false if there was none.
Datum unregister_source(PG_FUNCTION_ARGS) {
    Datum name = PG_GETARG_DATUM(0);
    SPI_connect();
    const std::optional<Oid> owner = lock_source_row(name);
    if (owner && !may_change(GetUserId(), *owner)) others_source(NameStr(*DatumGetName(name)), *owner);
    Oid types[] = {NAMEOID};
    if (owner) run_on_sources("DELETE FROM store_uptime.source WHERE name = $1", 1, types, &name, nullptr);
    SPI_finish();
    PG_RETURN_BOOL(owner.has_value());
}

}  // extern "C"

}  // namespace store_uptime::pg
