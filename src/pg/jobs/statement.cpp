#include "pg/jobs/statement.hpp"

#include "pg/rights.hpp"

extern "C" {
#include "executor/tstoreReceiver.h"
}

namespace store_uptime::pg::jobs {

Parameters& Parameters::add(Oid type, Datum value, bool null) {
    if (count == kMax) elog(ERROR, "store_uptime: too many parameters");
    types[count] = type;
    values[count] = value;
    nulls[count] = null ? 'n' : ' ';
    ++count;
    return *this;
}

std::uint64_t run_on_queue(const char* sql, const Parameters& parameters, Sees sees) {
    const Rights before = act_as_owner_of("report_queue");
    const int code = SPI_execute_with_args(
        sql, parameters.count, const_cast<Oid*>(parameters.types),
        const_cast<Datum*>(parameters.values), parameters.nulls, sees == Sees::as_caller, 0);
    if (code < 0) elog(ERROR, "store_uptime: \"%s\" failed: %s", sql, SPI_result_code_string(code));
    restore(before);
    return SPI_processed;
}

void run_query(const char* sql, ParamListInfo parameters, DestReceiver* receiver) {
    SPIExecuteOptions options = {};
    options.params = parameters;
    options.read_only = true;
    options.dest = receiver;
    const int code = SPI_execute_extended(sql, &options);
    if (code != SPI_OK_SELECT)
        elog(ERROR, "store_uptime: \"%s\" failed: %s", sql, SPI_result_code_string(code));
}

DestReceiver* tuplestore_receiver(Tuplestorestate* rows) {
    DestReceiver* receiver = CreateDestReceiver(DestTuplestore);
    SetTuplestoreDestReceiverParams(receiver, rows, CurrentMemoryContext, true, nullptr, nullptr);
    return receiver;
}

Datum result(std::uint64_t row, int column, bool* null) {
    return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, null);
}

}  // namespace store_uptime::pg::jobs
