// The cache has two kinds of thing: tables, one for each zone and provider, which only ever grow; and spellings, the
// names people use, each pointing at its table. Old arrays of a grown table stay where they are, because Zones may
// still view them; growing at least doubles a table, so all its old arrays together are smaller than the newest.
#include <cerrno>

#include "core/zone_icu.hpp"

#include "pg/convert.hpp"
#include "pg/wall.hpp"
#include "pg/zone_postgres.hpp"
#include "pg/zone_rules.hpp"

namespace store_uptime::pg {
namespace {

struct Table {
    char name[TZ_STRLEN_MAX + 1];  // as the provider spells it
    TimezoneProvider provider;
    pg_tz* rules;  // PostgreSQL's, which keeps them for the backend's life; null for ICU
    const ZoneSpan* spans;
    std::size_t count;
    Interval covers;  // empty: not built yet

    bool holds(const Interval& range) const { return covers.from <= range.from && range.to <= covers.to; }
    Zone view() const { return {{spans, count}, covers}; }
};

struct Spelling {
    char key[TZ_STRLEN_MAX + 2];  // the provider's letter, then the name as it was written
    Table* table;
};

// What most reports need, so that a table is built once. Hundreds of spans, built in some 20 us.
constexpr Interval kUsualRange{std::chrono::sys_days{std::chrono::year{1990} / 1 / 1},
                               std::chrono::sys_days{std::chrono::year{2040} / 1 / 1}};

MemoryContext cache_context = nullptr;
HTAB* spellings = nullptr;

void make_cache() {
    if (spellings != nullptr) return;
    if (cache_context == nullptr)
        cache_context = AllocSetContextCreate(TopMemoryContext, "store_uptime time zones", ALLOCSET_DEFAULT_SIZES);
    HASHCTL control{};
    control.keysize = sizeof(Spelling::key);
    control.entrysize = sizeof(Spelling);
    control.hcxt = cache_context;
    spellings = hash_create("store_uptime time zone names", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

Spelling* look_up(TimezoneProvider provider, const char* name, HASHACTION action) {
    char key[sizeof(Spelling::key)];
    key[0] = provider == TimezoneProvider::icu ? 'i' : 'p';
    strlcpy(key + 1, name, sizeof(key) - 1);
    return static_cast<Spelling*>(hash_search(spellings, key, action, nullptr));
}

// --- building --------------------------------------------------------------------------------------------------------

// What to build so that `range` is covered: the usual years at first, later at least twice what there was.
Interval wanted_range(const Table& table, const Interval& range) {
    const Interval base = table.covers.empty() ? kUsualRange : table.covers;
    const Micros margin = base.to - base.from;
    Interval wanted = base;
    if (range.from < base.from) wanted.from = saturating_sub(range.from, margin);
    if (range.to > base.to) wanted.to = saturating_add(range.to, margin);
    return wanted;
}

// Makes the table cover `range`; false if its provider does not know the zone. Nothing changes on an error.
bool build(Table& table, const Interval& range) {
    const Interval wanted = wanted_range(table, range);
    MemoryContext work =
        AllocSetContextCreate(CurrentMemoryContext, "store_uptime time zone", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(work);
    const std::optional<Zone> built =
        table.rules != nullptr ? postgres_zone_table(table.rules, wanted) : icu_zone_table(table.name, wanted);
    MemoryContextSwitchTo(caller);
    if (built) {
        const std::size_t bytes = built->spans().size_bytes();
        void* spans = MemoryContextAllocHuge(cache_context, bytes);
        std::memcpy(spans, built->spans().data(), bytes);
        table.spans = static_cast<const ZoneSpan*>(spans);
        table.count = built->spans().size();
        table.covers = wanted;
    }
    MemoryContextDelete(work);
    return built.has_value();
}

// --- names -----------------------------------------------------------------------------------------------------------

// Whether the zone counts leap seconds. If it does, its clock is late by 22 of them at the beginning of 2000.
bool counts_leap_seconds(const pg_tz* zone) {
    const pg_time_t midnight = pg_time_t{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * SECS_PER_DAY;
    const pg_tm* local = pg_localtime(&midnight, zone);
    if (local == nullptr) return true;
    const long shown = (local->tm_hour * MINS_PER_HOUR + local->tm_min) * SECS_PER_MINUTE + local->tm_sec;
    return (shown - local->tm_gmtoff) % SECS_PER_DAY != 0;
}

// PostgreSQL's zone of that name. One that counts leap seconds is none, as for the server's own setting TimeZone, because
// instants count none. (The server's test would refuse offsets with seconds as well, which AT TIME ZONE takes.)
// A file that could not be read differs from one that is not there by errno alone.
pg_tz* postgres_zone(const char* name) {
    errno = 0;
    pg_tz* zone = pg_tzset(name);
    if (zone == nullptr && (errno == ENOMEM || errno == EMFILE || errno == ENFILE)) {
        const int state = errno == ENOMEM ? ERRCODE_OUT_OF_MEMORY : ERRCODE_INSUFFICIENT_RESOURCES;
        ereport(ERROR, (errcode(state), errmsg("could not read time zone \"%s\": %m", name)));
    }
    return zone != nullptr && !counts_leap_seconds(zone) ? zone : nullptr;
}

// Replaces a Windows name by the IANA zone it stands for.
bool translate_windows_name(char (&name)[TZ_STRLEN_MAX + 1]) {
    bool found = false;
    call_core([&] {
        const std::optional<std::string> zone = zone_of_windows_name(name);
        if (!zone || zone->size() >= sizeof(name)) return;
        std::memcpy(name, zone->c_str(), zone->size() + 1);
        found = true;
    });
    return found;
}

// The zone's own spelling and, for PostgreSQL, its rules. False if nobody knows the name; names that only ICU could
// know are found out by asking for their rules.
bool resolve(Table& table) {
    pg_tz* zone = postgres_zone(table.name);
    if (zone == nullptr && translate_windows_name(table.name)) zone = postgres_zone(table.name);
    if (table.provider == TimezoneProvider::postgres) {
        const std::optional<int> east = zone != nullptr ? fixed_abbreviation(table.name) : std::nullopt;
        if (east) zone = pg_tzset_offset(-*east);
        table.rules = zone;
    }
    if (zone != nullptr) strlcpy(table.name, pg_get_timezone_name(zone), sizeof(table.name));
    return zone != nullptr || table.provider == TimezoneProvider::icu;
}

// The table for a spelling not seen before, built to cover `range`; null if nobody knows the zone.
Table* new_spelling(const char* name, const Interval& range, TimezoneProvider provider) {
    Table draft{};
    draft.provider = provider;
    strlcpy(draft.name, name, sizeof(draft.name));
    if (!resolve(draft)) return nullptr;

    const Spelling* own = look_up(provider, draft.name, HASH_FIND);
    Table* table = own != nullptr ? own->table : nullptr;
    if (table == nullptr) {
        if (!build(draft, range)) return nullptr;
        table = static_cast<Table*>(MemoryContextAlloc(cache_context, sizeof(Table)));
        *table = draft;
        look_up(provider, draft.name, HASH_ENTER)->table = table;
    }
    if (!may_be_abbreviation(name)) look_up(provider, name, HASH_ENTER)->table = table;
    return table;
}

}  // namespace

std::optional<Zone> find_zone(const char* name, const Interval& range, TimezoneProvider provider) {
    if (std::strlen(name) > TZ_STRLEN_MAX || name[0] == '\0') return std::nullopt;
    make_cache();
    const Interval asked{std::max(range.from, kMinInstant), std::min(range.to, kMaxInstant)};
    // What an abbreviation stands for is a setting of the session (timezone_abbreviations), so it is asked each time.
    const Spelling* spelling = may_be_abbreviation(name) ? nullptr : look_up(provider, name, HASH_FIND);
    Table* table = spelling != nullptr ? spelling->table : new_spelling(name, asked, provider);
    if (table == nullptr) return std::nullopt;
    if (!table->holds(asked)) build(*table, asked);
    return table->view();
}

std::optional<Zone> find_zone(const char* name, const Interval& range) {
    return find_zone(name, range, static_cast<TimezoneProvider>(timezone_provider));
}

Zone zone_named(const char* name, const Interval& range, const char* store) {
    const std::optional<Zone> zone = find_zone(name, range);
    if (zone) return *zone;
    const char* hint = "Names are those of SELECT name FROM pg_timezone_names, or Windows names.";
    if (store == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time zone \"%s\" is not known", name),
                        errhint("%s", hint)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("time zone \"%s\" of store \"%s\" is not known", name, store), errhint("%s", hint)));
    pg_unreachable();
}

bool lacks_summer_time(const char* name) {
    if (timezone_provider != static_cast<int>(TimezoneProvider::postgres)) return false;
    const std::optional<int> east = fixed_abbreviation(name);
    const pg_tz* rules = east ? postgres_zone(name) : nullptr;
    if (rules == nullptr) return false;
    constexpr Micros kYear = std::chrono::hours{24 * 366};
    const Instant now = to_instant(GetCurrentTimestamp());
    const std::span<const ZoneSpan> spans = postgres_zone_table(rules, {now - kYear, now + kYear}).spans();
    return std::any_of(spans.begin(), spans.end(), [&](const ZoneSpan& s) { return s.offset != std::chrono::seconds{*east}; });
}

}  // namespace store_uptime::pg
