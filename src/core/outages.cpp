#include "core/outages.hpp"

namespace store_uptime {

void Outages::operator()(const Segment& s) {
    if (s.status != Status::down) {
        // It ended when it was last down: closed or excluded time between that and now belongs to nobody.
        if (down_) list_.back().ended_at = list_.back().last_down;
        down_ = false;
        return;
    }
    if (!down_) list_.push_back({s.during.from, s.during.from, std::nullopt, Micros{0}});
    down_ = true;
    list_.back().last_down = s.during.to;
    list_.back().open_duration += s.during.length();
}

}  // namespace store_uptime
