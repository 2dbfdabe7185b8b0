// Totals on their way from a parallel worker to the leader of its report, in a shared queue of fixed size: a worker that
// is ahead waits until the leader has taken some, so that no report needs memory for all of its answers.
//
// A message holds rows of core/row_format.hpp, one for each store, whose payload is the number of its zone; behind each
// stand its totals, one for each window of that zone.
#pragma once

#include "pg/slice_worker.hpp"

extern "C" {
#include "storage/shm_mq.h"
}

namespace store_uptime::pg {

inline constexpr std::size_t kTotalsQueueSize = 512 * 1024;

// The worker's end: a sink that sends. Once the leader is gone it is full.
struct TotalsSender {
    TotalsSink base;  // first: SliceWorker knows it by this
    shm_mq_handle* queue;
    StringInfoData message;

    static TotalsSender create(shm_mq_handle* queue);
    // Sends what is left, and tells the leader that no more will come.
    void finish();
};

// The leader's ends: one for each worker that was launched.
class TotalsReceiver {
 public:
    static TotalsReceiver create(int queues) {
        return {static_cast<shm_mq_handle**>(palloc(sizeof(shm_mq_handle*) * (queues + 1))), 0, nullptr};
    }
    void add(shm_mq_handle* queue) { queues_[count_++] = queue; }

    // Hands what has come so far to the sink, without waiting; whether anything had. `worker` knows the windows.
    bool take(const StoreIds& ids, SliceWorker& worker, TotalsSink& sink);
    // The same until all workers have finished. Raises what they raise.
    void take_all(const StoreIds& ids, SliceWorker& worker, TotalsSink& sink);

 private:
    TotalsReceiver(shm_mq_handle** queues, int count, MemoryContext per_message)
        : queues_(queues), count_(count), per_message_(per_message) {}

    void pass_on(std::span<const char> message, const StoreIds& ids, SliceWorker& worker, TotalsSink& sink);

    shm_mq_handle** queues_;
    int count_;  // of those whose worker has not finished
    MemoryContext per_message_;
};

static_assert(std::is_trivially_destructible_v<TotalsSender> && std::is_trivially_destructible_v<TotalsReceiver>);

}  // namespace store_uptime::pg
