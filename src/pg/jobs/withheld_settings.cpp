#include "pg/jobs/withheld_settings.hpp"

extern "C" {
#include "utils/guc_tables.h"
#include "utils/varlena.h"
}

namespace store_uptime::pg::jobs {
namespace {

constexpr const char* kSetting = "store_uptime.withheld_settings";

char* withheld = nullptr;  // names, with commas between
bool was_read = false;

[[noreturn]] void refuse() {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("the report reads a setting of the session that asked for it, which does not come along"),
                    errdetail("It is one of: %s.", withheld),
                    errhint("A superuser can have it carried along by naming it in store_uptime.carry_settings. "
                            "CALL store_uptime.run_report() computes a report in the session itself.")));
    pg_unreachable();
}

// What current_setting() and SHOW call for such a setting.
const char* show_withheld() {
    was_read = true;
    refuse();
}

bool is_defined(const char* name) {
    for (const config_generic* setting : all_settings_compat())
        if (pg_strcasecmp(setting->name, name) == 0) return (setting->flags & GUC_CUSTOM_PLACEHOLDER) == 0;
    return false;
}

extern "C" void assign_withheld(const char* list, void*) {
    List* names = NIL;
    if (!SplitGUCList(pstrdup(list), ',', &names)) return;
    auto** values = static_cast<char**>(MemoryContextAllocZero(TopMemoryContext, sizeof(char*) * (list_length(names) + 1)));
    ListCell* cell;
    foreach (cell, names) {
        const auto* name = static_cast<const char*>(lfirst(cell));
        if (!is_defined(name))
            DefineCustomStringVariable(name, "A setting of the session that asked for the report.", nullptr, values++, "",
                                       PGC_USERSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE, nullptr, nullptr, show_withheld);
    }
}

}  // namespace

void define_withheld_settings() {
    DefineCustomStringVariable(kSetting, "Settings that the report of this process must not read.",
                               "Workers set it for themselves.", &withheld, "", PGC_SU_BACKEND,
                               GUC_LIST_INPUT | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_RESET_ALL,
                               nullptr, assign_withheld, nullptr);
}

void withhold(std::span<const char* const> names) {
    StringInfoData list;
    initStringInfo(&list);
    for (const char* name : names)
        if (!is_defined(name)) appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", name);
    SetConfigOption(kSetting, list.data, PGC_SU_BACKEND, PGC_S_SESSION);
}

void check_nothing_withheld_was_read() {
    if (was_read) refuse();
}

}  // namespace store_uptime::pg::jobs
