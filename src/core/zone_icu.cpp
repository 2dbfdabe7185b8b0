#include "core/zone_icu.hpp"

#include <unicode/basictz.h>
#include <unicode/simpletz.h>
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
    const auto text = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
    if (text.isBogus()) throw std::bad_alloc();
    return text;
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

// Where its memory does not suffice, ICU often says that it knows no such name, or makes UTC of it, and gives no error. So
// whoever hears that a name is not known asks for another that ICU certainly knows, and then once more.
template <class Ask>
auto ask_twice(Ask ask, std::string_view name, std::string_view known) {
    auto answer = ask(name);
    if (answer) return answer;
    if (!ask(known)) throw std::bad_alloc();
    return ask(name);
}

// The zone of that name in ICU's database; null if it cannot be had. ICU makes a zone of any text, such as GMT+5:17.
std::unique_ptr<icu::BasicTimeZone> database_zone(std::string_view name) {
    const icu::UnicodeString wanted = to_icu(name);
    std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(wanted));
    icu::UnicodeString id;
    if (zone == nullptr || zone->getID(id) != wanted || dynamic_cast<icu::SimpleTimeZone*>(zone.get()) != nullptr) return nullptr;
    auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
    if (basic != nullptr) zone.release();
    return std::unique_ptr<icu::BasicTimeZone>(basic);
}

std::unique_ptr<icu::BasicTimeZone> open(std::string_view name) {
    const bool abbreviation = std::find(kNotIana.begin(), kNotIana.end(), name) != kNotIana.end();
    if (!is_name(name) || abbreviation || name == UCAL_UNKNOWN_ZONE_ID) unknown_zone(name);
    auto zone = ask_twice(database_zone, name, "America/New_York");
    if (zone == nullptr) unknown_zone(name);
    return zone;
}

Micros offset_at(const icu::BasicTimeZone& zone, UDate t) {
    std::int32_t raw = 0, dst = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone.getOffset(t, false, raw, dst, status);
    check(status, "ICU cannot tell an offset");
    return Millis(raw + dst);
}

// Counted in milliseconds, as ICU does; no zone ever changed within one.
UDate to_date(Instant t) {
    return static_cast<UDate>(std::chrono::floor<Millis>(t.time_since_epoch()).count());
}

// Where its memory does not suffice, ICU says that no change follows. So the table is compared with what ICU says of single
// instants, which it finds out in another way: where a span begins and ends and, if summer times may have been lost in it,
// every two months.
void verify(const ZoneTable& table, const icu::BasicTimeZone& zone) {
    constexpr UDate kMonth = 30.0 * 24 * 60 * 60 * 1000, kYear = 366 * kMonth / 30;
    for (std::size_t i = 0; i < table.spans.size(); ++i) {
        const ZoneSpan& span = table.spans[i];
        const UDate first = to_date(span.from);
        const UDate end = i + 1 < table.spans.size() ? to_date(table.spans[i + 1].from) : to_date(table.covers.to);
        const UDate step = end - first > kYear ? 2 * kMonth : kYear;
        bool same = offset_at(zone, std::max(first, end - 1)) == span.offset;
        for (UDate at = first; same && at < end; at += step) same = offset_at(zone, at) == span.offset;
        if (!same) throw std::bad_alloc();
    }
}

}  // namespace

ZoneTable icu_zone(std::string_view name, Interval range) {
    const auto zone = open(name);
    ZoneTable table{{}, range};
    UDate at = to_date(range.from);
    table.spans.push_back({range.from, offset_at(*zone, at)});

    icu::TimeZoneTransition next;
    while (zone->getNextTransition(at, false, next)) {
        at = next.getTime();
        const Instant from{Millis(static_cast<std::int64_t>(at))};
        if (from >= range.to) break;
        const icu::TimeZoneRule* rule = next.getTo();
        if (rule == nullptr) throw std::bad_alloc();
        const Micros offset = Millis(rule->getRawOffset() + rule->getDSTSavings());
        if (offset != table.spans.back().offset) table.spans.push_back({from, offset});
    }
    verify(table, *zone);
    return table;
}

std::optional<std::string> zone_of_windows_name(std::string_view name) {
    if (!is_name(name)) return std::nullopt;
    const auto look_up = [](std::string_view wanted) -> std::optional<std::string> {
        UErrorCode status = U_ZERO_ERROR;
        icu::UnicodeString zone;
        icu::TimeZone::getIDForWindowsID(to_icu(wanted), nullptr, zone, status);
        check(status, "ICU cannot look up a name of Windows");
        if (zone.isEmpty()) return std::nullopt;
        std::string text;
        return zone.toUTF8String(text);
    };
    return ask_twice(look_up, name, "Eastern Standard Time");
}

std::string icu_tzdata_version() {
    UErrorCode status = U_ZERO_ERROR;
    const char* version = icu::TimeZone::getTZDataVersion(status);
    check(status, "ICU cannot tell the version of its time zone data");
    return version;
}

}  // namespace store_uptime
