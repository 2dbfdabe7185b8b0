// A temporary file, written from its beginning to its end, then read so. The server charges it against temp_file_limit and
// removes it with the query, however that ends.
//
// PostgreSQL's own BufFile does the same page by page. Here the caller's pieces go to the kernel whole: in pieces of 64 kB
// it takes and gives a byte in a third of the time.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "storage/fd.h"
#include "storage/fileset.h"
}

namespace store_uptime::pg {

// Zero bytes are one that is not open. Errors name the file: 53400 beyond temp_file_limit, otherwise the operating system's.
class TemporaryFile {
 public:
    bool is_open() const noexcept { return file_ != 0; }

    static TemporaryFile create();
    // For other processes to read once this one has closed it.
    static TemporaryFile create_in(FileSet& set, const char* name) { return {FileSetCreate(&set, name)}; }
    static TemporaryFile open_in(FileSet& set, const char* name);

    void append(char* bytes, std::size_t size);  // bytes stay as they are, which PostgreSQL 15 does not say of them
    void rewind() noexcept { at_ = 0; }
    // Reads what comes next; gives how many bytes there were, fewer than `size` only at the end.
    std::size_t read(char* bytes, std::size_t size);
    // One of a set stays until the set goes.
    void close() {
        FileClose(file_);
        file_ = 0;
    }

    TemporaryFile() = default;

 private:
    TemporaryFile(File file) : file_(file) {}

    File file_ = 0;
    off_t at_ = 0;  // where to go on
};

static_assert(std::is_trivially_destructible_v<TemporaryFile>);

}  // namespace store_uptime::pg
