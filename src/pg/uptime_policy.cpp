#include "pg/uptime_policy.hpp"

#include "pg/convert.hpp"
#include "pg/wall.hpp"

extern "C" {
#include "common/hashfn.h"
#include "libpq/pqformat.h"
}

namespace store_uptime::pg {
namespace {

const StoredPolicy* stored(Datum datum) {
    return reinterpret_cast<const StoredPolicy*>(DatumGetPointer(datum));
}

bool equal(Datum a, Datum b) { return std::memcmp(stored(a), stored(b), sizeof(StoredPolicy)) == 0; }

[[noreturn]] void bad_max_gap(const ::Interval* gap) {
    const char* text = DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(gap)));
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("max_gap must be greater than zero and without months, not \"%s\"", text),
             errhint("Give an interval such as 1 day, or write max_gap=infinity in the policy's text form.")));
    pg_unreachable();
}

// Months have no length, and a gap must have one.
Micros gap_argument(const ::Interval* gap) {
#if PG_VERSION_NUM >= 170000
    if (INTERVAL_IS_NOEND(gap)) return kUnlimited;
#endif
    const std::optional<Micros> micros = to_duration(gap);
    if (!micros || *micros <= Micros{0} || *micros == kUnlimited) bad_max_gap(gap);
    return *micros;
}

// What of a policy is nothing that a policy can have, or null.
const char* fault_of(const StoredPolicy& s) noexcept {
    if (s.max_gap <= 0) return "max_gap";
    if (s.fill > static_cast<std::uint8_t>(Fill::next)) return "fill";
    if (s.carry > static_cast<std::uint8_t>(Carry::always)) return "carry";
    if (s.backfill > static_cast<std::uint8_t>(Backfill::off)) return "backfill";
    if (s.unknown > static_cast<std::uint8_t>(Status::down)) return "unknown";
    return s.reserved == 0 ? nullptr : "reserved bytes";
}

// Of bytes that anybody may have written. 22P03 for a fault.
void check(const StoredPolicy& s) {
    const char* fault = fault_of(s);
    if (fault != nullptr)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid binary uptime_policy: %s", fault),
                 errhint("The value was damaged, or not written by store_uptime.")));
}

}  // namespace

Policy to_policy(Datum datum) {
    const StoredPolicy* s = stored(datum);
    check(*s);
    Policy policy;
    policy.fill = static_cast<Fill>(s->fill);
    policy.carry = static_cast<Carry>(s->carry);
    policy.backfill = static_cast<Backfill>(s->backfill);
    policy.unknown = static_cast<Status>(s->unknown);
    policy.max_gap = Micros{s->max_gap};
    return policy;
}

Datum policy_datum(const Policy& policy) {
    auto* s = static_cast<StoredPolicy*>(palloc0(sizeof(StoredPolicy)));
    s->max_gap = policy.max_gap.count();
    s->fill = static_cast<std::uint8_t>(policy.fill);
    s->carry = static_cast<std::uint8_t>(policy.carry);
    s->backfill = static_cast<std::uint8_t>(policy.backfill);
    s->unknown = static_cast<std::uint8_t>(policy.unknown);
    return PointerGetDatum(s);
}

extern "C" {

PG_FUNCTION_INFO_V1(uptime_policy_in);
PG_FUNCTION_INFO_V1(uptime_policy_out);
PG_FUNCTION_INFO_V1(uptime_policy_recv);
PG_FUNCTION_INFO_V1(uptime_policy_send);
PG_FUNCTION_INFO_V1(uptime_policy_eq);
PG_FUNCTION_INFO_V1(uptime_policy_ne);
PG_FUNCTION_INFO_V1(uptime_policy_hash);
PG_FUNCTION_INFO_V1(uptime_policy_hash_extended);
PG_FUNCTION_INFO_V1(uptime_policy);
PGDLLEXPORT Datum uptime_policy_in(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_out(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_recv(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_send(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_eq(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_ne(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_hash(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy_hash_extended(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum uptime_policy(PG_FUNCTION_ARGS);

Datum uptime_policy_in(PG_FUNCTION_ARGS) {
    const char* text = PG_GETARG_CSTRING(0);
    Policy policy;
    call_core([&] { policy = parse_policy(text); });
    return policy_datum(policy);
}

Datum uptime_policy_out(PG_FUNCTION_ARGS) {
    const Policy policy = to_policy(PG_GETARG_DATUM(0));
    char text[256];  // five words and a duration: never more than half of it
    call_core([&] {
        const std::string printed = print(policy);
        text[printed.copy(text, sizeof(text) - 1)] = '\0';
    });
    PG_RETURN_CSTRING(pstrdup(text));
}

Datum uptime_policy_recv(PG_FUNCTION_ARGS) {
    auto* bytes = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    auto* s = static_cast<StoredPolicy*>(palloc(sizeof(StoredPolicy)));
    s->max_gap = pq_getmsgint64(bytes);
    for (std::uint8_t* choice : {&s->fill, &s->carry, &s->backfill, &s->unknown})
        *choice = static_cast<std::uint8_t>(pq_getmsgbyte(bytes));
    s->reserved = pq_getmsgint(bytes, sizeof(s->reserved));
    check(*s);
    return PointerGetDatum(s);
}

Datum uptime_policy_send(PG_FUNCTION_ARGS) {
    const StoredPolicy* s = stored(PG_GETARG_DATUM(0));
    StringInfoData bytes;
    pq_begintypsend(&bytes);
    pq_sendint64(&bytes, static_cast<uint64>(s->max_gap));
    pq_sendint8(&bytes, s->fill);
    pq_sendint8(&bytes, s->carry);
    pq_sendint8(&bytes, s->backfill);
    pq_sendint8(&bytes, s->unknown);
    pq_sendint32(&bytes, 0);
    PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

Datum uptime_policy_eq(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1))); }

Datum uptime_policy_ne(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(!equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1))); }

Datum uptime_policy_hash(PG_FUNCTION_ARGS) {
    return hash_any(reinterpret_cast<const unsigned char*>(stored(PG_GETARG_DATUM(0))), sizeof(StoredPolicy));
}

Datum uptime_policy_hash_extended(PG_FUNCTION_ARGS) {
    return hash_any_extended(reinterpret_cast<const unsigned char*>(stored(PG_GETARG_DATUM(0))), sizeof(StoredPolicy),
                             static_cast<uint64>(PG_GETARG_INT64(1)));
}

// uptime_policy(fill text, carry text, backfill boolean, max_gap interval, unknown text): a policy option by option.
Datum uptime_policy(PG_FUNCTION_ARGS) {
    const std::string_view fill = view(PG_GETARG_TEXT_PP(0));
    const std::string_view carry = view(PG_GETARG_TEXT_PP(1));
    const std::string_view unknown = view(PG_GETARG_TEXT_PP(4));
    Policy policy;
    policy.backfill = PG_GETARG_BOOL(2) ? Backfill::on : Backfill::off;
    policy.max_gap = gap_argument(reinterpret_cast<const ::Interval*>(PG_GETARG_POINTER(3)));
    call_core([&] {
        set_option(policy, "fill", fill);
        set_option(policy, "carry", carry);
        set_option(policy, "unknown", unknown);
    });
    return policy_datum(policy);
}

}  // extern "C"

}  // namespace store_uptime::pg
