#include "pg/wall.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace store_uptime::pg {
namespace {

int sqlstate_of(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_argument:
        case Errc::unknown_zone:
            return ERRCODE_INVALID_PARAMETER_VALUE;
        case Errc::syntax:
            return ERRCODE_INVALID_TEXT_REPRESENTATION;
        case Errc::out_of_range:
            return ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
        case Errc::too_large:
            return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
        case Errc::corrupt:
            return ERRCODE_INVALID_BINARY_REPRESENTATION;
        case Errc::unsupported:
            return ERRCODE_FEATURE_NOT_SUPPORTED;
        case Errc::interrupted:
            return ERRCODE_QUERY_CANCELED;
        case Errc::internal:
            break;
    }
    return ERRCODE_INTERNAL_ERROR;
}

// Copies text, cut if it is too long.
template <std::size_t N>
void copy(char (&to)[N], const char* from) noexcept {
    const std::size_t n = std::min(std::strlen(from), N - 1);
    std::memcpy(to, from, n);
    to[n] = '\0';
}

// What CHECK_FOR_INTERRUPTS() would end the statement for. (It also serves requests that end nothing.)
bool is_cancelled() noexcept {
    if (!InterruptPending || InterruptHoldoffCount != 0 || CritSectionCount != 0) return false;
    return ProcDiePending || (QueryCancelPending && QueryCancelHoldoffCount == 0);
}

// Cuts text that may have been cut within a character.
void keep_whole_characters(char* text) {
    const int length = static_cast<int>(std::strlen(text));
    text[pg_mbcliplen(text, length, length)] = '\0';
}

}  // namespace

void let_cancel_stop_core() noexcept { must_stop = is_cancelled; }

void describe(Failure& failure, const Error& e) noexcept {
    describe(failure, sqlstate_of(e.code()), e.what());
    copy(failure.hint, e.hint().c_str());
}

void describe(Failure& failure, int sqlstate, const char* message) noexcept {
    failure.sqlstate = sqlstate;
    copy(failure.message, message);
    failure.hint[0] = '\0';
}

void raise(Failure& failure) {
    if (failure.sqlstate == ERRCODE_QUERY_CANCELED) CHECK_FOR_INTERRUPTS();  // knows why, and says it better
    keep_whole_characters(failure.message);
    keep_whole_characters(failure.hint);
    ereport(ERROR, (errcode(failure.sqlstate), errmsg("%s", failure.message),
                    failure.hint[0] != '\0' ? errhint("%s", failure.hint) : 0));
    pg_unreachable();
}

}  // namespace store_uptime::pg
