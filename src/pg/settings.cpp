#include "pg/settings.hpp"

#include "pg/jobs/withheld_settings.hpp"

extern "C" {
#include "executor/nodeHash.h"
#include "utils/varlena.h"
}

namespace store_uptime::pg {

int max_attempts = 3;
int max_queued_reports = 1000;
int max_report_workers = 4;
int report_retention = 30 * 24 * 3600;
int report_timeout = 3600 * 1000;
int workers_per_report = 2;
int timezone_provider = static_cast<int>(TimezoneProvider::postgres);

namespace {

int work_mem_kb = -1;
int workers_per_role = 0;  // 0: one fewer than there are for all
char* carry_settings = nullptr;

// The names in a list, or nothing if it is none.
std::optional<List*> parse_names(const char* list) {
    List* names = NIL;
    if (!SplitIdentifierString(pstrdup(list), ',', &names)) return std::nullopt;
    return names;
}

extern "C" bool check_carry_settings(char** list, void**, GucSource) {
    const std::optional<List*> names = parse_names(*list);
    if (!names) {
        GUC_check_errdetail("It must be a list of names of settings, as in \"app.tenant, request.jwt.claims\".");
        return false;
    }
    ListCell* cell;
    foreach (cell, *names) {
        const auto* name = static_cast<const char*>(lfirst(cell));
        if (std::strcmp(name, "role") != 0 && std::strcmp(name, "session_authorization") != 0) continue;
        GUC_check_errdetail("A report has the rights of the role that asked for it, whatever \"%s\" says.", name);
        return false;
    }
    return true;
}

const config_enum_entry kTimezoneProviders[] = {
    {"postgres", static_cast<int>(TimezoneProvider::postgres), false},
    {"icu", static_cast<int>(TimezoneProvider::icu), false},
    {nullptr, 0, false},
};

// Limits protect the server, so users cannot change them; a superuser can, also for one database (ALTER DATABASE).
void define_job_settings() {
    DefineCustomStringVariable("store_uptime.carry_settings",
                               "Settings of the session that asks for a report in the background that the report has as well.",
                               "A list of names, such as \"app.tenant, request.jwt.claims\". A report that reads another "
                               "setting of that session fails.",
                               &carry_settings, "", PGC_SUSET, GUC_LIST_INPUT, check_carry_settings, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.max_attempts", "How often a report in the background is tried.",
                            "A report whose worker is killed or crashes is started anew until it was tried so often.",
                            &max_attempts, max_attempts, 1, 100, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.max_queued_reports",
                            "How many reports of one role may wait in the queue of a database.",
                            "Asking for more is an error. 0 sets no limit.", &max_queued_reports, max_queued_reports, 0,
                            INT_MAX, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.max_report_workers",
                            "How many reports run in the background of a database at a time.",
                            "Others wait in the queue. 0 starts none.", &max_report_workers, max_report_workers, 0,
                            1024, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("store_uptime.max_report_workers_per_role",
                            "How many reports of one role run in the background of a database at a time.",
                            "0: one fewer than store_uptime.max_report_workers, so that one is left to others, but at "
                            "least one.", &workers_per_role, workers_per_role, 0, 1024, PGC_SUSET, 0, nullptr, nullptr,
                            nullptr);
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
    jobs::define_withheld_settings();
}

}  // namespace

int max_report_workers_of_role() {
    return workers_per_role > 0 ? workers_per_role : std::max(1, max_report_workers - 1);
}

List* carried_names() { return parse_names(carry_settings).value_or(NIL); }

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
