// The rows that a set-returning function gives, into the call's tuplestore.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

class RowSet {
 public:
    // Rows of the function's declared type; for a set of single values, of that one column.
    explicit RowSet(FunctionCallInfo fcinfo, bool single_column = false) {
        InitMaterializedSRF(fcinfo, single_column ? MAT_SRF_USE_EXPECTED_DESC : 0);
        result_ = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    }

    // Adds a row. What its values point to is copied.
    void put(const Datum* values, const bool* nulls) {
        CHECK_FOR_INTERRUPTS();
        tuplestore_putvalues(result_->setResult, result_->setDesc, const_cast<Datum*>(values), const_cast<bool*>(nulls));
    }

    // What the function has to return.
    Datum done() const noexcept { return Datum{0}; }

 private:
    ReturnSetInfo* result_;
};

static_assert(std::is_trivially_destructible_v<RowSet>);

}  // namespace store_uptime::pg
