// The rows of a file that could not be read, on their way to store_uptime.import_reject. They wait in a tuplestore,
// which spills to disk beyond work_mem, until the good rows have landed.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace store_uptime::pg {

class Rejects {
 public:
    // Lives in the current memory context.
    static Rejects* create();

    // `line` (`length` bytes, whatever they are) of the file, counted from 1, and why it is here.
    void add(std::int64_t line_number, const char* line, int length, const char* reason);

    // Writes all of them into the table, in the name of the current user, and lets them go; nothing may be added then.
    // Must be called with SPI connected.
    void land(const char* target, const char* path);

    std::int64_t count() const { return count_; }

 private:
    void insert(const char* target, const char* path);

    Tuplestorestate* rows_;
    TupleDesc shape_;
    std::int64_t count_;
};

}  // namespace store_uptime::pg
