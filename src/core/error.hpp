// The one exception type of the core.
//
// The core throws nothing else on purpose; what the standard library throws (bad_alloc, length_error) is the
// caller's to expect. The PostgreSQL glue maps each code to one SQLSTATE (pg/wall.cpp).
#pragma once

#include <stdexcept>
#include <string>

#include "core/no_postgres.hpp"

namespace store_uptime {

enum class Errc {
    invalid_argument,  // a value that is not allowed where it stands (SQLSTATE 22023)
    syntax,            // text that cannot be read (22P02)
    out_of_range,      // an instant or duration beyond what can be counted (22008)
    too_large,         // more than a value or one question may hold (54000)
    unknown_zone,      // a time zone name the provider does not know (22023)
    corrupt,           // bytes that no encoder of ours wrote (22P03)
    unsupported,       // bytes of a version newer than this code (0A000)
    interrupted,       // work that had to stop (57014, or whatever it was that stopped it)
    internal,          // a broken promise between two parts of this program (XX000)
};

class Error : public std::runtime_error {
 public:
    Error(Errc code, const std::string& message, std::string hint = {})
        : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

    Errc code() const noexcept { return code_; }
    // What is allowed instead, or empty.
    const std::string& hint() const noexcept { return hint_; }

 private:
    Errc code_;
    std::string hint_;
};

}  // namespace store_uptime
