#include "core/zone_icu.hpp"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/ucal.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace store_uptime {
namespace {

using Millis = std::chrono::milliseconds;

// Names of a time zone are ASCII and short; anything else is none, and must not reach ICU, which would cut or guess.
constexpr std::size_t kLongestName = 100;

bool is_name(std::string_view name) noexcept {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), printable);
}

icu::UnicodeString to_icu(std::string_view name) {
    return icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
}

// Abbreviations that ICU alone takes for zones, each in a country of its own choice.
constexpr std::array<std::string_view, 25> kNotIana{
    "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT",
    "IET", "IST", "JST", "MIT", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST"};

[[noreturn]] void unknown_zone(std::string_view name) {
    if (name.size() > kLongestName) {
        std::size_t end = kLongestName;
        while (end > 0 && (name[end] & 0xC0) == 0x80) --end;  // not inside a character
        name = name.substr(0, end);
    }
    throw Error(Errc::unknown_zone, "time zone \"" + std::string(name) + "\" is not known",
                "Names are those of the IANA database, as in America/Chicago.");
}

void check(UErrorCode status, const char* what) {
    if (status == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
    if (U_FAILURE(status)) throw Error(Errc::internal, std::string(what) + ": " + u_errorName(status));
}

std::unique_ptr<icu::BasicTimeZone> open(std::string_view name) {
    const bool abbreviation = std::find(kNotIana.begin(), kNotIana.end(), name) != kNotIana.end();
    if (!is_name(name) || abbreviation) unknown_zone(name);

    // ICU makes a zone of any text; only names of its database are meant here, not GMT+5:17 or Etc/Unknown.
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString canonical;
    UBool in_database = false;
    icu::TimeZone::getCanonicalID(to_icu(name), canonical, in_database, status);
    if (U_FAILURE(status) || !in_database || name == UCAL_UNKNOWN_ZONE_ID) unknown_zone(name);

    std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(to_icu(name)));
    auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
    if (basic == nullptr) unknown_zone(name);
    zone.release();
    return std::unique_ptr<icu::BasicTimeZone>(basic);
}

Micros offset_of(const icu::TimeZoneRule& rule) {
    return Millis(rule.getRawOffset() + rule.getDSTSavings());
}

Micros offset_at(const icu::BasicTimeZone& zone, UDate t) {
    std::int32_t raw = 0, dst = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone.getOffset(t, false, raw, dst, status);
    check(status, "ICU cannot tell an offset");
    return Millis(raw + dst);
}

}  // namespace

ZoneTable icu_zone(std::string_view name, Interval range) {
    const auto zone = open(name);
    ZoneTable table{{}, range};
    // ICU counts milliseconds, and no zone ever changed within one.
    UDate at = static_cast<UDate>(std::chrono::floor<Millis>(range.from.time_since_epoch()).count());
    table.spans.push_back({range.from, offset_at(*zone, at)});

    icu::TimeZoneTransition next;
    while (zone->getNextTransition(at, false, next)) {
        at = next.getTime();
        const Instant from{Millis(static_cast<std::int64_t>(at))};
        if (from >= range.to) break;
        const Micros offset = offset_of(*next.getTo());
        if (offset != table.spans.back().offset) table.spans.push_back({from, offset});
    }
    return table;
}

std::optional<std::string> zone_of_windows_name(std::string_view name) {
    if (!is_name(name)) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString zone;
    icu::TimeZone::getIDForWindowsID(to_icu(name), nullptr, zone, status);
    if (U_FAILURE(status) || zone.isEmpty()) return std::nullopt;
    std::string text;
    return zone.toUTF8String(text);
}

std::string icu_tzdata_version() {
    UErrorCode status = U_ZERO_ERROR;
    const char* version = icu::TimeZone::getTZDataVersion(status);
    check(status, "ICU cannot tell the version of its time zone data");
    return version;
}

}  // namespace store_uptime
