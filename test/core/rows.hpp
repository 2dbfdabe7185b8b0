// Rows as a report writes them, for tests of what reads them.
#pragma once

#include <vector>

#include "core/row_format.hpp"

namespace store_uptime::test {

// Rows of one kind, back to back.
class Rows {
 public:
    template <class T>
    void add(const StoreKey& key, const T& payload) {
        const std::size_t size = key.size() + sizeof payload;
        bytes_.resize(bytes_.size() + size);
        write_row(bytes_.data() + bytes_.size() - size, key, payload);
    }
    std::span<const char> bytes() const { return bytes_; }

 private:
    std::vector<char> bytes_;
};

inline StoreKey word(std::uint64_t id) { return {KeyKind::word, id, {}}; }
inline StoreKey text(std::string_view id) { return {KeyKind::bytes, 0, id}; }

}  // namespace store_uptime::test
