-- The figures of an event log as an expert would write them by hand for DuckDB in an afternoon: the anchor.
-- It trusts every line: an OTTO log of clicks, carts and orders, each session in one line. Parameters stand as $name.
-- Sums and counts are exact integers; each mean and share is one division.

-- name: read
-- One pass, and the histogram of each session's events: it maps each event to how often it stands there.
COPY (
    SELECT session, event.aid AS item, event.ts AS ms, event.type AS type, copies
    FROM (
        SELECT session, unnest(map_keys(counted)) AS event, unnest(map_values(counted))::INTEGER AS copies
        FROM (
            SELECT session, list_histogram(events) AS counted
            FROM read_json($log, format = 'newline_delimited', maximum_object_size = 67108864, columns = {
                session: 'BIGINT', events: 'STRUCT(aid BIGINT, ts BIGINT, type VARCHAR)[]'})
        )
    )
) TO $parquet (FORMAT parquet);

-- name: read_closely
-- The same, with what the product does. Equal events share their time, so only sessions with fewer times than events are looked at closely: the
-- histogram of a list maps each event to how often it stands there. `copies` is in no line: it is null until set.
COPY (
    SELECT session, event.aid AS item, event.ts AS ms, event.type AS type, coalesce(event.copies, 1) AS copies
    FROM (
        SELECT session, unnest(CASE
            WHEN list_unique(list_transform(events, lambda e: e.ts)) < len(events)
            THEN list_transform(
                map_entries(list_histogram(events)),
                lambda e: struct_update(e.key, copies := e.value::INTEGER))
            ELSE events
        END) AS event
        FROM read_json($log, format = 'newline_delimited', maximum_object_size = 67108864, columns = {
            session: 'BIGINT', events: 'STRUCT(aid BIGINT, ts BIGINT, type VARCHAR, copies INTEGER)[]'})
    )
) TO $parquet (FORMAT parquet);

-- name: events
CREATE VIEW events AS FROM read_parquet($parquet);

-- name: clock
-- Events per type and quarter of an hour: offsets of time zones are whole quarters (since 1972).
CREATE TEMP TABLE clock AS
SELECT type, events, copies, timezone($timezone, to_timestamp(quarter * 900)) AS local
FROM (SELECT type, ms // 900_000 AS quarter, count(*) AS events, sum(copies) AS copies FROM events GROUP BY ALL);

-- name: dense
-- Item ids are dense whole numbers: groups in a flat array of up to 2^21, not in a hash table.
SET perfect_ht_threshold = 21;

-- name: items
CREATE TEMP TABLE items AS
SELECT item, count(*) AS events
FROM events
GROUP BY item;

-- name: popularity
-- How many items have so many events, and how many have more.
CREATE TEMP TABLE popularity AS
SELECT events, items, sum(items) OVER (ORDER BY events DESC) - items AS before
FROM (SELECT events, count(*) AS items FROM items GROUP BY events);

-- name: sessions
CREATE TEMP TABLE sessions AS
SELECT session, count(*) AS events, max(ms) - min(ms) AS ms, min(ms) FILTER (type = 'clicks') AS clicked
FROM events
GROUP BY session;

-- name: lengths
CREATE TEMP TABLE lengths AS
SELECT events AS length, count(*) AS sessions
FROM sessions
GROUP BY length;

-- name: carted
-- The first cart at or after the first click.
CREATE TEMP TABLE carted AS
SELECT session, min(events.ms) AS ms
FROM events JOIN sessions USING (session)
WHERE type = 'carts' AND events.ms >= clicked
GROUP BY session;

-- name: totals
SELECT
    sum(copies)::BIGINT AS rows_read,
    0 AS rejected,
    0 AS ignored,
    (sum(copies) - sum(events))::BIGINT AS duplicates,
    sum(events)::BIGINT AS events,
    (SELECT count(*) FROM sessions) AS sessions,
    (SELECT count(*) FROM items) AS items,
    (SELECT count(*) FROM sessions) AS customers
FROM clock;

-- name: types
SELECT type, sum(events)::BIGINT AS events, sum(copies)::BIGINT AS copies
FROM clock
GROUP BY type
ORDER BY events DESC, type;

-- name: missing
SELECT
    count(*) - count(session) AS customer,
    count(*) - count(item) AS item,
    count(*) - count(ms) AS time,
    count(*) - count(type) AS type
FROM events;

-- name: top_items
SELECT item, events FROM items ORDER BY events DESC, item LIMIT 10;

-- name: by_weekday_hour
SELECT isodow(local) - 1 AS weekday, hour(local) AS hour, sum(events)::BIGINT AS events FROM clock GROUP BY ALL;

-- name: by_day
SELECT local::DATE::VARCHAR AS day, sum(events)::BIGINT AS events FROM clock GROUP BY day ORDER BY day;

-- name: session_seconds
SELECT
    sum(ms) / (count(*) * 1000) AS mean,
    quantile_cont(ms, 0.5) / 1000 AS median,
    quantile_cont(ms, 0.9) / 1000 AS p90
FROM sessions;

-- name: sessions_by_seconds
-- Sessions that last as long as each bar's beginning, or longer.
SELECT
    count(*), count(*) FILTER (ms >= 1_000), count(*) FILTER (ms >= 60_000), count(*) FILTER (ms >= 600_000),
    count(*) FILTER (ms >= 3_600_000), count(*) FILTER (ms >= 21_600_000), count(*) FILTER (ms >= 86_400_000),
    count(*) FILTER (ms >= 259_200_000), count(*) FILTER (ms >= 604_800_000)
FROM sessions;

-- name: events_per_session
SELECT sum(events) / count(*) AS mean, quantile_cont(events, 0.5) AS median, quantile_cont(events, 0.9) AS p90,
    max(events) AS max
FROM sessions;

-- name: sessions_by_events
SELECT least.length, coalesce(sum(sessions), 0)::BIGINT AS sessions
FROM unnest([1, 2, 3, 6, 11, 21, 51, 101, 201, 501]) AS least(length)
LEFT JOIN lengths ON lengths.length >= least.length
GROUP BY ALL
ORDER BY ALL;

-- name: sessions_by_minimum_length
SELECT
    least.length,
    coalesce(sum(sessions), 0)::BIGINT AS sessions,
    coalesce(sum(sessions * lengths.length), 0)::BIGINT AS events
FROM unnest([1, 2, 3, 5, 10, 20, 50, 100, 200, 500]) AS least(length)
LEFT JOIN lengths ON lengths.length >= least.length
GROUP BY ALL
ORDER BY ALL;

-- name: item_popularity
-- Gini = 2 * sum(i * x) / (n * sum(x)) - (n + 1) / n, x ascending, i from 1. The items of equal x, of which `before`
-- others have more, take the places n - before - items + 1 to n - before.
SELECT
    sum(events * items * (2 * (n - before) - items + 1)) / any_value(n * total) - any_value((n + 1) / n) AS gini,
    any_value((n + 99) // 100) AS top_1_percent_items,
    sum(events * greatest(least(items, (n + 99) // 100 - before), 0)) / any_value(total) AS top_1_percent_share
FROM popularity, (SELECT count(*) AS n, sum(events) AS total FROM items);

-- name: shares
-- What the most popular thousandths of the items hold of all events.
WITH part AS (
    SELECT thousandths, (count(*) * thousandths + 999) // 1000 AS most_popular
    FROM items, unnest([1, 10, 50, 100, 250, 500, 1000]) AS part(thousandths)
    GROUP BY thousandths
)
SELECT
    thousandths / 1000 AS items,
    sum(events * greatest(least(popularity.items, most_popular - before), 0)) / sum(events * popularity.items) AS events
FROM part, popularity
GROUP BY thousandths
ORDER BY thousandths;

-- name: funnel
SELECT
    (SELECT count(clicked) FROM sessions) AS clicks,
    (SELECT count(*) FROM carted) AS carts,
    (SELECT count(DISTINCT session) FROM events JOIN carted USING (session)
     WHERE type = 'orders' AND events.ms >= carted.ms) AS orders;
