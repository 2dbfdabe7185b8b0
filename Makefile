# store_uptime: the PostgreSQL side of the build (PGXS).
#
#   make && sudo make install        build and install for the server that PG_CONFIG names
#   make installcheck                pg_regress against the running server (extension installed)
#   make check-pgtap                 pgTAP tests against the running server (extension installed)
#   make check-core                  unit tests of src/core by CMake and ctest; no PostgreSQL needed
#   make check-all demo bench        the scripts of the same purpose, which bring their own server
#   make dist                        store_uptime-<version>.zip as PGXN wants it
#
# WERROR=1 turns warnings into errors (our own checks use it, users need not); SAN="-fsanitize=…" instruments
# the library.

# META.json is the one truth for name and version.
EXTENSION  := store_uptime
EXTVERSION := $(shell sed -n '/"version"/{s/.*: *"\([^"]*\)".*/\1/p;q}' META.json)

MODULE_big = $(EXTENSION)
OBJS       = $(patsubst %.cpp,%.o,$(wildcard src/core/*.cpp src/pg/*.cpp src/pg/jobs/*.cpp))
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
DOCS      := $(wildcard doc/*.md)

# From PostgreSQL 16 on pg_regress looks for expected/ under --expecteddir; 15 follows the link test/expected.
REGRESS       = $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql))
REGRESS_PREP  = build/regress
REGRESS_OPTS  = --inputdir=test --outputdir=build/regress --load-extension=$(EXTENSION) $(EXPECTEDDIR)
EXPECTEDDIR   = $(if $(filter 15,$(MAJORVERSION)),,--expecteddir=.)

PG_CONFIG  ?= pg_config
PKG_CONFIG ?= pkg-config
ICU         = icu-i18n icu-uc

# -isystem: PostgreSQL's headers are not ours to warn about. PGDLLEXPORT: up to 15 it is empty, and hidden
# visibility would then hide the SQL functions too. A section for each function and table: test/scripts/wall then sees
# what refers to what.
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server) \
              -DPGDLLEXPORT='__attribute__((visibility("default")))' \
              -DSTORE_UPTIME_VERSION='"$(EXTVERSION)"' $(shell $(PKG_CONFIG) --cflags $(ICU))
PG_CXXFLAGS = -std=c++20 -Wall -Wextra $(if $(WERROR),-Werror) \
              -fvisibility=hidden -fvisibility-inlines-hidden -ffunction-sections -fdata-sections -MMD -MP $(SAN)
SHLIB_LINK += $(shell $(PKG_CONFIG) --libs $(ICU)) $(SAN)
EXTRA_CLEAN = $(OBJS:.o=.d) build

override with_llvm = no                 # bitcode would be compiled without our -std, and inlining gains nothing
override COMPILER = $(CXX) $(CXXFLAGS)  # link as C++

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
-include $(OBJS:.o=.d)

# The install script: the parts under sql/ in the order of their names.
$(EXTENSION)--$(EXTVERSION).sql: $(sort $(wildcard sql/*.sql)) META.json
	cat $(filter %.sql,$^) > $@

build/regress:
	mkdir -p $@

.PHONY: check-core check-pgtap check-all demo bench dist

check-core:
	cmake --workflow --preset default

PGTAP_DB = store_uptime_pgtap
check-pgtap:
	dropdb --if-exists $(PGTAP_DB)
	createdb $(PGTAP_DB)
	psql -qX -d $(PGTAP_DB) -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION $(EXTENSION)'
	pg_prove --dbname $(PGTAP_DB) $(wildcard test/pgtap/*.sql)
	dropdb $(PGTAP_DB)

check-all:
	script/check

demo:
	script/demo

bench:
	bench/report.sh

dist:
	git archive --format zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
