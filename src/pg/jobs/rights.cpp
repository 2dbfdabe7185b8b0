#include "pg/jobs/rights.hpp"

#include "pg/jobs/queue.hpp"

namespace store_uptime::pg::jobs {
namespace {

Rights switch_to(Oid role, int flags) {
    Rights before = {};
    GetUserIdAndSecContext(&before.user, &before.context);
    before.settings = NewGUCNestLevel();
    SetUserIdAndSecContext(role, before.context | flags);
    return before;
}

}  // namespace

Rights act_as_queue_owner() {
    const Rights before = switch_to(queue_owner(), SECURITY_LOCAL_USERID_CHANGE);
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                      GUC_ACTION_SAVE, true, 0, false);
    return before;
}

Rights act_as(Oid role) {
    return switch_to(role, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
}

void restore(const Rights& rights) {
    AtEOXact_GUC(false, rights.settings);
    SetUserIdAndSecContext(rights.user, rights.context);
}

}  // namespace store_uptime::pg::jobs
