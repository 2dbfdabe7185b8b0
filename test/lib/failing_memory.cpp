// Fails one allocation, the n-th from now, so that tests can have each fail in turn. The library is preloaded into the
// server (LD_PRELOAD), where it stands before the allocators; SQL calls functions of the same file to arm it.
//
//   fail_allocation(kind integer, nth bigint)   from now on counts allocations of that kind and fails the nth; 0: none;
//                                               -nth: that and all later ones
//   allocations() RETURNS bigint                how many there were; counts and fails no more
//
// What is armed is seen by all processes of the server, so allocations of parallel and background workers count too.
// glibc only: it has malloc by a second name.
#include <sys/mman.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

extern "C" {
#include "postgres.h"
#include "fmgr.h"

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

enum Kind : int {
    none,
    core,      // operator new: all that the core allocates
    icu,       // malloc, called from ICU's libraries
    postgres,  // malloc, called from where PostgreSQL reads its time zones
};

struct Shared {
    std::atomic<int> kind;
    std::atomic<std::int64_t> nth;
    std::atomic<std::int64_t> count;
};

Shared* shared = nullptr;  // from the postmaster on

// Where a process of the server crashes, for its log.
void tell_crash(int signal) {
    void* frames[12];
    backtrace_symbols_fd(frames, backtrace(frames, 12), STDERR_FILENO);
    std::signal(signal, SIG_DFL);
    raise(signal);
}

// Runs when a program starts; a server's processes then inherit the memory from the postmaster.
[[gnu::constructor]] void prepare() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) shared = new (memory) Shared{};
    std::signal(SIGSEGV, tell_crash);
    std::signal(SIGABRT, tell_crash);
}

bool must_fail(Kind kind) {
    if (shared == nullptr || shared->kind != kind) return false;
    const std::int64_t now = ++shared->count, nth = shared->nth;
    return nth < 0 ? now >= -nth : now == nth;
}

// Whether malloc has to fail for the function that has called it.
bool must_fail_for(void* caller) {
    if (shared == nullptr || shared->kind <= core) return false;
    Dl_info from;
    if (dladdr(caller, &from) == 0) return false;
    const bool of_icu = std::strstr(from.dli_fname, "/libicu") != nullptr;
    const bool of_postgres = from.dli_sname != nullptr && std::strcmp(from.dli_sname, "tzload") == 0;
    if (!(of_icu && must_fail(icu)) && !(of_postgres && must_fail(postgres))) return false;
    errno = ENOMEM;
    return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
    return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_realloc(old, size);
}

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(fail_allocation);
PG_FUNCTION_INFO_V1(allocations);

Datum fail_allocation(PG_FUNCTION_ARGS) {
    shared->kind = none;
    shared->count = 0;
    shared->nth = PG_GETARG_INT64(1);
    shared->kind = PG_GETARG_INT32(0);
    PG_RETURN_VOID();
}

Datum allocations(PG_FUNCTION_ARGS) {
    shared->kind = none;
    PG_RETURN_INT64(shared->count);
}

}  // extern "C"

// The other forms, but those for aligned memory, call this one.
void* operator new(std::size_t size) {
    void* memory = must_fail(core) ? nullptr : __libc_malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    void* memory = must_fail(core) ? nullptr : std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
