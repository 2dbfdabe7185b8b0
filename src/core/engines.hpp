// The engines of a report: one for all of its stores, or, where each zone has windows of its own (the buckets of a
// series), one for each zone, made when the first of the zone's stores is asked about.
#pragma once

#include <memory>
#include <optional>

#include "core/bucket.hpp"
#include "core/uptime.hpp"

#include "core/no_postgres.hpp"

namespace store_uptime {

// Windows, and the engine that answers for them.
struct Engine {
    Engine(std::vector<Interval> asked, Instant as_of, const Policy& policy)
        : windows(std::move(asked)), uptime(windows, as_of, policy) {}

    std::vector<Interval> windows;  // as they were asked for; the engine's own are cut at as_of
    Uptime uptime;
};

class Engines {
 public:
    // Without `bucket` all zones have these windows; with it the one window is cut into buckets. The zones have to cover
    // what bucket_zone_range() and Question::resolves() say. Throws what Question and check_series do.
    Engines(Intervals windows, std::optional<Bucket> bucket, Instant as_of, const Policy& policy,
            std::span<const Zone> zones);

    // The engine for stores of the zone with this number. It stays until trim().
    Engine& of(std::size_t zone) {
        Engine* made = by_zone_[zone];
        return made != nullptr ? *made : make(zone);
    }

    // Forgets engines if they hold a great many windows; they are made anew when they are asked for. To be called every
    // so many stores, so that memory is bounded however many zones there are.
    void trim() noexcept;
    std::size_t windows_held() const noexcept { return held_; }

    static constexpr std::size_t kMostHeld = std::size_t{1} << 17;  // with their slices, 13 MB

 private:
    Engine& make(std::size_t zone);

    std::vector<Interval> windows_;
    std::optional<Bucket> bucket_;
    Instant as_of_;
    Policy policy_;
    std::vector<Zone> zones_;

    std::vector<std::unique_ptr<Engine>> made_;
    std::vector<Engine*> by_zone_;  // null: not made yet
    std::size_t held_ = 0;
};

}  // namespace store_uptime
