#include "pg/settings.hpp"

extern "C" {
#include "executor/nodeHash.h"
}

namespace store_uptime::pg {

int max_attempts = 3;
int max_report_workers = 4;
int report_retention = 30 * 24 * 3600;
int report_timeout = 0;
int workers_per_report = 2;
int timezone_provider = static_cast<int>(TimezoneProvider::postgres);

namespace {

int work_mem_kb = -1;

const config_enum_entry kTimezoneProviders[] = {
    {"postgres", static_cast<int>(TimezoneProvider::postgres), false},
    {"icu", static_cast<int>(TimezoneProvider::icu), false},
    {nullptr, 0, false},
};

// Limits protect the server, so users cannot change them; a superuser can, also for one database (ALTER DATABASE).
void define_job_settings() {
    DefineCustomIntVariable("store_uptime.max_attempts", "How often a report in the background is tried.",
                            "A report whose worker is killed or crashes is started anew until it was tried so often.",
                            &max_attempts, max_attempts, 1, 100, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.max_report_workers",
                            "How many reports run in the background of a database at a time.",
                            "Others wait in the queue. 0 starts none.", &max_report_workers, max_report_workers, 0,
                            1024, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.report_retention", "How long reports are kept after they have ended.",
                            "Workers and purge_reports() delete older ones. -1 keeps them for ever.",
                            &report_retention, report_retention, -1, INT_MAX, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr,
                            nullptr);
    DefineCustomIntVariable("store_uptime.report_timeout", "How long a report in the background may take.",
                            "One that takes longer fails. 0 sets no limit.", &report_timeout, report_timeout, 0,
                            INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.workers_per_report",
                            "How many processes compute one large report in the background.",
                            "The worker and its parallel workers. Answers do not depend on it.", &workers_per_report,
                            workers_per_report, 1, 64, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

}  // namespace

std::size_t report_memory() {
    return work_mem_kb < 0 ? get_hash_memory_limit() : static_cast<std::size_t>(work_mem_kb) * 1024;
}

void define_settings() {
    define_job_settings();
    DefineCustomEnumVariable(
        "store_uptime.timezone_provider", "Where time zone rules come from.",
        "postgres: the server's own time zone database, as AT TIME ZONE uses. icu: the ICU library's, which may be "
        "older or newer; store_uptime.timezone_audit() lists the differences.",
        &timezone_provider, static_cast<int>(TimezoneProvider::postgres), kTimezoneProviders, PGC_USERSET, 0, nullptr,
        nullptr, nullptr);
    DefineCustomIntVariable(
        "store_uptime.work_mem", "How much memory a report may use before it goes to temporary files.",
        "-1: work_mem times hash_mem_multiplier, as for the server's own hash tables. Answers do not depend on it.",
        &work_mem_kb, -1, -1, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("store_uptime");
}

}  // namespace store_uptime::pg
