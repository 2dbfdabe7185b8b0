#include "pg/source_row.hpp"

extern "C" {
#include "utils/acl.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

namespace store_uptime::pg {
namespace {

bool role_exists(Oid role) { return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)); }

// How the owner is called now.
const char* owner_name(const SourceRow& row) {
    const char* now = GetUserNameFromId(row.owner, true);
    return now != nullptr ? now : row.owner_is;
}

[[noreturn]] void not_registered(const char* name) {
    SPI_connect();
    SPI_execute("SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.name)"
                " FROM store_uptime.source AS s", true, 0);
    char* known = SPI_processed > 0 ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) : nullptr;
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    known ? errmsg("source \"%s\" is not registered", name)
                          : errmsg("no source is registered, so there is no source \"%s\"", name),
                    known ? errhint("Registered are: %s. See store_uptime.register_source and "
                                    "store_uptime.create_tables.", known)
                          : errhint("Call store_uptime.create_tables() to make the standard tables, or "
                                    "store_uptime.register_source() for tables that exist already.")));
    pg_unreachable();
}

// The plan of the query below, kept for the session: it is run for each report.
SPIPlanPtr row_query() {
    static SPIPlanPtr kept = nullptr;
    if (kept != nullptr) return kept;
    Oid types[] = {NAMEOID};
    SPIPlanPtr plan = SPI_prepare(
        "SELECT s.name, s.owner_id, s.owner, s.options, s.status::pg_catalog.oid, s.hours::pg_catalog.oid,"
        " s.timezones::pg_catalog.oid, s.special_hours::pg_catalog.oid, s.maintenance::pg_catalog.oid"
        " FROM store_uptime.source AS s WHERE s.name OPERATOR(pg_catalog.=) $1", lengthof(types), types);
    if (plan == nullptr || SPI_keepplan(plan) != 0) elog(ERROR, "store_uptime: %s", SPI_result_code_string(SPI_result));
    return kept = plan;
}

std::optional<SourceRow> read_row(const char* name) {
    NameData wanted;
    namestrcpy(&wanted, name);
    Datum values[] = {NameGetDatum(&wanted)};
    SPI_connect();
    if (SPI_execute_plan(row_query(), values, nullptr, true, 1) != SPI_OK_SELECT)
        elog(ERROR, "store_uptime: cannot read the table of sources");
    std::optional<SourceRow> found;
    if (SPI_processed > 0) {
        HeapTuple row = SPI_tuptable->vals[0];
        TupleDesc shape = SPI_tuptable->tupdesc;
        const auto column = [&](int number, bool* null) { return SPI_getbinval(row, shape, number, null); };
        bool null = false;
        found.emplace();
        found->name = *DatumGetName(column(1, &null));
        found->owner = DatumGetObjectId(column(2, &null));
        found->owner_is = NameStr(*DatumGetName(SPI_datumTransfer(column(3, &null), false, NAMEDATALEN)));
        found->options = SPI_datumTransfer(column(4, &null), false, -1);
        for (int part = 0; part < kParts; ++part) {
            const Datum oid = column(5 + part, &null);
            found->parts[part] = null ? InvalidOid : DatumGetObjectId(oid);
        }
    }
    SPI_finish();
    return found;
}

// A longer text is cut to what a name holds, before a character that does not fit as a whole.
constexpr int kLongestCharacter = 4;
constexpr int kLongestQualified = NAMEDATALEN - 1 - kLongestCharacter;
bool may_be_cut_short(const char* name) { return std::strlen(name) > kLongestQualified; }

// Is that the owner's name? An owner that was dropped keeps it until another role has it.
bool is_owned_by(const SourceRow& row, const char* role) {
    return std::strcmp(owner_name(row), role) == 0 && (role_exists(row.owner) || !OidIsValid(get_role_oid(role, true)));
}

// Of "owner.name", with quotes as in SQL, the source if it is that owner's.
std::optional<SourceRow> read_row_of_owner(const char* qualified) {
    List* names = NIL;
    if (!SplitIdentifierString(pstrdup(qualified), '.', &names) || list_length(names) != 2) return std::nullopt;
    if (may_be_cut_short(qualified))
        ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("\"%s\" may have been cut short", qualified),
                        errdetail("With the name of its owner, that of a source has %d bytes at most.", kLongestQualified),
                        errhint("Have it registered under a shorter name.")));
    const std::optional<SourceRow> row = read_row(static_cast<const char*>(lsecond(names)));
    return row && is_owned_by(*row, static_cast<const char*>(linitial(names))) ? row : std::nullopt;
}

[[noreturn]] void name_the_owner(const char* name, const SourceRow& row) {
    const char* qualified = psprintf("%s.%s", quote_identifier(owner_name(row)), quote_identifier(name));
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("source \"%s\" was registered by role \"%s\"", name, owner_name(row)),
                    errdetail("Its views would run their functions with your rights."),
                    may_be_cut_short(qualified)
                        ? errhint("If you want that, have it registered under a shorter name and name the owner too.")
                        : errhint("If you want that, name the owner too: '%s'.", qualified)));
    pg_unreachable();
}

bool trusts(Oid user, Oid owner) { return has_privs_of_role(user, owner) || is_publisher(owner); }

}  // namespace

bool is_publisher(Oid role) { return superuser_arg(role) || may_create_in_database_compat(role); }

SourceRow find_source(const char* name) {
    const std::optional<SourceRow> row = read_row(name);
    if (row && trusts(GetUserId(), row->owner)) return *row;
    if (const std::optional<SourceRow> named = read_row_of_owner(name)) return *named;
    if (!row) not_registered(name);
    name_the_owner(name, *row);
}

SourceRow chosen_source(const char* name) {
    const std::optional<SourceRow> row = read_row(name);
    if (!row) not_registered(name);
    return *row;
}

std::optional<Rights> act_for_source(const SourceRow& row) {
    if (!superuser() || superuser_arg(row.owner)) return std::nullopt;
    if (!role_exists(row.owner))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("role \"%s\", which registered source \"%s\", does not exist any more", row.owner_is,
                               NameStr(row.name)),
                        errhint("Register the source anew with store_uptime.register_source: it is yours then.")));
    return act_as(row.owner);
}

void no_relation(const char* source, Part part, Oid relation) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("source \"%s\": its %s relation (OID %u) does not exist any more", source, part_name(part),
                           relation),
                    errhint("Register the source anew with store_uptime.register_source.")));
    pg_unreachable();
}

void check_source_is_there(const char* name) {
    const SourceRow row = find_source(name);
    for (int part = 0; part < kParts; ++part)
        if (OidIsValid(row.parts[part]) && !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(row.parts[part])))
            no_relation(NameStr(row.name), static_cast<Part>(part), row.parts[part]);
}

}  // namespace store_uptime::pg
