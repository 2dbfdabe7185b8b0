#include "pg/jobs/withheld_settings.hpp"

#include "pg/jobs/beacon.hpp"

extern "C" {
#include "utils/guc_tables.h"
#include "utils/varlena.h"
}

namespace store_uptime::pg::jobs {
namespace {

constexpr const char* kSetting = "store_uptime.withheld_settings";

char* withheld = nullptr;  // the handle of the report's beacon, and names, with commas between

List* split(const char* list) {
    List* items = NIL;
    if (!SplitGUCList(pstrdup(list), ',', &items)) elog(ERROR, "store_uptime: \"%s\" is no list", list);
    return items;
}

const char* names() {
    const char* comma = std::strchr(withheld, ',');
    return comma != nullptr ? comma + std::strspn(comma, ", ") : "";
}

[[noreturn]] void refuse() {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("the report reads a setting of the session that asked for it, which does not come along"),
                    errdetail("It is one of: %s.", names()),
                    errhint("A superuser can have it carried along by naming it in store_uptime.carry_settings. "
                            "CALL store_uptime.run_report() computes a report in the session itself.")));
    pg_unreachable();
}

// What current_setting() and SHOW call for such a setting.
const char* show_withheld() {
    say_report_is_wrong(static_cast<dsm_handle>(std::strtoul(withheld, nullptr, 10)));
    refuse();
}

bool is_defined(const char* name) {
    for (const config_generic* setting : all_settings_compat())
        if (pg_strcasecmp(setting->name, name) == 0) return (setting->flags & GUC_CUSTOM_PLACEHOLDER) == 0;
    return false;
}

extern "C" bool check_withheld(char** list, void**, GucSource) {
    List* items = NIL;
    return SplitGUCList(pstrdup(*list), ',', &items);
}

extern "C" void assign_withheld(const char* list, void*) {
    const List* items = split(list);
    const int count = list_length(items);
    if (count == 0) return;
    auto** values = static_cast<char**>(MemoryContextAllocZero(TopMemoryContext, sizeof(char*) * count));
    for (int i = 1; i < count; ++i) {
        const auto* name = static_cast<const char*>(list_nth(items, i));
        if (!is_defined(name))
            DefineCustomStringVariable(name, "A setting of the session that asked for the report.", nullptr, &values[i], "",
                                       PGC_USERSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE, nullptr, nullptr, show_withheld);
    }
}

}  // namespace

void define_withheld_settings() {
    DefineCustomStringVariable(kSetting, "Settings that the report of this process must not read.",
                               "Workers set it for themselves.", &withheld, "", PGC_SU_BACKEND,
                               GUC_LIST_INPUT | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_RESET_ALL,
                               check_withheld, assign_withheld, nullptr);
}

void withhold(std::span<const char* const> names) {
    StringInfoData list;
    initStringInfo(&list);
    appendStringInfo(&list, "%u", beacon_handle());
    for (const char* name : names) appendStringInfo(&list, ", %s", name);
    SetConfigOption(kSetting, list.data, PGC_SU_BACKEND, PGC_S_SESSION);
}

void check_nothing_withheld_was_read() {
    if (report_is_wrong()) refuse();
}

}  // namespace store_uptime::pg::jobs
