#include "core/group.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace store_uptime {
namespace {

constexpr const char* kWhat = "state of a group";

std::uint32_t read_length(ByteReader& in) {
    std::uint32_t n = 0;
    std::memcpy(&n, in.bytes(sizeof(n)).data(), sizeof(n));
    return n;
}

// The next poll of each system that has one, the earliest first.
class NextPolls {
 public:
    struct Next {
        Poll poll;
        std::size_t system;
    };

    explicit NextPolls(std::span<TimelineReader> systems) : systems_(systems) {
        for (std::size_t i = 0; i < systems.size(); ++i) read(i);
    }

    bool empty() const noexcept { return heap_.empty(); }

    Next take() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const Next next = heap_.back();
        heap_.pop_back();
        read(next.system);
        return next;
    }

 private:
    static bool later(const Next& a, const Next& b) noexcept { return b.poll.at < a.poll.at; }

    void read(std::size_t system) {
        Poll poll;
        if (!systems_[system].next(poll)) return;
        heap_.push_back({poll, system});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    std::span<TimelineReader> systems_;
    std::vector<Next> heap_;
};

// In which status how many systems are.
class Census {
 public:
    explicit Census(std::size_t systems) : now_(systems, Status::unknown) { number(Status::unknown) = systems; }

    void change(std::size_t system, Status to) noexcept {
        --number(now_[system]);
        ++number(to);
        now_[system] = to;
    }

    Status together(std::size_t needed) const noexcept {
        if (number_[1] >= needed) return Status::up;
        return number_[1] + number_[0] < needed ? Status::down : Status::unknown;
    }

 private:
    std::size_t& number(Status s) noexcept { return number_[static_cast<std::size_t>(s)]; }

    std::vector<Status> now_;
    std::array<std::size_t, 3> number_{};  // by status
};

}  // namespace

GatheredGroup read_group(Bytes bytes) {
    if (bytes.empty()) return {};
    ByteReader in(bytes, kWhat);
    const std::uint32_t needed = read_length(in);
    return {needed, in.bytes(in.left())};
}

std::vector<TimelineReader> read_systems(Bytes systems) {
    std::vector<TimelineReader> readers;
    for (ByteReader in(systems, kWhat); in.left() > 0;) {
        if (readers.size() == kMaxSystems)
            throw Error(Errc::too_large, "a group of more than " + std::to_string(kMaxSystems) + " systems",
                        "Make groups of parts, and a group of those.");
        readers.emplace_back(in.bytes(read_length(in)));
    }
    return readers;
}

Timeline group_of(std::span<TimelineReader> systems, std::size_t needed) {
    if (needed == 0)
        throw Error(Errc::invalid_argument, "a group needs at least one of its systems up", "Ask for 1 or more.");
    Timeline group;
    Census census(systems.size());
    for (NextPolls polls(systems); !polls.empty();) {
        const auto [poll, system] = polls.take();
        census.change(system, poll.status);
        if (group.empty() || group.back().at < poll.at) {
            if (group.size() == kMaxPolls) fail_too_many_polls(group.size() + 1);
            group.push_back({poll.at, Status::unknown});
        }
        group.back().status = census.together(needed);  // of all that were polled at this instant, in the end
    }
    return group;
}

}  // namespace store_uptime
