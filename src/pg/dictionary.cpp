#include "pg/dictionary.hpp"

#include "pg/convert.hpp"

extern "C" {
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/uuid.h"
}

namespace store_uptime::pg {
namespace {

constexpr std::size_t kFirstSlots = 1024;  // a power of two

std::uint32_t hash_word(Datum value) noexcept {
    // Fibonacci hashing: store ids are often consecutive or random, never adversarial to more than their own report.
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(value) * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

std::uint32_t hash_of_bytes(const char* bytes, std::size_t length) noexcept {
    return hash_bytes(reinterpret_cast<const unsigned char*>(bytes), static_cast<int>(length));
}

}  // namespace

Dictionary* Dictionary::create(MemoryContext context, Oid type, Oid collation) {
    TypeCacheEntry* cache = lookup_type_cache(type, TYPECACHE_HASH_PROC | TYPECACHE_EQ_OPR);
    if (!OidIsValid(cache->hash_proc) || !OidIsValid(cache->eq_opr))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("type %s cannot identify stores: it has no hash equality", format_type_be(type)),
                        errhint("Use a hashable type such as bigint, uuid or text.")));
    auto* d = static_cast<Dictionary*>(MemoryContextAllocZero(context, sizeof(Dictionary)));
    d->context_ = context;
    d->type_ = type;
    d->collation_ = collation;
    d->by_value_ = cache->typbyval;
    d->length_ = cache->typlen;
    if (type == INT8OID || type == INT4OID || type == INT2OID || type == OIDOID)
        d->kind_ = Kind::word;
    else if (type == UUIDOID)
        d->kind_ = Kind::uuid;
    else if ((type == TEXTOID || type == VARCHAROID) &&
             (!OidIsValid(collation) || get_collation_isdeterministic(collation)))
        d->kind_ = Kind::text;
    else {
        d->kind_ = Kind::other;
        fmgr_info_cxt(cache->hash_proc, &d->hash_, context);
        fmgr_info_cxt(get_opcode(cache->eq_opr), &d->equal_, context);
    }
    d->mask_ = kFirstSlots - 1;
    d->slots_ = static_cast<Slot*>(MemoryContextAlloc(context, kFirstSlots * sizeof(Slot)));
    std::memset(d->slots_, 0xFF, kFirstSlots * sizeof(Slot));
    d->capacity_ = kFirstSlots / 2;
    d->values_ = static_cast<Datum*>(MemoryContextAlloc(context, d->capacity_ * sizeof(Datum)));
    d->hashes_ = static_cast<std::uint32_t*>(MemoryContextAlloc(context, d->capacity_ * sizeof(std::uint32_t)));
    return d;
}

template <class Same>
std::uint32_t Dictionary::search(std::uint32_t hash, Datum value, Same same) {
    std::size_t i = hash & mask_;
    for (; slots_[i].number != kMissing; i = (i + 1) & mask_)
        if (slots_[i].hash == hash && same(slots_[i].number)) return slots_[i].number;
    return add(i, hash, value);
}

std::uint32_t Dictionary::number(Datum value) {
    switch (kind_) {
        case Kind::word:
            return search(hash_word(value), value, [&](std::uint32_t n) { return values_[n] == value; });
        case Kind::uuid: {
            const char* bytes = DatumGetPointer(value);
            return search(hash_of_bytes(bytes, UUID_LEN), value, [&](std::uint32_t n) {
                return std::memcmp(DatumGetPointer(values_[n]), bytes, UUID_LEN) == 0;
            });
        }
        case Kind::text: {
            text* plain = DatumGetTextPP(value);
            const std::string_view bytes = view(plain);
            const std::uint32_t n =
                search(hash_of_bytes(bytes.data(), bytes.size()), PointerGetDatum(plain), [&](std::uint32_t m) {
                    return view(reinterpret_cast<const text*>(DatumGetPointer(values_[m]))) == bytes;
                });
            if (PointerGetDatum(plain) != value) pfree(plain);
            return n;
        }
        case Kind::other:
            break;
    }
    const std::uint32_t hash = DatumGetUInt32(FunctionCall1Coll(&hash_, collation_, value));
    return search(hash, value, [&](std::uint32_t n) {
        return DatumGetBool(FunctionCall2Coll(&equal_, collation_, values_[n], value));
    });
}

std::uint32_t Dictionary::add(std::size_t slot, std::uint32_t hash, Datum value) {
    if (size_ == capacity_) {
        grow();
        for (slot = hash & mask_; slots_[slot].number != kMissing; slot = (slot + 1) & mask_) {
        }
    }
    const MemoryContext caller = MemoryContextSwitchTo(context_);
    values_[size_] = datumCopy(value, by_value_, length_);
    MemoryContextSwitchTo(caller);
    hashes_[size_] = hash;
    slots_[slot] = {hash, size_};
    return size_++;
}

void Dictionary::grow() {
    const std::size_t slots = (mask_ + 1) * 2;
    capacity_ *= 2;
    values_ = static_cast<Datum*>(repalloc_huge(values_, capacity_ * sizeof(Datum)));
    hashes_ = static_cast<std::uint32_t*>(repalloc_huge(hashes_, capacity_ * sizeof(std::uint32_t)));
    pfree(slots_);
    slots_ = static_cast<Slot*>(MemoryContextAllocHuge(context_, slots * sizeof(Slot)));
    std::memset(slots_, 0xFF, slots * sizeof(Slot));
    mask_ = slots - 1;
    for (std::uint32_t n = 0; n < size_; ++n) {
        std::size_t i = hashes_[n] & mask_;
        while (slots_[i].number != kMissing) i = (i + 1) & mask_;
        slots_[i] = {hashes_[n], n};
    }
}

}  // namespace store_uptime::pg
