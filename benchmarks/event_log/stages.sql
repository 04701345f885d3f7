-- Where the time of reading goes: each stage adds one piece of work to the stage before it, and keeps only a few sums.
-- The product takes each line as text, so that a broken one can be set aside, and parses the usual ones; an expert who
-- trusts every line lets the engine's own reader of JSON do both at once.

-- name: views
CREATE MACRO with_copies(events) AS CASE
    WHEN list_unique(list_transform(events, lambda e: e.ts)) < len(events)
    THEN list_transform(
        map_entries(list_histogram(events)), lambda e: struct_update(e.key, copies := e.value::INTEGER))
    ELSE events
END;

CREATE VIEW lines AS FROM read_csv($log, columns = {line: 'VARCHAR'}, delim = '\x01', quote = '', escape = '',
    header = false, auto_detect = false, max_line_size = 67108864);

-- One event and any more of them, ids and times of whole numbers, types of plain letters.
CREATE VIEW usual AS SELECT line FROM lines WHERE regexp_full_match(line, concat(
    '\{"session":[0-9]{1,18},"events":\[\{"aid":[0-9]{1,18},"ts":[1-3][0-9]{12},"type":"[a-z]+"\}',
    '(?:,\{"aid":[0-9]{1,18},"ts":[1-3][0-9]{12},"type":"[a-z]+"\})*\]\}'));

CREATE VIEW parsed AS SELECT unnest(from_json(line,
    '{"session": "BIGINT", "events": [{"aid": "BIGINT", "ts": "BIGINT", "type": "VARCHAR", "copies": "INTEGER"}]}'))
FROM usual;

CREATE VIEW once AS SELECT session, with_copies(events) AS events FROM parsed;

CREATE VIEW flat AS
SELECT session, event.aid AS item, make_timestamp(event.ts * 1000) AS time, event.type AS type,
    coalesce(event.copies, 1) AS copies
FROM (SELECT session, unnest(events) AS event FROM once);

CREATE VIEW objects AS FROM read_json($log, format = 'newline_delimited', maximum_object_size = 67108864, columns = {
    session: 'BIGINT', events: 'STRUCT(aid BIGINT, ts BIGINT, type VARCHAR, copies INTEGER)[]'});

CREATE VIEW objects_once AS SELECT session, with_copies(events) AS events FROM objects;

CREATE VIEW objects_flat AS
SELECT session, event.aid AS item, event.ts AS ms, event.type AS type, coalesce(event.copies, 1) AS copies
FROM (SELECT session, unnest(events) AS event FROM objects_once);

-- name: lines
SELECT count(*), sum(strlen(line)) FROM lines;

-- name: usual
SELECT count(*), sum(strlen(line)) FROM usual;

-- name: parsed
SELECT count(session), sum(len(events)) FROM parsed;

-- name: once
SELECT count(session), sum(len(events)) FROM once;

-- name: flat
SELECT sum(session), sum(item), max(time), max(type), sum(copies) FROM flat;

-- name: written
COPY flat TO $parquet (FORMAT parquet);

-- name: objects
SELECT count(session), sum(len(events)) FROM objects;

-- name: objects_once
SELECT count(session), sum(len(events)) FROM objects_once;

-- name: objects_flat
SELECT sum(session), sum(item), max(ms), max(type), sum(copies) FROM objects_flat;

-- name: objects_written
COPY objects_flat TO $parquet (FORMAT parquet);
