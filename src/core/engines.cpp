#include "core/engines.hpp"

namespace store_uptime {

Engines::Engines(Intervals windows, std::optional<Bucket> bucket, Instant as_of, const Policy& policy,
                 std::span<const Zone> zones)
    : windows_(windows.begin(), windows.end()),
      bucket_(bucket),
      as_of_(as_of),
      policy_(policy),
      zones_(zones.begin(), zones.end()),
      by_zone_(zones.size(), nullptr) {
    if (bucket_) {
        check_series(*bucket_, windows_.at(0));
        return;
    }
    made_.push_back(std::make_unique<Engine>(windows_, as_of_, policy_));
    std::fill(by_zone_.begin(), by_zone_.end(), made_.back().get());
}

Engine& Engines::make(std::size_t zone) {
    made_.push_back(std::make_unique<Engine>(buckets(*bucket_, windows_[0], zones_[zone]), as_of_, policy_));
    held_ += made_.back()->windows.size();
    return *(by_zone_[zone] = made_.back().get());
}

void Engines::trim() noexcept {
    if (held_ <= kMostHeld) return;
    std::fill(by_zone_.begin(), by_zone_.end(), nullptr);
    made_.clear();
    held_ = 0;
}

}  // namespace store_uptime
