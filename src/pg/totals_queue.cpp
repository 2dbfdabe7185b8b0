#include "pg/totals_queue.hpp"

extern "C" {
#include "storage/latch.h"
#include "utils/wait_event.h"
}

namespace store_uptime::pg {
namespace {

constexpr int kMessage = 64 * 1024;  // about; one store's totals are never parted

void send(TotalsSender& sender) {
    if (sender.message.len == 0) return;
    const shm_mq_result result = shm_mq_send(sender.queue, sender.message.len, sender.message.data, false, true);
    sender.base.full = result == SHM_MQ_DETACHED;
    resetStringInfo(&sender.message);
}

void put(TotalsSink& self, const StoreIds&, const StoreTotals& found) {
    auto& sender = reinterpret_cast<TotalsSender&>(self);
    const std::uint64_t zone = found.zone;
    const std::size_t head = found.store.size() + sizeof zone, all = sizeof(Totals) * found.windows.size();
    enlargeStringInfo(&sender.message, static_cast<int>(head + all));
    char* at = sender.message.data + sender.message.len;
    write_row(at, found.store, zone);
    std::memcpy(at + head, found.totals, all);
    sender.message.len += static_cast<int>(head + all);
    if (sender.message.len >= kMessage) send(sender);
}

}  // namespace

TotalsSender TotalsSender::create(shm_mq_handle* queue) {
    TotalsSender sender = {{put, nullptr, false}, queue, {}};
    initStringInfo(&sender.message);
    return sender;
}

void TotalsSender::finish() {
    send(*this);
    shm_mq_detach(queue);
}

void TotalsReceiver::pass_on(std::span<const char> message, const StoreIds& ids, SliceWorker& worker, TotalsSink& sink) {
    if (per_message_ == nullptr)
        per_message_ = AllocSetContextCreate(CurrentMemoryContext, "store_uptime rows", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(per_message_);
    const char* const end = message.data() + message.size();
    for (const char* at = message.data(); at < end;) {
        std::uint64_t zone = 0;
        const StoreKey store = read_row(at, ids.key_kind(), zone);
        const Intervals windows = worker.windows_of(zone);
        sink.put(sink, ids, {store, zone, windows, reinterpret_cast<const Totals*>(at)});
        at += sizeof(Totals) * windows.size();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_message_);
}

bool TotalsReceiver::take(const StoreIds& ids, SliceWorker& worker, TotalsSink& sink) {
    bool some = false;
    for (int i = 0; i < count_;) {
        Size size = 0;
        void* data = nullptr;
        switch (shm_mq_receive(queues_[i], &size, &data, true)) {
            case SHM_MQ_SUCCESS:
                some = true;
                pass_on({static_cast<const char*>(data), size}, ids, worker, sink);
                break;
            case SHM_MQ_WOULD_BLOCK:
                ++i;
                break;
            case SHM_MQ_DETACHED:
                queues_[i] = queues_[--count_];
                break;
        }
    }
    return some;
}

void TotalsReceiver::take_all(const StoreIds& ids, SliceWorker& worker, TotalsSink& sink) {
    while (count_ > 0) {
        CHECK_FOR_INTERRUPTS();
        if (take(ids, worker, sink)) continue;
        if (count_ > 0) {
            WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, WAIT_EVENT_EXECUTE_GATHER);
            ResetLatch(MyLatch);
        }
    }
}

}  // namespace store_uptime::pg
