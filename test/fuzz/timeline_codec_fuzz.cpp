// Bytes of any kind are refused, or are a timeline.
#include <cstdlib>

#include "core/timeline_codec.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        if (!is_timeline(decode_timeline({data, size}))) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::corrupt && e.code() != Errc::unsupported) std::abort();
    }
    return 0;
}
