"""Up to where a PostgreSQL log is settled, and how that is proven.

A transaction that drew a value from a sequence holds a ``RowExclusiveLock`` on the sequence itself until it ends, and
one that inserted holds one on the table; ``pg_locks`` shows both to any role, in any database of the server, prepared
transactions included, and the locks go only after the rows are visible. So: read the head in a statement of its own,
then list the granted holders, wait until each of those has ended, and only then open the snapshot that reads the holes
below that head. Whatever is still absent there was drawn by a transaction that has ended without it.

It is a proof only where positions are drawn by the inserting transaction (which no catalogue shows: the log's
``positions`` says it) and where nothing listed by :func:`obstacles` stands against it. It never holds on a standby.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, TextClause, text

from auditor.config import LogConfig
from auditor.stores.interface import Bounds
from checks.model.settled import Holder, How, Settlement

if TYPE_CHECKING:
    from auditor.stores.postgres import PostgresStore

_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.2
_REPLAY_PATIENCE = 2.0
"""Seconds that a standby gets to replay what it had received when it was asked."""
_PLAIN_DEFAULT = re.compile(r"nextval\('(?:[^']|'')+'::regclass\)")

_WRITERS = text("""
    WITH locks AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted AND locktype IN ('relation', 'transactionid'))
    SELECT l.virtualtransaction, l.pid, coalesce(c.relname, l.relation::text) AS relation, a.application_name, a.state,
           extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8 AS seconds, p.gid
    FROM locks l
    LEFT JOIN pg_class c ON c.oid = l.relation
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN locks x ON l.pid IS NULL AND x.pid IS NULL AND x.virtualtransaction = l.virtualtransaction
                     AND x.locktype = 'transactionid'
    LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
    WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.relation = ANY(CAST(:relations AS oid[]))
      AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    ORDER BY seconds DESC NULLS LAST, l.virtualtransaction, relation""")
"""A prepared transaction keeps the name that it had in its session, until a restart; its xid is what names it."""

_TABLES = text("""
    WITH RECURSIVE family(relation) AS (
        SELECT to_regclass(:table)::oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON i.inhparent = f.relation)
    SELECT c.oid, c.relname, c.relkind FROM family f JOIN pg_class c ON c.oid = f.relation""")

_SEQUENCES = text("""
    SELECT DISTINCT s.oid, s.relpersistence, q.seqcache, q.seqincrement, q.seqcycle
    FROM pg_attribute a
    JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                         AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE a.attrelid = to_regclass(:table) AND a.attname = :column
    UNION
    SELECT s.oid, s.relpersistence, q.seqcache, q.seqincrement, q.seqcycle
    FROM pg_attribute a
    JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = v.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
    JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE a.attrelid = to_regclass(:table) AND a.attname = :column""")

_DEFAULTS = text("""
    SELECT c.relname, a.attidentity IN ('a', 'd') AS identity, pg_get_expr(v.adbin, v.adrelid) AS expression
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :column AND NOT a.attisdropped
    LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
    WHERE c.oid = ANY(CAST(:relations AS oid[]))""")

_TRIGGERS = text("""
    SELECT tgname FROM pg_trigger
    WHERE tgrelid = ANY(CAST(:relations AS oid[])) AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 7 = 7""")
"""Row (1), before (2), insert (4)."""

_SUBSCRIBED = text("SELECT count(*) FROM pg_subscription_rel WHERE srrelid = ANY(CAST(:relations AS oid[]))")

_LAST_VALUE = text("""
    SELECT readable, CASE WHEN readable THEN pg_sequence_last_value(CAST(:sequence AS oid)) END
    FROM (SELECT has_sequence_privilege(CAST(:sequence AS oid), 'SELECT, USAGE')) AS asked(readable)""")
"""The value is NULL, too, where nothing was drawn since the sequence was made or restarted."""

_STANDBY = text("""
    SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,
           (SELECT count(*) FROM pg_stat_wal_receiver WHERE pid IS NOT NULL), pg_last_wal_receive_lsn()::text,
           pg_last_wal_replay_lsn() >= coalesce(CAST(CAST(:received AS text) AS pg_lsn), pg_last_wal_receive_lsn()),
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8""")


def settle(store: "PostgresStore", log: LogConfig, sleep: Callable[[float], None]) -> Bounds:
    """The order that works: heads, holders, wait. The snapshot is the caller's next step."""
    with store.snapshot() as snapshot:
        heads: Mapping[str | None, int | None] = {key: extent.last for key, extent in snapshot.extents(log).items()}
    with store.transaction() as connection:
        against = obstacles(connection, log, heads)
    standby = store.is_standby()
    holders = () if standby else tuple(wait_for_writers(store, log, sleep))
    how = How.BY_AGE if against else How.PROVEN
    return Bounds(Settlement(how=how, holders=holders, against=against, standby=standby), heads)


def obstacles(connection: Connection, log: LogConfig, heads: Mapping[str | None, int | None]) -> tuple[str, ...]:
    """What stands against a proof, in words; empty where there is one."""
    found = []
    if _scalar(connection, text("SELECT pg_is_in_recovery()")):
        found.append("the server is a standby")
    if log.positions != "drawn-on-insert":
        found.append('the config does not say positions = "drawn-on-insert"')
    if log.partition is not None:
        found.append("positions are counted per partition")
    family = _rows(connection, _TABLES, table=quoted_name(connection, log.table))
    relations = [int(row[0]) for row in family]
    found += [f"{name!r} is no ordinary table" for _, name, kind in family if kind not in ("r", "p")]
    found += _about_the_sequence(connection, log, heads)
    found += _about_the_defaults(connection, log, relations)
    triggers = _rows(connection, _TRIGGERS, relations=relations)
    found += [f"trigger {name!r} runs before each insert and may choose the position" for (name,) in triggers]
    if _scalar(connection, _SUBSCRIBED, relations=relations):
        found.append("a logical subscription writes to the table")
    return tuple(found)


def _about_the_sequence(connection: Connection, log: LogConfig, heads: Mapping[str | None, int | None]) -> list[str]:
    sequences = _rows(connection, _SEQUENCES, table=quoted_name(connection, log.table), column=log.position)
    if len(sequences) != 1:
        return [f"column {log.position!r} draws from {len(sequences) or 'no'} sequence{'s' * (len(sequences) > 1)}"]
    [(sequence, persistence, cache, increment, cycles)] = sequences
    found = []
    if persistence != "p":
        found.append("its sequence is not permanent")
    if cache != 1:
        found.append(f"its sequence hands out blocks of {cache} to each session")
    if increment != 1:
        found.append(f"its sequence counts by {increment}")
    if cycles:
        found.append("its sequence starts again at its end")
    [(readable, drawn)] = _rows(connection, _LAST_VALUE, sequence=sequence)
    highest = max((head for head in heads.values() if head is not None), default=None)
    if readable and highest is not None and (drawn is None or drawn < highest):
        stands = "was never drawn from" if drawn is None else f"stands at {drawn}"
        found.append(f"its sequence {stands}, the head at {highest}: positions were written by hand")
    return found


def _about_the_defaults(connection: Connection, log: LogConfig, relations: Sequence[int]) -> list[str]:
    defaults = _rows(connection, _DEFAULTS, relations=relations, column=log.position)
    expressions = {expression for _, identity, expression in defaults if not identity}
    found = []
    for name, identity, expression in defaults:
        if not identity and _PLAIN_DEFAULT.fullmatch(expression or "") is None:
            found.append(f"column {log.position!r} of {name!r} has no plain sequence as its default")
    if len(expressions) > 1:
        found.append("the partitions draw their positions from different sequences")
    return found


def wait_for_writers(store: "PostgresStore", log: LogConfig, sleep: Callable[[float], None]) -> Sequence[Holder]:
    """The transactions that write to the log now and have not ended ``settle`` later.

    One that is known to run for longer than that already is not waited for. A session that prepares its transaction
    meanwhile does not end it: its locks go on under the same name, without a pid. Every look is a transaction of its
    own: within one, the server would go on showing the activity of the first look.
    """
    with store.transaction() as connection:
        table = quoted_name(connection, log.table)
        relations = [int(row[0]) for row in _rows(connection, _TABLES, table=table)]
        relations += [int(row[0]) for row in _rows(connection, _SEQUENCES, table=table, column=log.position)]
        left = _holders(connection, relations)
    waited_for = {holder.transaction for holder in left}
    deadline, pause = time.monotonic() + log.settle.total_seconds(), _FIRST_PAUSE
    while any(holder.age is None or holder.age <= log.settle for holder in left) and time.monotonic() < deadline:
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
        with store.transaction() as connection:
            left = [holder for holder in _holders(connection, relations) if holder.transaction in waited_for]
    return left


def highest_drawn(connection: Connection, log: LogConfig) -> int | None:
    """The last value of the sequence behind the positions, where there is exactly one and it may be read."""
    sequences = _rows(connection, _SEQUENCES, table=quoted_name(connection, log.table), column=log.position)
    if len(sequences) != 1:
        return None
    [(_, drawn)] = _rows(connection, _LAST_VALUE, sequence=sequences[0][0])
    return drawn if isinstance(drawn, int) else None


def standby_behind(store: "PostgresStore", sleep: Callable[[float], None]) -> str | None:
    """Why a server may lack what its primary has; a standby gets a moment to replay what it has received by now.

    By log positions: an idle primary's clock difference only grows. Every look is a transaction of its own, since a
    standby may hold replay up for the sake of an open one. What the primary has not sent yet does not show.
    """
    received, deadline, pause = None, time.monotonic() + _REPLAY_PATIENCE, _FIRST_PAUSE
    while True:
        with store.transaction() as connection:
            [(standby, paused, receivers, latest, replayed, seconds)] = _rows(connection, _STANDBY, received=received)
        if not standby or (replayed and receivers):
            return None
        if paused or not receivers or time.monotonic() >= deadline:
            break
        received = received or latest
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    why = "has not replayed all it received" if receivers else "is not connected to its primary"
    age = "" if seconds is None else f", last change replayed {seconds:.0f} s ago"
    return f"the standby {why}{' (replay is paused)' if paused else ''}{age}"


def _holders(connection: Connection, relations: Sequence[int]) -> list[Holder]:
    """The unfinished writers, oldest first, each once however many of the relations it has locked."""
    found: dict[str, Holder] = {}
    rows = _rows(connection, _WRITERS, relations=list(relations))
    for transaction, pid, relation, application, state, seconds, gid in rows:
        holder = Holder(
            transaction=transaction,
            relation=relation,
            pid=pid,
            application=application or None,
            state=state,
            age=None if seconds is None else timedelta(seconds=max(seconds, 0.0)),
            prepared=gid,
        )
        found.setdefault(transaction, holder)
    return list(found.values())


def quoted_name(connection: Connection, name: str) -> str:
    """A table's name as SQL would write it, for ``to_regclass``: bound, so no driver looks for parameters in it."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    return ".".join(quote(part) for part in name.rsplit(".", 1)).replace("%%", "%")


def _rows(connection: Connection, statement: TextClause, **parameters: object) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(statement, parameters).all()


def _scalar(connection: Connection, statement: TextClause, **parameters: object) -> object:
    return connection.execute(statement, parameters).scalar_one()


def sequences(connection: Connection, log: LogConfig) -> list[int]:
    """The oids of the sequences from which the log's positions are drawn by default."""
    rows = _rows(connection, _SEQUENCES, table=quoted_name(connection, log.table), column=log.position)
    return [int(row[0]) for row in rows]
