#include "pg/saved_plan.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace store_uptime::pg {
namespace {

// Five queries for each of some sources. None is ever given up, for it may be running, further up the stack.
constexpr int kMostPlans = 64;
constexpr int kMostParameters = 4;

struct Saved {
    const char* sql;
    int parameters;
    Oid types[kMostParameters];
    SPIPlanPtr plan;

    bool is_for(const char* other, int count, const Oid* other_types) const noexcept {
        return parameters == count && std::equal(types, types + count, other_types) && std::strcmp(sql, other) == 0;
    }
};

Saved saved[kMostPlans];
int saved_count = 0;

}  // namespace

SPIPlanPtr saved_plan(const char* sql, int parameters, const Oid* types) {
    for (const Saved& s : std::span(saved, saved_count))
        if (s.is_for(sql, parameters, types)) return s.plan;
    if (saved_count == kMostPlans || parameters > kMostParameters) return nullptr;
    SPIPlanPtr plan = SPI_prepare_cursor(sql, parameters, const_cast<Oid*>(types), CURSOR_OPT_GENERIC_PLAN);
    if (plan == nullptr) elog(ERROR, "store_uptime: cannot prepare a query: %s", SPI_result_code_string(SPI_result));
    const char* copy = MemoryContextStrdup(TopMemoryContext, sql);
    if (SPI_keepplan(plan) != 0) elog(ERROR, "store_uptime: cannot keep a plan");
    Saved& added = saved[saved_count++];
    added = {copy, parameters, {}, plan};
    std::copy_n(types, parameters, added.types);
    return plan;
}

}  // namespace store_uptime::pg
