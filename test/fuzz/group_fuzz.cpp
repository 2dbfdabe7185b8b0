// Bytes of any kind are refused, or are a group with an answer.
#include <cstdlib>

#include "core/group.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const GatheredGroup group = read_group({data, size});
        std::vector<TimelineReader> systems = read_systems(group.systems);
        if (!is_timeline(group_of(systems, group.needed))) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::corrupt && e.code() != Errc::unsupported && e.code() != Errc::invalid_argument) std::abort();
    }
    return 0;
}
