#include "pg/try_input.hpp"

namespace store_uptime::pg {
namespace {

bool is_data_error(int sqlstate) {
    const int category = ERRCODE_TO_CATEGORY(sqlstate);
    return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

}  // namespace

const char* try_input(FmgrInfo* input, const char* text, Oid parameter, std::int32_t modifier,
                      Datum* value) {
    MemoryContext const caller = CurrentMemoryContext;
    ResourceOwner const owner = CurrentResourceOwner;
    const char* volatile reason = nullptr;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller);
    PG_TRY();
    {
        *value = InputFunctionCall(input, const_cast<char*>(text), parameter, modifier);
        ReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        if (!is_data_error(error->sqlerrcode)) ReThrowError(error);
        reason = error->message != nullptr ? error->message : "";
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    CurrentResourceOwner = owner;
    return reason;
}

}  // namespace store_uptime::pg
