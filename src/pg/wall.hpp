// The wall between C++ exceptions and PostgreSQL's longjmp. It is crossed in one direction only: the glue calls the
// core, the core never calls PostgreSQL.
//
//   - Core code runs inside call_core(). Whatever it throws is caught there, copied into a plain struct, and raised as
//     a PostgreSQL error after the catch block is left and every C++ object of the callee is gone.
//   - PostgreSQL functions are called only from frames without non-trivial destructors: a longjmp skips them.
//   - C++ objects that must outlive a call belong to a memory context (Held), which destroys them whatever ends it.
#pragma once

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "pg/postgres.hpp"

namespace store_uptime::pg {

// An exception's news in plain bytes, safe to carry out of a catch block.
struct Failure {
    int sqlstate;  // 0: none
    char message[512];
    char hint[256];
};

void describe(Failure& failure, const Error& e) noexcept;
void describe(Failure& failure, int sqlstate, const char* message) noexcept;
[[noreturn]] void raise(Failure& failure);

// Has the core break off long work when the statement is cancelled or the session ends; once in a process.
void let_cancel_stop_core() noexcept;

// Runs body(), which must not call PostgreSQL, and turns what it throws into a PostgreSQL error. `body` may capture
// references and plain values only. Never inlined, so that test/scripts/wall sees in the object files where the wall is.
template <class Body>
[[gnu::noinline]] void call_core(Body body) {
    static_assert(std::is_trivially_destructible_v<Body>, "capture references or plain values");
    Failure failure;
    failure.sqlstate = 0;
    try {
        body();
    } catch (const Error& e) {
        describe(failure, e);
    } catch (const std::bad_alloc&) {
        describe(failure, ERRCODE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception& e) {
        describe(failure, ERRCODE_INTERNAL_ERROR, e.what());
    } catch (...) {
        describe(failure, ERRCODE_INTERNAL_ERROR, "unknown C++ exception");
    }
    if (failure.sqlstate != 0) raise(failure);
}

// Owns one C++ object on behalf of a memory context: the object dies when the context is reset or deleted.
template <class T>
class Held {
 public:
    T& operator*() const noexcept { return *object_; }
    T* operator->() const noexcept { return object_; }
    T* get() const noexcept { return object_; }

    // Destroys the object before its context does.
    void drop() noexcept {
        delete object_;
        object_ = nullptr;
    }

    template <class U, class... Args>
    friend Held<U>* hold(MemoryContext context, Args&&... args);

 private:
    static void destroy(void* self) noexcept { static_cast<Held*>(self)->drop(); }

    MemoryContextCallback callback_;
    T* object_;
};

// Makes a T from args, owned by `context`. Errors of its constructor become PostgreSQL errors. An argument that owns
// something would be made, and lost, outside the wall: such a T is held empty and filled by call_core.
template <class T, class... Args>
Held<T>* hold(MemoryContext context, Args&&... args) {
    static_assert(((std::is_lvalue_reference_v<Args> || std::is_trivially_destructible_v<Args>) && ...),
                  "pass plain values, or what somebody else owns");
    auto* held = static_cast<Held<T>*>(MemoryContextAllocZero(context, sizeof(Held<T>)));
    held->callback_.func = &Held<T>::destroy;
    held->callback_.arg = held;
    // Registered before the object exists, so that nothing can come between.
    MemoryContextRegisterResetCallback(context, &held->callback_);
    call_core([&] { held->object_ = new T(std::forward<Args>(args)...); });
    return held;
}

}  // namespace store_uptime::pg
