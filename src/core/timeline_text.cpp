#include "core/timeline_text.hpp"

#include "core/instant_text.hpp"
#include "core/interrupt.hpp"

namespace store_uptime {
namespace {

Status scan_status(Scanner& in) {
    const std::size_t start = in.position();
    const std::string_view word = in.word();
    for (const Status s : {Status::unknown, Status::up, Status::down})
        if (word == name(s)) return s;
    in.fail_at(start, "expected a status", "A poll is up, down or unknown.");
}

[[noreturn]] void fail_too_long(std::size_t polls) {
    throw Error(Errc::too_large, "the text of a timeline of " + std::to_string(polls) + " polls is too long",
                "Print parts of it, for example a year at a time, or list its polls.");
}

}  // namespace

Timeline parse_timeline(std::string_view text) {
    Scanner in(text, "status_timeline");
    Timeline polls;
    Steps steps;
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
            steps.add();
        } while (in.take(','));
        in.expect('}');
    }
    in.skip_space();
    if (!in.at_end()) in.fail("expected nothing more");
    make_timeline(polls);
    return polls;
}

std::string print(Polls polls, std::size_t most) {
    std::string out = "{";
    out.reserve(std::min(most, 2 + polls.size() * 27));
    Steps steps;
    for (const Poll& p : polls) {
        steps.add();
        if (out.size() > 1) out += ", ";
        append_text(out, p.at);
        out += ' ';
        out += name(p.status);
        if (out.size() >= most) fail_too_long(polls.size());
    }
    out += '}';
    return out;
}

}  // namespace store_uptime
