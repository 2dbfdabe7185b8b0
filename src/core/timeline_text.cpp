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

// "2024-01-08 16:14:00Z up, " is as short as a poll can be.
constexpr std::size_t kShortestPoll = 25;

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

TimelinePrinter::TimelinePrinter(std::size_t polls, std::size_t most) : count_(polls), most_(most) {
    check_length(polls * kShortestPoll);
    text_.reserve(std::min(most, 2 + polls * (kShortestPoll + 2)));
}

void TimelinePrinter::check_length(std::size_t length) const {
    if (length > most_)
        throw Error(Errc::too_large, "the text of a timeline of " + std::to_string(count_) + " polls is too long",
                    "Print parts of it, for example a year at a time, or list its polls.");
}

void TimelinePrinter::add(Polls polls) {
    for (const Poll& p : polls) {
        steps_.add();
        if (text_.size() > 1) text_ += ", ";
        append_text(text_, p.at);
        text_ += ' ';
        text_ += name(p.status);
        check_length(text_.size() + 1);
    }
}

std::string TimelinePrinter::finish() {
    text_ += '}';
    return std::move(text_);
}

std::string print(Polls polls) {
    TimelinePrinter printer(polls.size(), static_cast<std::size_t>(-1));
    printer.add(polls);
    return printer.finish();
}

}  // namespace store_uptime
