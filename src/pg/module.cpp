// The shared library's entry: one call per topic that needs setting up, nothing else.
#include "pg/settings.hpp"
#include "pg/wall.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {
    store_uptime::pg::define_settings();
    store_uptime::pg::let_cancel_stop_core();
}
}
