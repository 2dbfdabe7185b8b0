#include "core/group.hpp"

#include <algorithm>
#include <array>

namespace store_uptime {
namespace {

struct Change {
    Instant at;
    std::uint32_t system;
    Status status;
};

std::vector<Change> changes_of(std::span<const Polls> systems) {
    std::size_t count = 0;
    for (const Polls& polls : systems) count += polls.size();
    std::vector<Change> changes;
    changes.reserve(count);
    for (std::size_t i = 0; i < systems.size(); ++i)
        for (const Poll& p : systems[i]) changes.push_back({p.at, static_cast<std::uint32_t>(i), p.status});
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
    return changes;
}

}  // namespace

Timeline group_of(std::span<const Polls> systems, std::size_t needed) {
    if (needed == 0)
        throw Error(Errc::invalid_argument, "a group needs at least one of its systems up", "Ask for 1 or more.");
    std::vector<Status> now(systems.size(), Status::unknown);
    std::array<std::size_t, 3> in_status{};  // how many systems are in each
    const auto number = [&](Status s) -> std::size_t& { return in_status[static_cast<std::size_t>(s)]; };
    number(Status::unknown) = systems.size();

    Timeline group;
    for (const Change& c : changes_of(systems)) {
        --number(now[c.system]);
        ++number(c.status);
        now[c.system] = c.status;
        const Status together = number(Status::up) >= needed                             ? Status::up
                                : number(Status::up) + number(Status::unknown) < needed ? Status::down
                                                                                        : Status::unknown;
        if (!group.empty() && group.back().at == c.at)
            group.back().status = together;  // more than one system was polled at this instant
        else
            group.push_back({c.at, together});
    }
    return group;
}

}  // namespace store_uptime
