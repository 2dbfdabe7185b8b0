// How the two providers of zone rules agree: store_uptime.timezone_audit() and store_uptime.tzdata_version().
//
// Both look at every zone of the server once, and leave nothing in any cache.
#include "core/zone_icu.hpp"

#include "pg/convert.hpp"
#include "pg/wall.hpp"
#include "pg/zone_rules.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "libpq/pqformat.h"
#include "port/pg_bswap.h"
#include "utils/tuplestore.h"
}

namespace store_uptime::pg {
namespace {

// The server lists every file of its time zone folder. These are no zones of the database: a second copy of all
// of it, and whatever the machine itself is set to.
bool is_zone_of_database(const char* name) {
    return std::strncmp(name, "posix/", 6) != 0 && std::strcmp(name, "localtime") != 0 &&
           std::strcmp(name, "posixrules") != 0;
}

// Calls visit(name, rules) for every zone of the server. `visit` runs in a memory context that is emptied after each zone.
template <class Visit>
void for_each_zone(Visit visit) {
    MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "store_uptime zone", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(work);
    pg_tzenum* zones = pg_tzenumerate_start();
    MemoryContext each = AllocSetContextCreate(work, "store_uptime each zone", ALLOCSET_DEFAULT_SIZES);
    while (pg_tz* rules = pg_tzenumerate_next(zones)) {
        CHECK_FOR_INTERRUPTS();
        const char* name = pg_get_timezone_name(rules);
        if (!is_zone_of_database(name)) continue;
        MemoryContextSwitchTo(each);
        visit(name, rules);
        MemoryContextSwitchTo(work);
        MemoryContextReset(each);
    }
    pg_tzenumerate_end(zones);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
}

void put_difference(ReturnSetInfo* result, const char* zone, const Interval& during, Micros postgres,
                    const Micros* icu) {
    Datum values[4] = {text_datum(zone), PointerGetDatum(make_tstzrange(during)),
                             PointerGetDatum(make_interval(postgres)),
                             icu != nullptr ? PointerGetDatum(make_interval(*icu)) : Datum{0}};
    bool nulls[4] = {false, false, false, icu == nullptr};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

// What a store of this zone goes by: its rules, unless the name is an abbreviation too.
Zone zone_in_use(const char* name, const pg_tz* rules, const Interval& range) {
    const std::optional<int> east = fixed_abbreviation(name);
    if (!east) return postgres_zone_table(rules, range);
    auto* span = static_cast<ZoneSpan*>(palloc(sizeof(ZoneSpan)));
    *span = {range.from, std::chrono::seconds{*east}};
    return {{span, 1}, range};
}

// Walks both tables side by side; each stretch reported has one offset on either side.
void put_differences(ReturnSetInfo* result, const char* name, const Zone& postgres) {
    const std::optional<Zone> icu = icu_zone_table(name, postgres.covers());
    std::size_t p = 0, i = 0;
    for (Interval piece{postgres.covers().from, {}}; piece.from < postgres.covers().to; piece.from = piece.to) {
        const Instant postgres_until = postgres.extent(p).to;
        const Instant icu_until = icu ? icu->extent(i).to : kMaxInstant;
        piece.to = std::min(postgres_until, icu_until);
        const Micros postgres_offset = postgres.spans()[p].offset;
        if (!icu)
            put_difference(result, name, piece, postgres_offset, nullptr);
        else if (const Micros icu_offset = icu->spans()[i].offset; icu_offset != postgres_offset)
            put_difference(result, name, piece, postgres_offset, &icu_offset);
        p += postgres_until == piece.to ? 1 : 0;
        i += icu_until == piece.to ? 1 : 0;
    }
}

// A zone's name and rules as one number: the head of a SHA-256 over bytes that no machine writes differently.
std::uint64_t fingerprint(const char* name, const Zone& zone) {
    StringInfoData bytes;
    initStringInfo(&bytes);
    pq_sendstring(&bytes, name);
    for (const ZoneSpan& span : zone.spans()) {
        pq_sendint64(&bytes, static_cast<uint64>(span.from.time_since_epoch().count()));
        pq_sendint64(&bytes, static_cast<uint64>(span.offset.count()));
    }
    std::uint8_t digest[PG_SHA256_DIGEST_LENGTH];
    pg_cryptohash_ctx* hash = pg_cryptohash_create(PG_SHA256);
    if (hash == nullptr || pg_cryptohash_init(hash) < 0 ||
        pg_cryptohash_update(hash, reinterpret_cast<const std::uint8_t*>(bytes.data), bytes.len) < 0 ||
        pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
        elog(ERROR, "could not compute a SHA-256 digest");
    pg_cryptohash_free(hash);
    std::uint64_t head = 0;
    std::memcpy(&head, digest, sizeof(head));
    return pg_ntoh64(head);
}

}  // namespace

extern "C" {

PG_FUNCTION_INFO_V1(timezone_audit);
PG_FUNCTION_INFO_V1(tzdata_version);
PGDLLEXPORT Datum timezone_audit(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tzdata_version(PG_FUNCTION_ARGS);

// timezone_audit(from_instant timestamptz, to_instant timestamptz): every stretch where the providers differ.
Datum timezone_audit(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("from_instant and to_instant must not be NULL"),
                        errhint("Give the range of time to look at.")));
    const Interval range{instant_argument(PG_GETARG_TIMESTAMPTZ(0), "from_instant"),
                         instant_argument(PG_GETARG_TIMESTAMPTZ(1), "to_instant")};
    if (range.empty())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("to_instant must be after from_instant"),
                        errhint("A range of time needs a start before its end.")));
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    for_each_zone([&](const char* name, const pg_tz* rules) { put_differences(result, name, zone_in_use(name, rules, range)); });
    return Datum{0};
}

// tzdata_version() text: the fingerprint of the server's rules from 1970 to 2038, and the release ICU has.
Datum tzdata_version(PG_FUNCTION_ARGS) {
    static_cast<void>(fcinfo);
    const Interval years{std::chrono::sys_days{std::chrono::year{1970} / 1 / 1},
                         std::chrono::sys_days{std::chrono::year{2038} / 1 / 1}};
    // A sum, because the folder is read in whatever order the file system has.
    std::uint64_t sum = 0;
    for_each_zone([&](const char* name, const pg_tz* rules) { sum += fingerprint(name, postgres_zone_table(rules, years)); });
    char icu[64];
    call_core([&] {
        const std::string version = icu_tzdata_version();
        icu[version.copy(icu, sizeof(icu) - 1)] = '\0';
    });
    PG_RETURN_TEXT_P(cstring_to_text(psprintf("postgres:%016llx icu:%s", static_cast<unsigned long long>(sum), icu)));
}

}  // extern "C"

}  // namespace store_uptime::pg
