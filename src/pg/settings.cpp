#include "pg/settings.hpp"

namespace store_uptime::pg {

int timezone_provider = static_cast<int>(TimezoneProvider::postgres);

namespace {

const config_enum_entry kTimezoneProviders[] = {
    {"postgres", static_cast<int>(TimezoneProvider::postgres), false},
    {"icu", static_cast<int>(TimezoneProvider::icu), false},
    {nullptr, 0, false},
};

}  // namespace

void define_settings() {
    DefineCustomEnumVariable(
        "store_uptime.timezone_provider", "Where time zone rules come from.",
        "postgres: the server's own time zone database, as AT TIME ZONE uses. icu: the ICU library's, which may be "
        "older or newer; store_uptime.timezone_audit() lists the differences.",
        &timezone_provider, static_cast<int>(TimezoneProvider::postgres), kTimezoneProviders, PGC_USERSET, 0, nullptr,
        nullptr, nullptr);
    MarkGUCPrefixReserved("store_uptime");
}

}  // namespace store_uptime::pg
