#include "pg/wall.hpp"

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
        case Errc::internal:
            break;
    }
    return ERRCODE_INTERNAL_ERROR;
}

// Copies text, cut at a character's start if it is too long (UTF-8 or single bytes).
template <std::size_t N>
void copy(char (&to)[N], const char* from) noexcept {
    std::size_t n = std::strlen(from);
    if (n >= N) {
        n = N - 1;
        while (n > 0 && (static_cast<unsigned char>(from[n]) & 0xC0) == 0x80) --n;
    }
    std::memcpy(to, from, n);
    to[n] = '\0';
}

}  // namespace

void describe(Failure& failure, const Error& e) noexcept {
    describe(failure, sqlstate_of(e.code()), e.what());
    copy(failure.hint, e.hint().c_str());
}

void describe(Failure& failure, int sqlstate, const char* message) noexcept {
    failure.sqlstate = sqlstate;
    copy(failure.message, message);
    failure.hint[0] = '\0';
}

void raise(const Failure& failure) {
    ereport(ERROR, (errcode(failure.sqlstate), errmsg("%s", failure.message),
                    failure.hint[0] != '\0' ? errhint("%s", failure.hint) : 0));
    pg_unreachable();
}

}  // namespace store_uptime::pg
