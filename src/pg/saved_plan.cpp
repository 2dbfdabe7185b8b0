#include "pg/saved_plan.hpp"

extern "C" {
#include "tcop/tcopprot.h"
}

namespace store_uptime::pg {
namespace {

// Five queries for each of some sources. None is ever given up, for it may be running, further up the stack.
constexpr int kMostPlans = 64;

CachedPlanSource* saved[kMostPlans];
int saved_count = 0;

bool is_for(const CachedPlanSource* plan, const RowQuery& query) {
    return plan->num_params == query.parameters &&
           std::equal(query.types, query.types + query.parameters, plan->param_types) &&
           std::strcmp(plan->query_string, query.sql.data) == 0;
}

CachedPlanSource* prepare(const RowQuery& query) {
    auto* raw = static_cast<RawStmt*>(linitial(pg_parse_query(query.sql.data)));
    CachedPlanSource* plan = CreateCachedPlan(raw, query.sql.data, CMDTAG_SELECT);
    Oid types[RowQuery::kMaxParameters];
    std::copy_n(query.types, query.parameters, types);
    List* rewritten = pg_analyze_and_rewrite_fixedparams(raw, query.sql.data, types, query.parameters, nullptr);
    // The types of the result are compared each time (check_names), so they may change.
    CompleteCachedPlan(plan, rewritten, nullptr, types, query.parameters, nullptr, nullptr, CURSOR_OPT_GENERIC_PLAN, false);
    SaveCachedPlan(plan);
    return plan;
}

}  // namespace

CachedPlanSource* saved_plan(const RowQuery& query) {
    for (CachedPlanSource* plan : std::span(saved, saved_count))
        if (is_for(plan, query)) return plan;
    if (saved_count == kMostPlans) return nullptr;
    CachedPlanSource* plan = prepare(query);
    return saved[saved_count++] = plan;
}

}  // namespace store_uptime::pg
