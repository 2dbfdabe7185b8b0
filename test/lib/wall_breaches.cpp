// Breaches of the wall, for test/scripts/wall to find. With MISTAKE this must not compile. Without, each function that is
// planted leads to an exception outside call_core, in a way of its own, and each that is sound to none.
#include "core/interrupt.hpp"
#include "pg/wall.hpp"

namespace store_uptime::pg {
namespace {

volatile int chosen = 0;
void* volatile kept = nullptr;

// Another function for each user, since each is reported once.
template <int user>
[[gnu::noinline]] void may_throw() {
    if (chosen == user) throw user;
}
void does_nothing() noexcept {}

struct Base {
    virtual void act() noexcept = 0;
};
struct Allocating : Base {
    void act() noexcept override { kept = new char[64]; }
};
struct Harmless : Base {
    void act() noexcept override {}
};

struct Made {
    Made() { may_throw<1>(); }
};

constexpr void (*kTable[])() = {does_nothing, may_throw<2>};

struct Owning {
    std::vector<int> numbers;
    ~Owning() { kept = nullptr; }
};

}  // namespace

#if MISTAKE == 1  // what owns something is no argument of hold
PGDLLEXPORT void* mistake(MemoryContext context) { return hold<std::vector<std::string>>(context, 3, std::string("a")); }
#elif MISTAKE == 2  // nor a captured value of call_core
PGDLLEXPORT void mistake(std::string text) {
    call_core([text] { kept = new std::string(text); });
}
#endif

extern "C" {

PGDLLEXPORT void planted_call() { may_throw<3>(); }

PGDLLEXPORT void planted_allocation() { kept = new char[64]; }

PGDLLEXPORT void planted_unlikely() {
    if (chosen == 1) [[unlikely]]
        throw Error(Errc::internal, "");
}

PGDLLEXPORT void planted_table() { kTable[chosen](); }

PGDLLEXPORT void planted_virtual() {
    Allocating allocating;
    Harmless harmless;
    Base* volatile one = chosen == 0 ? static_cast<Base*>(&allocating) : &harmless;
    one->act();
}

PGDLLEXPORT void planted_static() {
    static Made made;
    kept = &made;
}

PGDLLEXPORT void planted_destructor() {
    Owning owning;
    palloc(1);
}

PGDLLEXPORT void planted_core() { go_on(); }

PGDLLEXPORT void planted_library() { std::rethrow_exception(nullptr); }

PGDLLEXPORT void sound_wall() {
    call_core([] { may_throw<4>(); });
    call_core([] { kept = new Owning; });
}

PGDLLEXPORT void sound_virtual() {
    Harmless harmless;
    Base* volatile one = &harmless;
    one->act();
}

PGDLLEXPORT void* sound_hold(MemoryContext context) {
    Owning& owned = **hold<Owning>(context);
    return hold<std::vector<int>>(context, owned.numbers);
}

}  // extern "C"

}  // namespace store_uptime::pg
