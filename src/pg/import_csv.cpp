// store_uptime.import_csv(): a CSV file on the server into a table.
//
// Two of PostgreSQL's COPY machines work together. The first only takes the file apart into fields (NextCopyFromRaw-
// Fields). Each row is then read here; a row that cannot be read is set aside. The others are written anew in COPY's
// binary format and handed to the second machine (CopyFrom with a data source), which brings them into the table as
// COPY does: defaults, constraints, triggers, partitions and all.
#include <sys/stat.h>

#include "pg/csv_target.hpp"
#include "pg/import_reject.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_authid.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "utils/acl.h"
#include "utils/rel.h"
}

namespace store_uptime::pg {
namespace {

struct Import {
    const char* path;
    CsvTarget* target;
    CopyFromState file;
    CsvHeader header;
    CopyFromState copy;
    CsvRow row;      // the last good row; at first COPY's own header
    int handed;      // how much of it COPY has
    std::int64_t lines;
    Rejects* rejects;
    bool verify;     // whether the file's bytes are still to be checked
    MemoryContext row_memory;
};
static_assert(std::is_trivially_destructible_v<Import>);

// COPY's data source has no argument. Set for as long as CopyFrom runs.
Import* current_import = nullptr;

// --- the file --------------------------------------------------------------------------------------------------------

void check_may_read_files() {
    if (has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES)) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("import_csv() reads files as the server, which is not allowed to role \"%s\"",
                           GetUserNameFromId(GetUserId(), false)),
                    errhint("Be a member of pg_read_server_files, or use psql's \\copy.")));
}

// Whoever opens a pipe waits for its other end, where nothing can cancel the statement, and a device may never end.
void check_is_file(const char* path) {
    struct stat found;
    if (stat(path, &found) != 0 || S_ISREG(found.st_mode)) return;  // COPY says what is wrong with a path
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a regular file", path),
                    errhint("Folders, pipes, sockets and devices cannot be imported; psql's \\copy reads whatever psql can.")));
}

List* add_option(List* options, const char* name, const char* value) {
    return lappend(options, makeDefElem(pstrdup(name), reinterpret_cast<Node*>(makeString(pstrdup(value))), -1));
}

// Files are taken to be UTF-8. In a database of that encoding COPY is told not to look at the bytes, so that a row
// with others is rejected instead of ending the import; elsewhere COPY converts them.
CopyFromState open_file(Import& import) {
    check_is_file(import.path);
    const int encoding = GetDatabaseEncoding();
    const bool as_is = encoding == PG_UTF8 || encoding == PG_SQL_ASCII;
    import.verify = encoding == PG_UTF8;
    List* options = add_option(NIL, "format", "csv");
    options = add_option(options, "encoding", as_is ? "SQL_ASCII" : "UTF8");
    return BeginCopyFrom(nullptr, import.target->relation, nullptr, import.path, false, nullptr, NIL, options);
}

// A line \. alone ends COPY's reading, and what follows would be lost in silence.
void check_really_at_end(const Import& import) {
    if (import.file->raw_reached_eof && import.file->input_buf_index >= import.file->input_buf_len) return;
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                    errmsg("line " UINT64_FORMAT " of \"%s\" is \\., COPY's end of data, but more lines follow",
                           import.file->cur_lineno, import.path),
                    errhint("Remove the line.")));
}

void read_first_line(Import& import) {
    char** fields = nullptr;
    int count = 0;
    if (!NextCopyFromRawFields(import.file, &fields, &count))
        ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("\"%s\" is empty", import.path),
                        errhint("The first line must name the columns.")));
    constexpr const char* kByteOrderMark = "\xEF\xBB\xBF";
    if (count > 0 && fields[0] != nullptr && std::strncmp(fields[0], kByteOrderMark, 3) == 0) fields[0] += 3;
    for (int i = 0; i < count; ++i)
        if (fields[i] != nullptr) pg_verifymbstr(fields[i], static_cast<int>(std::strlen(fields[i])), false);
    import.header = read_header(*import.target, import.path, fields, count);
}

// --- rows ------------------------------------------------------------------------------------------------------------

bool read_fields(Import& import, char** fields, int count) {
    CsvRow& row = import.row;
    const StringInfo line = &import.file->line_buf;
    if (import.verify && !pg_verify_mbstr(PG_UTF8, line->data, line->len, true)) {
        appendStringInfoString(&row.reason, "not valid UTF-8");
        return false;
    }
    if (count != import.header.count) {
        appendStringInfo(&row.reason, "the number of columns is %d, not %d", count, import.header.count);
        return false;
    }
    pq_sendint16(&row.bytes, static_cast<uint16>(count));
    for (int i = 0; i < count; ++i)
        if (!read_value(import.header.columns[i], import.target->words, fields[i], row)) return false;
    return check_row(*import.target, row);
}

// Reads up to the next good row; false at the end of the file.
bool next_row(Import& import) {
    MemoryContext const caller = MemoryContextSwitchTo(import.row_memory);
    bool good = false;
    while (!good) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(import.row_memory);
        const auto line_number = static_cast<std::int64_t>(import.file->cur_lineno) + 1;
        char** fields = nullptr;
        int count = 0;
        if (!NextCopyFromRawFields(import.file, &fields, &count)) break;
        ++import.lines;
        resetStringInfo(&import.row.bytes);
        resetStringInfo(&import.row.reason);
        good = read_fields(import, fields, count);
        if (!good)
            import.rejects->add(line_number, import.file->line_buf.data, import.file->line_buf.len, import.row.reason.data);
    }
    MemoryContextSwitchTo(caller);
    if (!good) check_really_at_end(import);
    return good;
}

void on_file_error(void* argument) {
    const auto* import = static_cast<const Import*>(argument);
    errcontext("import of \"%s\", line " UINT64_FORMAT, import->path, import->file->cur_lineno);
}

// COPY asks for its next bytes: one row at a time, so that the line number in its messages is that of the file.
int feed_copy(void* buffer, [[maybe_unused]] int least, int most) {
    Import& import = *current_import;
    if (import.handed == import.row.bytes.len) {
        ErrorContextCallback context = {error_context_stack, on_file_error, &import};
        error_context_stack = &context;
        const bool more = next_row(import);
        error_context_stack = context.previous;
        import.copy->cur_lineno = import.file->cur_lineno;
        if (!more) return 0;
        import.handed = 0;
    }
    const int bytes = std::min(most, import.row.bytes.len - import.handed);
    std::memcpy(buffer, import.row.bytes.data + import.handed, bytes);
    import.handed += bytes;
    return bytes;
}

// --- COPY ------------------------------------------------------------------------------------------------------------

CopyFromState open_copy(const Import& import) {
    ParseState* parse = make_parsestate(nullptr);
    addRangeTableEntryForRelation(parse, import.target->relation, RowExclusiveLock, nullptr, false, false);
    List* columns = NIL;
    for (int i = 0; i < import.header.count; ++i)
        columns = lappend(columns, makeString(pstrdup(import.header.columns[i].name)));
    CopyFromState copy = BeginCopyFrom(parse, import.target->relation, nullptr, nullptr, false, feed_copy, columns,
                                       add_option(NIL, "format", "binary"));
    for (int i = 0; i < import.header.count; ++i) {
        CsvColumn& column = import.header.columns[i];
        if (column.as_text) copy->in_functions[column.number - 1] = receive_text(column);
    }
    return copy;
}

// A trigger of the target may import as well, and fail, and be caught: the outer import must find itself again.
std::int64_t run_copy(Import& import) {
    Import* const outer = current_import;
    volatile std::int64_t landed = 0;
    PG_TRY();
    {
        current_import = &import;
        import.copy = open_copy(import);
        landed = static_cast<std::int64_t>(CopyFrom(import.copy));
        EndCopyFrom(import.copy);
    }
    PG_FINALLY();
    {
        current_import = outer;
    }
    PG_END_TRY();
    return landed;
}

struct Outcome {
    std::int64_t lines, landed, rejected;
};

Outcome import_file(Oid relation, const char* path) {
    SPI_connect();
    auto* import = static_cast<Import*>(palloc0(sizeof(Import)));
    import->path = path;
    import->target = open_target(relation);
    import->file = open_file(*import);
    read_first_line(*import);
    initStringInfo(&import->row.bytes);
    initStringInfo(&import->row.reason);
    import->rejects = Rejects::create();
    import->row_memory = AllocSetContextCreate(CurrentMemoryContext, "store_uptime import row", ALLOCSET_DEFAULT_SIZES);
    // What a binary file begins with: signature, no flags, no extension.
    appendBinaryStringInfo(&import->row.bytes, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);

    Outcome outcome;
    outcome.landed = run_copy(*import);
    EndCopyFrom(import->file);
    outcome.lines = import->lines;
    outcome.rejected = import->rejects->count();
    import->rejects->land(import->target->name, path);
    relation_close(import->target->relation, NoLock);  // the lock stays until the end of the transaction
    SPI_finish();
    return outcome;
}

}  // namespace

extern "C" {

PG_FUNCTION_INFO_V1(import_csv);
PGDLLEXPORT Datum import_csv(PG_FUNCTION_ARGS);

// store_uptime.import_csv(target regclass, path text): lines, landed, rejected.
Datum import_csv(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("target and path must not be NULL"),
                        errhint("As in store_uptime.import_csv('store_status', '/data/status.csv').")));
    check_may_read_files();
    const char* path = text_to_cstring(PG_GETARG_TEXT_PP(1));
    if (std::strlen(path) >= MAXPGPATH)
        ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("the path of a file is longer than %d bytes", MAXPGPATH - 1)));
    TupleDesc shape = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &shape) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "import_csv() must return a row");
    const Outcome outcome = import_file(PG_GETARG_OID(0), path);
    Datum values[] = {Int64GetDatum(outcome.lines), Int64GetDatum(outcome.landed), Int64GetDatum(outcome.rejected)};
    bool nulls[3] = {};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape), values, nulls)));
}

}  // extern "C"

}  // namespace store_uptime::pg
