#include "core/timeline_text.hpp"

#include "core/instant_text.hpp"

namespace store_uptime {
namespace {

Status scan_status(Scanner& in) {
    const std::size_t start = in.position();
    const std::string_view word = in.word();
    for (const Status s : {Status::unknown, Status::up, Status::down})
        if (word == name(s)) return s;
    in.fail_at(start, "expected a status", "A poll is up, down or unknown.");
}

}  // namespace

Timeline parse_timeline(std::string_view text) {
    Scanner in(text, "status_timeline");
    Timeline polls;
    in.skip_space();
    in.expect('{');
    in.skip_space();
    if (!in.take('}')) {
        do {
            in.skip_space();
            const Instant at = scan_instant(in);
            in.skip_space();
            polls.push_back({at, scan_status(in)});
            in.skip_space();
        } while (in.take(','));
        in.expect('}');
    }
    in.skip_space();
    if (!in.at_end()) in.fail("expected nothing more");
    make_timeline(polls);
    return polls;
}

std::string print(Polls polls) {
    std::string out = "{";
    out.reserve(2 + polls.size() * 27);
    for (const Poll& p : polls) {
        if (out.size() > 1) out += ", ";
        append_text(out, p.at);
        out += ' ';
        out += name(p.status);
    }
    out += '}';
    return out;
}

}  // namespace store_uptime
