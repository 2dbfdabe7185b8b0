// One sequential scan, run without the executor: hands the columns of each visible row to a function.
//
// Most of a report's time goes into reading polls, so this is its tightest loop. Rows of a heap table are taken from the
// page where they lie, those of other table access methods from a slot; what is visible is the access method's business
// either way. Several processes may share one scan.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupmacs.h"
#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace store_uptime::pg {

// A scan that is all there is to do for a query: which attribute of the relation each column is.
struct BareScan {
    static constexpr int kMaxColumns = 6;
    Oid relation;
    int columns;
    AttrNumber attributes[kMaxColumns];  // 0 for a null constant
    AttrNumber last;                     // the highest
    // Where several processes share the scan; or null.
    ParallelTableScanDesc shared;
};

// What row functions leave in their memory context, detoasted values above all, is freed after so many rows.
inline constexpr int kRowsPerReset = 1024;

// Calls row(const Datum* values, const bool* nulls) for each row that the active snapshot sees. It may raise PostgreSQL
// errors, so it must hold no C++ object with a destructor. The caller has checked permissions; the relation is locked
// since planning (for a parallel worker, by its leader).
template <class Row>
void scan_rows(const BareScan& scan, Row&& row);

// ---------------------------------------------------------------------------------------------------------------------

namespace detail {

// The columns of heap tuples, taken from the page.
class HeapRows {
 public:
    HeapRows(const BareScan& scan, TableScanDesc rows)
        : scan_(scan),
          rows_(reinterpret_cast<HeapScanDesc>(rows)),
          row_(RelationGetDescr(rows->rs_rd)),
          steps_(static_cast<Step*>(palloc(sizeof(Step) * (scan.last + 1)))),
          found_(static_cast<NullableDatum*>(palloc(sizeof(NullableDatum) * (scan.last + 1)))) {
        for (int i = 0; i < scan.last; ++i) {
            const auto* attribute = TupleDescAttr(row_, i);
            const auto align = static_cast<std::uint16_t>(att_align_nominal(1, attribute->attalign));
            steps_[i] = {attribute->attlen, static_cast<std::uint16_t>(align - 1), attribute->attbyval};
        }
    }

    // Whether a scan is one that this class can read.
    static bool can_read(TableScanDesc rows) {
        return rows->rs_rd->rd_tableam == GetHeapamTableAmRoutine() && (rows->rs_flags & SO_ALLOW_PAGEMODE) != 0;
    }

    bool next(Datum* values, bool* nulls) {
        if (next_ == end_ && !next_page()) return false;
        if (end_ - next_ > kAhead) __builtin_prefetch(tuple_at(next_[kAhead]));
        take(*next_++, values, nulls);
        return true;
    }

 private:
    struct Step {
        std::int16_t length;
        std::uint16_t mask;  // alignment - 1
        bool by_value;
    };
    static constexpr int kAhead = 8;  // the tuples of a page lie against the direction in which memory is best read

    // The access method goes to the next page, finds out which of its tuples are visible, and keeps it pinned. They are
    // all taken here, and it is told that it has given them already.
    bool next_page() {
        if (heap_getnext(&rows_->rs_base, ForwardScanDirection) == nullptr) return false;
        rows_->rs_cindex = rows_->rs_ntuples - 1;
        page_ = BufferGetPage(rows_->rs_cbuf);
        next_ = rows_->rs_vistuples;
        end_ = next_ + rows_->rs_ntuples;
        return true;
    }

    HeapTupleHeader tuple_at(OffsetNumber number) const {
        return reinterpret_cast<HeapTupleHeader>(PageGetItem(page_, PageGetItemId(page_, number)));
    }

    void take(OffsetNumber number, Datum* values, bool* nulls) {
        const HeapTupleHeader tuple = tuple_at(number);
        if (HeapTupleHeaderGetNatts(tuple) < scan_.last) [[unlikely]]
            return take_short(number, values, nulls);
        if ((tuple->t_infomask & HEAP_HASNULL) == 0)
            walk(tuple, [](int) { return false; });
        else
            walk(tuple, [tuple](int i) { return att_isnull(i, tuple->t_bits); });
        for (int i = 0; i < scan_.columns; ++i) {
            if (scan_.attributes[i] == 0) continue;
            values[i] = found_[scan_.attributes[i] - 1].value;
            nulls[i] = found_[scan_.attributes[i] - 1].isnull;
        }
    }

    // From a tuple older than the last column: what it lacks are defaults.
    void take_short(OffsetNumber number, Datum* values, bool* nulls) {
        HeapTupleData whole = {};
        whole.t_len = ItemIdGetLength(PageGetItemId(page_, number));
        whole.t_data = tuple_at(number);
        for (int i = 0; i < scan_.columns; ++i)
            if (scan_.attributes[i] != 0) values[i] = heap_getattr(&whole, scan_.attributes[i], row_, &nulls[i]);
    }

    // Finds all attributes up to the last one wanted, by the rules of heap_deform_tuple.
    template <class IsNull>
    void walk(HeapTupleHeader tuple, IsNull is_null) {
        char* const data = reinterpret_cast<char*>(tuple) + tuple->t_hoff;
        std::uintptr_t at = 0;
        for (int i = 0; i < scan_.last; ++i) {
            if (is_null(i)) {
                found_[i].isnull = true;
                continue;
            }
            const Step step = steps_[i];
            const std::uintptr_t aligned = (at + step.mask) & ~std::uintptr_t{step.mask};
            if (step.length == 8 && step.by_value) {
                found_[i] = {*reinterpret_cast<const Datum*>(data + aligned), false};
                at = aligned + 8;
            } else if (step.length == -1) {
                // A short header needs no alignment, and no long one begins with a zero byte, which padding is.
                if (!VARATT_NOT_PAD_BYTE(data + at)) at = aligned;
                found_[i] = {PointerGetDatum(data + at), false};
                at += VARSIZE_ANY(data + at);
            } else {
                found_[i] = {fetch_att(data + aligned, step.by_value, step.length), false};
                at = att_addlength_pointer(aligned, step.length, data + aligned);
            }
        }
    }

    const BareScan& scan_;
    HeapScanDesc rows_;
    TupleDesc row_;
    Step* steps_;
    NullableDatum* found_;
    Page page_ = nullptr;
    const OffsetNumber* next_ = nullptr;  // of the tuples of the page
    const OffsetNumber* end_ = nullptr;
};

// The columns of rows in a slot, whatever the access method.
class SlotRows {
 public:
    SlotRows(const BareScan& scan, TableScanDesc rows)
        : scan_(scan), rows_(rows), slot_(table_slot_create(rows->rs_rd, nullptr)) {}

    bool next(Datum* values, bool* nulls) {
        if (!table_scan_getnextslot(rows_, ForwardScanDirection, slot_)) {
            ExecDropSingleTupleTableSlot(slot_);
            return false;
        }
        slot_getsomeattrs(slot_, scan_.last);
        for (int i = 0; i < scan_.columns; ++i) {
            if (scan_.attributes[i] == 0) continue;
            values[i] = slot_->tts_values[scan_.attributes[i] - 1];
            nulls[i] = slot_->tts_isnull[scan_.attributes[i] - 1];
        }
        return true;
    }

 private:
    const BareScan& scan_;
    TableScanDesc rows_;
    TupleTableSlot* slot_;
};

static_assert(std::is_trivially_destructible_v<HeapRows> && std::is_trivially_destructible_v<SlotRows>);

template <class Rows, class Row>
void pass_rows(Rows rows, Row& row) {
    Datum values[BareScan::kMaxColumns] = {};
    bool nulls[BareScan::kMaxColumns];
    std::fill(std::begin(nulls), std::end(nulls), true);
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext caller = MemoryContextSwitchTo(per_row);
    for (int n = 1; rows.next(values, nulls); ++n) {
        CHECK_FOR_INTERRUPTS();
        row(values, nulls);
        if (n % kRowsPerReset == 0) MemoryContextReset(per_row);
    }
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(per_row);
}

}  // namespace detail

template <class Row>
void scan_rows(const BareScan& scan, Row&& row) {
    Relation relation = table_open(scan.relation, AccessShareLock);
    TableScanDesc rows = scan.shared != nullptr ? table_beginscan_parallel(relation, scan.shared)
                                                : table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    if (detail::HeapRows::can_read(rows))
        detail::pass_rows(detail::HeapRows(scan, rows), row);
    else
        detail::pass_rows(detail::SlotRows(scan, rows), row);
    table_endscan(rows);
    table_close(relation, AccessShareLock);
}

}  // namespace store_uptime::pg
