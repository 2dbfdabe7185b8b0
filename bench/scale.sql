-- Larger tables, and tables in other physical orders, made in the server of those that lie in schema base. The same
-- arguments give the same rows.

-- The number of a store's copy; copy 0 is the store itself.
CREATE FUNCTION bench.copy_of(store_id bigint, copy int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN copy = 0 THEN store_id ELSE hashint8extended(store_id, copy) & 9223372036854775807 END
$$;

-- When it was polled: up to half a minute before the store, within the same hour.
CREATE FUNCTION bench.moved(polled timestamptz, store_id bigint, copy int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN copy = 0 THEN polled
                ELSE greatest(date_trunc('hour', polled, 'UTC'),
                              polled - (hashint8extended(store_id # copy, extract(epoch FROM polled)::bigint)
                                        & 33554431) * interval '1 microsecond') END
$$;

-- Fills polls of an empty data set from those of base, `copies` of each store, with a past of `ages` times eight days.
-- physical_order is time, store, or file: all active polls, then all inactive ones, each shuffled.
CREATE PROCEDURE bench.fill_polls(data text, copies int, ages int, physical_order text) LANGUAGE plpgsql AS $$
DECLARE
    hour timestamptz;
    polls text := format(
        'SELECT bench.copy_of(store_id, copy), status,
                bench.moved(timestamp_utc, store_id, copy) - age * interval ''192 hours''
         FROM base.store_status, generate_series(0, %s) copy, generate_series(%s, 0, -1) age', copies - 1, ages - 1);
BEGIN
    IF physical_order <> 'time' THEN
        EXECUTE format('INSERT INTO %I.store_status %s ORDER BY %s', data, polls,
            CASE physical_order WHEN 'store' THEN '1, 3'
                ELSE '2, hashint8extended(store_id # copy, extract(epoch FROM timestamp_utc)::bigint), 3' END);
        RETURN;
    END IF;
    -- Hour by hour: each is sorted in memory, however large the whole is.
    FOR past IN REVERSE ages - 1 .. 0 LOOP
        FOR hour IN SELECT generate_series(date_trunc('hour', min(timestamp_utc)), max(timestamp_utc), '1 hour')
                    FROM base.store_status LOOP
            EXECUTE format('INSERT INTO %I.store_status %s WHERE age = $1 AND timestamp_utc >= $2
                            AND timestamp_utc < $2 + interval ''1 hour'' ORDER BY 3', data, polls) USING past, hour;
            COMMIT;
        END LOOP;
    END LOOP;
END
$$;

-- Makes a data set: schema and source `data`, its standard tables unlogged, filled. Without its index a poll table of
-- hundreds of millions of rows is there in half the time.
CREATE PROCEDURE bench.make(data text, copies int, ages int, physical_order text, with_index boolean) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', data);
    PERFORM store_uptime.create_tables(data, source => data);
    EXECUTE format('DROP INDEX %I.store_status_store_id_timestamp_utc_idx', data);
    EXECUTE format('ALTER TABLE %I.store_status SET UNLOGGED', data);
    EXECUTE format('INSERT INTO %I.business_hours (store_id, day_of_week, start_time_local, end_time_local)
                    SELECT bench.copy_of(store_id, copy), day_of_week, start_time_local, end_time_local
                    FROM base.business_hours, generate_series(0, %s) copy', data, copies - 1);
    EXECUTE format('INSERT INTO %I.store_timezone SELECT bench.copy_of(store_id, copy), timezone_str
                    FROM base.store_timezone, generate_series(0, %s) copy', data, copies - 1);
    COMMIT;
    CALL bench.fill_polls(data, copies, ages, physical_order);
    IF with_index THEN
        EXECUTE format('CREATE INDEX ON %I.store_status (store_id, timestamp_utc) INCLUDE (status)', data);
    END IF;
END
$$;
