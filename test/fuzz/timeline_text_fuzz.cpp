// Text of any kind is refused, or is a timeline that its own text gives back.
#include <cstdlib>

#include "core/timeline_text.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const Timeline read = parse_timeline({reinterpret_cast<const char*>(data), size});
        if (!is_timeline(read) || parse_timeline(print(read)) != read) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::syntax) std::abort();
    }
    return 0;
}
