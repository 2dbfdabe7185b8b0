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
#include "pgstat.h"
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
    Oid types[kMaxColumns];              // that the plan has for them
    AttrNumber last;                     // the highest
    // Where several processes share the scan; or null.
    ParallelTableScanDesc shared;
};

// Calls row(const Datum* values, const bool* nulls) for each row that the active snapshot sees. It may raise PostgreSQL
// errors, so it must hold no C++ object with a destructor; what it leaves in the current memory context, detoasted values
// above all, is freed every so often. The caller has checked permissions; the relation is locked since planning (for a
// parallel worker, by its leader). 40001: a column has another type than it had then.
template <class Row>
void scan_rows(const BareScan& scan, Row&& row);

// ---------------------------------------------------------------------------------------------------------------------

namespace detail {

// Rows of a heap table, whose columns are taken from the page.
class HeapRows {
 public:
    HeapRows(const BareScan& scan, TableScanDesc rows)
        : scan_(scan), rows_(reinterpret_cast<HeapScanDesc>(rows)), row_(RelationGetDescr(rows->rs_rd)) {
        steps_ = static_cast<Step*>(palloc(sizeof(Step) * (scan.last + 1)));
        for (int i = 0; i < scan.last; ++i) {
            const auto* attribute = TupleDescAttr(row_, i);
            const auto alignment = static_cast<std::uint8_t>(att_align_nominal(1, attribute->attalign));
            const Layout layout = attribute->attlen == 8 && attribute->attbyval ? Layout::word
                                  : attribute->attlen == -1                     ? Layout::varlena
                                                                                : Layout::other;
            const auto column = std::find(scan.attributes, scan.attributes + scan.columns, i + 1) - scan.attributes;
            steps_[i] = {layout, static_cast<std::uint8_t>(alignment - 1), attribute->attbyval,
                         static_cast<std::uint8_t>(column < scan.columns ? column : kNoColumn), attribute->attlen};
        }
        std::fill(std::begin(nulls_), std::end(nulls_), true);
    }

    // Whether a scan is one that this class can read.
    static bool can_read(TableScanDesc rows) {
        return rows->rs_rd->rd_tableam == GetHeapamTableAmRoutine() && (rows->rs_flags & SO_ALLOW_PAGEMODE) != 0;
    }

    template <class Row>
    void each(MemoryContext per_row, Row& row) {
        const MemoryContext caller = MemoryContextSwitchTo(per_row);
        while (next_page()) {
            const Page page = BufferGetPage(rows_->rs_cbuf);
            const OffsetNumber* next = rows_->rs_vistuples;
            for (const OffsetNumber* const end = next + rows_->rs_ntuples; next != end; ++next) {
                if (end - next > kAhead) __builtin_prefetch(PageGetItem(page, PageGetItemId(page, next[kAhead])));
                take(page, *next);
                row(values_, nulls_);
            }
            MemoryContextReset(per_row);
        }
        MemoryContextSwitchTo(caller);
    }

 private:
    enum class Layout : std::uint8_t { word, varlena, other };
    struct Step {
        Layout layout;
        std::uint8_t mask;  // alignment - 1
        bool by_value;
        std::uint8_t column;  // of the scan, or kNoColumn
        std::int16_t length;
    };
    static constexpr int kNoColumn = BareScan::kMaxColumns;
    static constexpr int kAhead = 8;  // the tuples of a page lie against the direction in which memory is best read

    // The access method goes to the next page, finds out which of its tuples are visible, and keeps it pinned. They are
    // all taken here, and it is told that it has given them already.
    bool next_page() {
        CHECK_FOR_INTERRUPTS();
        if (heap_getnext(&rows_->rs_base, ForwardScanDirection) == nullptr) return false;
        rows_->rs_cindex = rows_->rs_ntuples - 1;
        pgstat_count_index_tuples(rows_->rs_base.rs_rd, rows_->rs_ntuples - 1);  // the macro for several at once
        return true;
    }

    void take(Page page, OffsetNumber number) {
        const ItemId item = PageGetItemId(page, number);
        const auto tuple = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
        if (HeapTupleHeaderGetNatts(tuple) < scan_.last) [[unlikely]]
            return take_short(tuple, ItemIdGetLength(item));
        if ((tuple->t_infomask & HEAP_HASNULL) != 0) return walk<true>(tuple);
        if (some_null_) {
            for (int i = 0; i < scan_.columns; ++i) nulls_[i] = scan_.attributes[i] == 0;
            some_null_ = false;
        }
        walk<false>(tuple);
    }

    // From a tuple older than the last column: what it lacks are defaults.
    void take_short(HeapTupleHeader tuple, std::uint32_t length) {
        HeapTupleData whole = {};
        whole.t_len = length;
        whole.t_data = tuple;
        for (int i = 0; i < scan_.columns; ++i)
            if (scan_.attributes[i] != 0) values_[i] = heap_getattr(&whole, scan_.attributes[i], row_, &nulls_[i]);
        some_null_ = true;
    }

    // Goes over all attributes up to the last one wanted, by the rules of heap_deform_tuple.
    template <bool has_nulls>
    void walk(HeapTupleHeader tuple) {
        char* const data = reinterpret_cast<char*>(tuple) + tuple->t_hoff;
        std::uintptr_t at = 0;
        int i = 0;
        for (const Step* step = steps_; i < scan_.last; ++i, ++step) {
            if constexpr (has_nulls) {
                nulls_[step->column] = att_isnull(i, tuple->t_bits);
                if (nulls_[step->column]) {
                    some_null_ = true;
                    continue;
                }
            }
            const std::uintptr_t aligned = (at + step->mask) & ~std::uintptr_t{step->mask};
            Datum value;
            if (step->layout == Layout::word) {
                value = *reinterpret_cast<const Datum*>(data + aligned);
                at = aligned + sizeof(Datum);
            } else if (step->layout == Layout::varlena) {
                // A short header needs no alignment, and no long one begins with a zero byte, which padding is.
                if (!VARATT_NOT_PAD_BYTE(data + at)) at = aligned;
                value = PointerGetDatum(data + at);
                at += VARSIZE_ANY(data + at);
            } else {
                value = fetch_att(data + aligned, step->by_value, step->length);
                at = att_addlength_pointer(aligned, step->length, data + aligned);
            }
            values_[step->column] = value;
        }
    }

    const BareScan& scan_;
    HeapScanDesc rows_;
    TupleDesc row_;
    Step* steps_;
    bool some_null_ = true;
    Datum values_[BareScan::kMaxColumns + 1] = {};  // the last for attributes that no column wants
    bool nulls_[BareScan::kMaxColumns + 1];
};

// Rows in a slot, whatever the access method.
class SlotRows {
 public:
    SlotRows(const BareScan& scan, TableScanDesc rows)
        : scan_(scan), rows_(rows), slot_(table_slot_create(rows->rs_rd, nullptr)) {}

    template <class Row>
    void each(MemoryContext per_row, Row& row) {
        Datum values[BareScan::kMaxColumns] = {};
        bool nulls[BareScan::kMaxColumns];
        std::fill(std::begin(nulls), std::end(nulls), true);
        const MemoryContext caller = MemoryContextSwitchTo(per_row);
        while (table_scan_getnextslot(rows_, ForwardScanDirection, slot_)) {
            CHECK_FOR_INTERRUPTS();
            slot_getsomeattrs(slot_, scan_.last);
            for (int i = 0; i < scan_.columns; ++i) {
                if (scan_.attributes[i] == 0) continue;
                values[i] = slot_->tts_values[scan_.attributes[i] - 1];
                nulls[i] = slot_->tts_isnull[scan_.attributes[i] - 1];
            }
            row(values, nulls);
            MemoryContextReset(per_row);
        }
        MemoryContextSwitchTo(caller);
        ExecDropSingleTupleTableSlot(slot_);
    }

 private:
    const BareScan& scan_;
    TableScanDesc rows_;
    TupleTableSlot* slot_;
};

static_assert(std::is_trivially_destructible_v<HeapRows> && std::is_trivially_destructible_v<SlotRows>);

}  // namespace detail

// 40001 unless the columns of the relation are still those that the scan was planned with: others may have run since.
void check_scan(const BareScan& scan, Relation relation);

template <class Row>
void scan_rows(const BareScan& scan, Row&& row) {
    static_assert(std::is_trivially_destructible_v<std::remove_reference_t<Row>>, "an error would leave it behind");
    Relation relation = table_open(scan.relation, AccessShareLock);
    check_scan(scan, relation);
    TableScanDesc rows = scan.shared != nullptr ? table_beginscan_parallel(relation, scan.shared)
                                                : table_beginscan(relation, GetActiveSnapshot(), 0, nullptr);
    MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "store_uptime row", ALLOCSET_DEFAULT_SIZES);
    if (detail::HeapRows::can_read(rows))
        detail::HeapRows(scan, rows).each(per_row, row);
    else
        detail::SlotRows(scan, rows).each(per_row, row);
    MemoryContextDelete(per_row);
    table_endscan(rows);
    table_close(relation, AccessShareLock);
}

}  // namespace store_uptime::pg
