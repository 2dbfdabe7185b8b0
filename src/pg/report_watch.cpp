#include "pg/report_watch.hpp"

namespace store_uptime::pg {

ReportWatch* report_watch = nullptr;
WatchPlace report_watch_place = {DSM_HANDLE_INVALID, 0};

namespace {

// Reading polls is the larger part of a report, computing from them the smaller.
constexpr double kReadingShare = 0.7;

double ratio(std::uint64_t done, std::uint64_t total) {
    return total == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

double ReportWatch::fraction() const noexcept {
    const double computed = ratio(stores_done, stores_total);
    // The number of polls is an estimate: where stores are done their polls have been read,
    // whatever it says.
    const double read = std::max(ratio(polls_read, polls_expected), computed);
    return std::min(0.99, kReadingShare * read + (1 - kReadingShare) * computed);
}

void join_watch(const WatchPlace& leaders) {
    if (leaders.segment == DSM_HANDLE_INVALID) return;
    dsm_segment* segment = dsm_attach(leaders.segment);
    if (segment == nullptr) return;
    dsm_pin_mapping(segment);
    auto* base = static_cast<char*>(dsm_segment_address(segment));
    report_watch = reinterpret_cast<ReportWatch*>(base + leaders.offset);
}

}  // namespace store_uptime::pg
