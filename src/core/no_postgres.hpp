// Included last by every header of the core: fails where PostgreSQL's headers came before, by any door but
// pg/postgres.hpp. (That one takes back the macros over <cstdio> which its headers leave behind; so a `printf` that is
// still a macro tells.) Checked at every inclusion, hence no #pragma once.
#if defined(POSTGRES_H) && defined(printf)
#error "PostgreSQL has no place in src/core; the glue includes it by pg/postgres.hpp"
#endif
