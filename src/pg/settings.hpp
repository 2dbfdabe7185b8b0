// The extension's settings (GUCs), all under the prefix store_uptime.
#pragma once

#include "pg/postgres.hpp"

namespace store_uptime::pg {

// Who supplies time zone rules.
enum class TimezoneProvider : int { postgres, icu };

extern int timezone_provider;  // a TimezoneProvider; plain int because the server writes it

// Defines all settings and reserves the prefix.
void define_settings();

}  // namespace store_uptime::pg
