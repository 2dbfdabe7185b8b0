// Bytes of any kind are refused, or are the one form of the calendar they give.
#include <algorithm>
#include <cstdlib>

#include "core/calendar_codec.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const std::vector<std::uint8_t> again = encode(decode_calendar({data, size}));
        if (!std::equal(again.begin(), again.end(), data, data + size)) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::corrupt && e.code() != Errc::unsupported) std::abort();
    }
    return 0;
}
