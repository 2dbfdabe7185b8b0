#include "pg/convert.hpp"
#include "pg/import_reject.hpp"
#include "pg/rights.hpp"

extern "C" {
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "mb/pg_wchar.h"
}

namespace store_uptime::pg {
namespace {

// More of a line helps nobody to find what is wrong with it.
constexpr int kLongestText = 8192;

// The line as a text of the database's encoding: bytes that are none are written as \xHH.
Datum line_datum(const char* line, int length) {
    length = std::min(length, kLongestText);
    if (pg_verify_mbstr(GetDatabaseEncoding(), line, length, true)) return text_datum({line, static_cast<std::size_t>(length)});
    // The cut may have gone through a character.
    const int clipped = pg_mbcliplen(line, length, length);
    if (length == kLongestText && pg_verify_mbstr(GetDatabaseEncoding(), line, clipped, true))
        return text_datum({line, static_cast<std::size_t>(clipped)});
    StringInfoData text;
    initStringInfo(&text);
    for (int i = 0; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        if (byte < 0x80 && byte != 0)
            appendStringInfoChar(&text, line[i]);
        else
            appendStringInfo(&text, "\\x%02x", byte);
    }
    return text_datum({text.data, static_cast<std::size_t>(text.len)});
}

constexpr const char* kInsert =
    "INSERT INTO store_uptime.import_reject (line_number, text, reason, target, path, imported_by, importer_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)";

}  // namespace

Rejects* Rejects::create() {
    auto* rejects = static_cast<Rejects*>(palloc0(sizeof(Rejects)));
    rejects->rows_ = tuplestore_begin_heap(false, false, work_mem);
    rejects->shape_ = CreateTemplateTupleDesc(3);
    TupleDescInitEntry(rejects->shape_, 1, "line_number", INT8OID, -1, 0);
    TupleDescInitEntry(rejects->shape_, 2, "text", TEXTOID, -1, 0);
    TupleDescInitEntry(rejects->shape_, 3, "reason", TEXTOID, -1, 0);
    return rejects;
}

void Rejects::add(std::int64_t line_number, const char* line, int length, const char* reason) {
    Datum values[] = {Int64GetDatum(line_number), line_datum(line, length), CStringGetTextDatum(reason)};
    bool nulls[3] = {};
    tuplestore_putvalues(rows_, shape_, values, nulls);
    ++count_;
}

void Rejects::land(const char* target, const char* path) {
    if (count_ > 0) insert(target, path);
    tuplestore_end(rows_);
}

// The rows are written as the table's owner: nobody else may, so that what they say can be believed.
void Rejects::insert(const char* target, const char* path) {
    NameData user_name;
    namestrcpy(&user_name, GetUserNameFromId(GetUserId(), false));

    Oid types[] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, NAMEOID, OIDOID};
    Datum values[] = {0, 0, 0, CStringGetTextDatum(target), CStringGetTextDatum(path), NameGetDatum(&user_name),
                      ObjectIdGetDatum(GetUserId())};
    static_assert(lengthof(values) == lengthof(types));
    const Rights before = act_as_owner_of("import_reject");
    SPIPlanPtr insert = SPI_prepare(kInsert, lengthof(types), types);
    if (insert == nullptr) elog(ERROR, "store_uptime: %s", SPI_result_code_string(SPI_result));
    TupleTableSlot* slot = MakeSingleTupleTableSlot(shape_, &TTSOpsMinimalTuple);
    while (tuplestore_gettupleslot(rows_, true, false, slot)) {
        CHECK_FOR_INTERRUPTS();
        slot_getallattrs(slot);
        std::copy_n(slot->tts_values, 3, values);
        if (SPI_execute_plan(insert, values, nullptr, false, 0) != SPI_OK_INSERT)
            elog(ERROR, "store_uptime: cannot write to import_reject");
    }
    ExecDropSingleTupleTableSlot(slot);
    restore(before);
}

extern "C" {

SQL_FUNCTION(delete_rejects);

// store_uptime.delete_rejects(path): forgets lines of the current role's imports; their number.
Datum delete_rejects(PG_FUNCTION_ARGS) {
    constexpr const char* kDelete =
        "DELETE FROM store_uptime.import_reject WHERE importer_id = $1 AND ($2 IS NULL OR path = $2)";
    Oid types[] = {OIDOID, TEXTOID};
    Datum values[] = {ObjectIdGetDatum(GetUserId()), PG_ARGISNULL(0) ? Datum{0} : PG_GETARG_DATUM(0)};
    const char nulls[] = {' ', PG_ARGISNULL(0) ? 'n' : ' '};
    SPI_connect();
    const Rights before = act_as_owner_of("import_reject");
    if (SPI_execute_with_args(kDelete, lengthof(types), types, values, nulls, false, 0) != SPI_OK_DELETE)
        elog(ERROR, "store_uptime: cannot write to import_reject");
    const auto deleted = static_cast<std::int64_t>(SPI_processed);
    restore(before);
    SPI_finish();
    PG_RETURN_INT64(deleted);
}

}  // extern "C"

}  // namespace store_uptime::pg
