// What is true between polls: the five options of a fill policy, and their text form.
#pragma once

#include <string>
#include <string_view>

#include "core/status.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Which poll speaks for an instant: the last one at or before it, the nearer one (a tie goes to the next), or the
// first one after it.
enum class Fill : std::uint8_t { previous, nearest, next };

// Which polls may speak for an instant: those inside its own session; those inside its session and on its local
// date; all.
enum class Carry : std::uint8_t { session, day, always };

// Where the rule's own side has no poll in reach, may the other side's nearest poll speak?
enum class Backfill : std::uint8_t { on, off };

struct Policy {
    Fill fill = Fill::previous;
    Carry carry = Carry::session;
    Backfill backfill = Backfill::on;
    Status unknown = Status::unknown;  // what is left unknown is reported as this
    Micros max_gap = kDay;             // a poll speaks for instants less than this far away; may be kUnlimited

    friend constexpr bool operator==(const Policy&, const Policy&) = default;
};

static_assert(std::is_trivially_copyable_v<Policy>);

// Reads `fill=previous carry=session backfill=on max_gap=1 day unknown=unknown`: options in any order, those not named
// keep their defaults, so '' is all defaults. Words are not case-sensitive. max_gap reads what the server prints for
// an interval without months (`1 day 12:00:00`, `90 min`, `01:30`, `1.5 hours`) or `infinity`.
// Throws Errc::syntax naming the option or value and what is allowed.
Policy parse_policy(std::string_view text);

// Sets one option of the text form; throws like parse_policy.
void set_option(Policy& policy, std::string_view option, std::string_view value);

// The text form with every option: equal policies print equally.
std::string print(const Policy& policy);

// A duration as in max_gap; throws Errc::syntax, and Errc::invalid_argument unless it is > 0.
Micros parse_duration(std::string_view text);
// `1 day`, `2 days 12:00:00`, `01:30:00`, `00:00:00.000001`, `infinity`.
std::string print_duration(Micros d);

}  // namespace store_uptime
