// One SQL statement on the queue, with typed parameters, and its result row.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/tuplestore.h"
}

namespace store_uptime::pg::jobs {

// Parameters in the order of $1, $2 …
struct Parameters {
    static constexpr int kMax = 12;
    int count = 0;
    Oid types[kMax];
    Datum values[kMax];
    char nulls[kMax];

    Parameters& add(Oid type, Datum value, bool null = false);
};

// What a statement sees: what is committed by now, or what the calling query sees.
enum class Sees { latest, as_caller };

// Runs a statement with the rights of the queue's owner; the number of rows it returned or changed.
// Rows are then in SPI_tuptable.
std::uint64_t run_on_queue(const char* sql, const Parameters& parameters = {},
                           Sees sees = Sees::latest);

// Runs a query under the active snapshot with the rights of the current user, each row as it comes
// to the receiver.
void run_query(const char* sql, ParamListInfo parameters, DestReceiver* receiver);

// A receiver that keeps the rows.
DestReceiver* tuplestore_receiver(Tuplestorestate* rows);

// A value of a row in SPI_tuptable.
Datum result(std::uint64_t row, int column, bool* null);

}  // namespace store_uptime::pg::jobs
