// Bytes of any kind are refused, or are a log whose polls make one timeline.
#include <cstdlib>

#include "core/poll_log.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes(data, size);
    try {
        Timeline polls(count_polls(bytes));
        polls.resize(read_log(bytes, polls));
        if (!is_timeline(polls)) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::corrupt) std::abort();
    }
    return 0;
}
