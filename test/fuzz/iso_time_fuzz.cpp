// Text of any kind is no date or time, or is one that its own text gives back.
#include <cstdlib>

#include "core/iso_time.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    char again[kIsoTextSize];
    const auto written = [&](char* end) { return std::string_view(again, static_cast<std::size_t>(end - again)); };
    if (const auto date = parse_iso_date(text); date && parse_iso_date(written(write_iso_date(again, *date))) != date) std::abort();
    if (const auto time = parse_iso_time(text); time && parse_iso_time(written(write_iso_time(again, *time))) != time) std::abort();
    const auto instant = parse_iso_instant(text);
    constexpr Instant kFirstYear = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
    if (instant && *instant >= kFirstYear && parse_iso_instant(written(write_iso_instant(again, *instant))) != instant)
        std::abort();
    return 0;
}
