#include "pg/row_reader.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
}

namespace store_uptime::pg {
namespace {

// A destination of the executor that passes rows on.
struct RowReceiver {
    DestReceiver base;  // first: the executor knows it by this
    RowFunction row;
    void* self;
};

bool receive(TupleTableSlot* slot, DestReceiver* base) {
    auto* receiver = reinterpret_cast<RowReceiver*>(base);
    slot_getallattrs(slot);
    receiver->row(receiver->self, slot->tts_values, slot->tts_isnull);
    return true;
}

void start(DestReceiver*, int, TupleDesc) {}
void finish(DestReceiver*) {}

ParamListInfo parameter_list(const RowQuery& query) {
    ParamListInfo list = makeParamList(query.parameters);
    for (int i = 0; i < query.parameters; ++i)
        list->params[i] = {query.values[i], false, PARAM_FLAG_CONST, query.types[i]};
    return list;
}

}  // namespace

RowQuery RowQuery::create() {
    RowQuery query = {};
    initStringInfo(&query.sql);
    return query;
}

int RowQuery::add(Oid type, Datum value) {
    if (parameters == kMaxParameters) elog(ERROR, "store_uptime: too many query parameters");
    types[parameters] = type;
    values[parameters] = value;
    return ++parameters;
}

std::uint64_t estimate_rows(const RowQuery& query) {
    List* parsed = pg_parse_query(query.sql.data);
    List* analyzed = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, parsed), query.sql.data, query.types,
                                                        query.parameters, nullptr);
    List* planned = pg_plan_queries(analyzed, query.sql.data, CURSOR_OPT_PARALLEL_OK, parameter_list(query));
    return static_cast<std::uint64_t>(linitial_node(PlannedStmt, planned)->planTree->plan_rows);
}

void read_rows(const RowQuery& query, RowFunction row, void* self) {
    RowReceiver receiver = {};
    receiver.base.receiveSlot = receive;
    receiver.base.rStartup = start;
    receiver.base.rShutdown = finish;
    receiver.base.rDestroy = finish;
    receiver.base.mydest = DestTuplestore;  // any that keeps no rows in SPI and is not DestNone, which means "discard"
    receiver.row = row;
    receiver.self = self;

    SPIExecuteOptions options = {};
    options.params = parameter_list(query);
    options.read_only = true;  // the snapshot of the calling query
    options.dest = &receiver.base;
    const int result = SPI_execute_extended(query.sql.data, &options);
    if (result != SPI_OK_SELECT)
        elog(ERROR, "store_uptime: reading rows failed: %s", SPI_result_code_string(result));
}

}  // namespace store_uptime::pg
