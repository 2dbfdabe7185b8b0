// Asking a type's input function whether it takes a text. (Input functions that refuse without raising an error came
// with PostgreSQL 16, and not all of them do.)
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Sets *value, in the current memory context, and gives null; or gives the message of the error that the input function
// raised over the data. Other errors, such as a cancelled query, go on. Runs in a subtransaction: not for parallel mode.
const char* try_input(FmgrInfo* input, const char* text, Oid parameter, std::int32_t modifier, Datum* value);

}  // namespace store_uptime::pg
