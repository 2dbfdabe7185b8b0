// Text of any kind is refused, or is a policy that its own text gives back.
#include <cstdlib>

#include "core/policy.hpp"

using namespace store_uptime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const Policy read = parse_policy({reinterpret_cast<const char*>(data), size});
        if (!(parse_policy(print(read)) == read)) std::abort();
    } catch (const Error& e) {
        if (e.code() != Errc::syntax && e.code() != Errc::invalid_argument) std::abort();
    }
    return 0;
}
