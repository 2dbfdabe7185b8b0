// Store ids as users name them: texts to values of the source's type, and back.
#pragma once

#include "pg/source.hpp"

namespace store_uptime::pg {

// The text[] `names` as an array of the source's store type. Names that no value of an integer or uuid type can have
// are left out, for nothing knows them; NULL elements too. Other types' input functions may raise their own errors.
ArrayType* store_ids(const Source& source, ArrayType* names);

// A store id as text, for rows and errors.
char* store_text(Oid type, Datum store);

}  // namespace store_uptime::pg
