#include "pg/stored_bytes.hpp"

extern "C" {
#include "common/hashfn.h"
#include "libpq/pqformat.h"
}

namespace store_uptime::pg {

NewValue new_stored_bytes(std::size_t size, const char* what) {
    if (size > MaxAllocSize - VARHDRSZ)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("%s would be larger than 1 GB", what),
                        errhint("Keep it in several values, for example one a year.")));
    auto* value = static_cast<struct varlena*>(palloc(size + VARHDRSZ));
    SET_VARSIZE(value, size + VARHDRSZ);
    return {PointerGetDatum(value), reinterpret_cast<std::uint8_t*>(VARDATA(value))};
}

Datum cut_stored_bytes(const NewValue& value, std::size_t size) {
    auto* whole = reinterpret_cast<struct varlena*>(DatumGetPointer(value.datum));
    // What goes into a row soon is not worth moving.
    constexpr std::size_t kLarge = 64 * 1024;
    const bool move = VARSIZE(whole) - size > kLarge;
    auto* cut = move ? static_cast<struct varlena*>(repalloc(whole, size + VARHDRSZ)) : whole;
    SET_VARSIZE(cut, size + VARHDRSZ);
    return PointerGetDatum(cut);
}

Bytes received_bytes(FunctionCallInfo fcinfo) {
    auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const auto left = static_cast<std::size_t>(message->len - message->cursor);
    return {reinterpret_cast<const std::uint8_t*>(pq_getmsgbytes(message, static_cast<int>(left))), left};
}

bool same_bytes(FunctionCallInfo fcinfo) {
    const Bytes a = stored_bytes(PG_GETARG_DATUM(0)), b = stored_bytes(PG_GETARG_DATUM(1));
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

Datum hash_bytes_of(FunctionCallInfo fcinfo) {
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    return hash_any(bytes.data(), static_cast<int>(bytes.size()));
}

Datum hash_bytes_extended_of(FunctionCallInfo fcinfo) {
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    return hash_any_extended(bytes.data(), static_cast<int>(bytes.size()), static_cast<uint64>(PG_GETARG_INT64(1)));
}

Datum send_bytes(FunctionCallInfo fcinfo) {
    const Bytes bytes = stored_bytes(PG_GETARG_DATUM(0));
    StringInfoData message;
    pq_begintypsend(&message);
    pq_sendbytes(&message, reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size()));
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

}  // namespace store_uptime::pg
