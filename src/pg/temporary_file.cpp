#include "pg/temporary_file.hpp"

extern "C" {
#include "commands/tablespace.h"
#include "utils/wait_event.h"
}

namespace store_uptime::pg {

TemporaryFile TemporaryFile::create() {
    PrepareTempTablespaces();
    return {OpenTemporaryFile(false)};
}

TemporaryFile TemporaryFile::open_in(FileSet& set, const char* name) {
    const File file = FileSetOpen(&set, name, O_RDONLY);
    if (file <= 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not open temporary file \"%s\" of a report: %m", name)));
    return {file};
}

void TemporaryFile::append(char* bytes, std::size_t size) {
    while (size > 0) {
        errno = 0;
        const auto written = FileWrite(file_, bytes, static_cast<int>(size), at_, WAIT_EVENT_BUFFILE_WRITE);
        if (written <= 0) {
            if (errno == 0) errno = ENOSPC;  // as the server takes it
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not write to file \"%s\": %m", FilePathName(file_))));
        }
        at_ += written;
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
}

std::size_t TemporaryFile::read(char* bytes, std::size_t size) {
    std::size_t all = 0;
    while (all < size) {
        const auto read =
            FileRead(file_, bytes + all, static_cast<int>(size - all), at_, WAIT_EVENT_BUFFILE_READ);
        if (read < 0)
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not read file \"%s\": %m", FilePathName(file_))));
        if (read == 0) break;
        at_ += read;
        all += static_cast<std::size_t>(read);
    }
    return all;
}

}  // namespace store_uptime::pg
