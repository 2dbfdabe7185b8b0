// What the types that store plain bytes behind a varlena header share: reading them, making them, comparing them.
//
// Their bytes are canonical (one way to write each value), so equality and hashes go by bytes.
#pragma once

#include "core/byte_code.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// The bytes of a value, detoasted if need be; they live as long as the value or the current memory context.
inline Bytes stored_bytes(Datum value) {
    const struct varlena* plain = PG_DETOAST_DATUM_PACKED(value);
    return {reinterpret_cast<const std::uint8_t*>(VARDATA_ANY(plain)), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(plain))};
}

// A new value of `size` bytes, to be written at the pointer it comes with. 54000 beyond what a value can hold; `what`
// names it there.
struct NewValue {
    Datum datum;
    std::uint8_t* bytes;
};
NewValue new_stored_bytes(std::size_t size, const char* what);
// The same value, of which the first `size` bytes were needed after all.
Datum cut_stored_bytes(const NewValue& value, std::size_t size);

// The whole rest of a message to a receive function.
Bytes received_bytes(FunctionCallInfo fcinfo);

bool same_bytes(FunctionCallInfo fcinfo);
Datum hash_bytes_of(FunctionCallInfo fcinfo);
Datum hash_bytes_extended_of(FunctionCallInfo fcinfo);
Datum send_bytes(FunctionCallInfo fcinfo);

}  // namespace store_uptime::pg
