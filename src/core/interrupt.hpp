// Breaking off work whose answer nobody waits for any more.
//
// Loops whose length the input decides look up now and then: go_on(), or Steps where a step is short. Whoever runs the
// core says how to find out whether to stop; unless somebody does, all work goes on to its end.
#pragma once

#include <cstddef>

#include "core/error.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Asked whether work has to stop. Set once, before the core is used; null: never.
using MustStop = bool (*)() noexcept;
inline constinit MustStop must_stop = nullptr;

// Throws Errc::interrupted if work has to stop.
inline void go_on() {
    if (must_stop != nullptr && must_stop()) throw Error(Errc::interrupted, "interrupted");
}

// Counts the steps of a loop, each some nanoseconds, and looks up every so many.
class Steps {
 public:
    static constexpr std::size_t kBetweenLooks = std::size_t{1} << 16;

    void add(std::size_t steps = 1) {
        if ((since_look_ += steps) < kBetweenLooks) return;
        since_look_ = 0;
        go_on();
    }

 private:
    std::size_t since_look_ = 0;
};

}  // namespace store_uptime
