// Text of any kind is refused, or is a calendar that its own text gives back.
#include <cstdlib>

#include "core/calendar_text.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const ZonedCalendar read = parse_calendar({reinterpret_cast<const char*>(data), size});
        const std::string text = print(read);
        if (!(parse_calendar(text) == read) || print(parse_calendar(text)) != text) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::syntax && e.code() != Errc::too_large && e.code() != Errc::unknown_zone) std::abort();
    }
    return 0;
}
