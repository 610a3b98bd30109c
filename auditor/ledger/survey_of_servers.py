"""A ledger in PostgreSQL, looked at: whether its tables are there, and what the role lacks to make or write them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from auditor.ledger.database import Database
from auditor.ledger.holdings import Age, Survey, age_of, runs_in
from auditor.ledger.migrating import refuse_taken
from auditor.ledger.schema import METADATA, REVISION_TABLE
from checks.wording import quoted

_LIMITS = text("SELECT set_config('statement_timeout', '5s', true), set_config('lock_timeout', '5s', true)")
_SELF = text(
    "SELECT quote_ident(current_user) AS role, current_schema() AS plain, quote_ident(current_schema()) AS schema, "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS creates, pg_is_in_recovery() AS standby, "
    "current_setting('default_transaction_read_only') = 'on' AS reads_only"
)
_SIZE = text(
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
    "WHERE relname = ANY(:names) AND relkind = 'r' AND pg_table_is_visible(oid)"
)
_LACKING = text(
    "SELECT n.nspname || '.' || c.relname AS plain, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS named, "
    "c.relkind = 'S' AS counts, "
    "CASE WHEN c.relkind = 'S' THEN "
    "CASE WHEN has_sequence_privilege(c.oid, 'USAGE, UPDATE') THEN '' ELSE 'USAGE' END "
    "ELSE array_to_string(ARRAY(SELECT need FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needs(need) "
    "WHERE NOT has_table_privilege(c.oid, need)), ', ') END AS rights "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE pg_table_is_visible(c.oid) AND (c.relkind = 'r' AND c.relname = ANY(:names) OR c.relkind = 'S' AND EXISTS "
    "(SELECT FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid "
    "WHERE d.objid = c.oid AND d.deptype = 'a' AND t.relname = ANY(:names))) "
    "ORDER BY 1"
)
_RIGHTS = "let the owner run"
_ELSEWHERE = "give a database that can be written, the primary of a standby, as url in [ledger]"


def survey_of_server(database: Database) -> Survey:
    """The database, in one moment of it. No question may take longer than 5 seconds."""
    with database.reading() as connection:
        connection.execute(_LIMITS)
        age, revision = age_of(connection)
        if age is Age.ABSENT:
            refuse_taken(connection, database.label)
        lacks = tuple(_lacks(connection, age))
        may_count = age in (Age.OLDER, Age.CURRENT) and not any("SELECT" in lack.what for lack in lacks)
        count, oldest = runs_in(connection) if may_count else (None, None)
        size = connection.execute(_SIZE, {"names": list(METADATA.tables)}).scalar_one()
    grants = tuple(lack.grant for lack in lacks if lack.grant is not None)
    return Survey(
        label=database.label,
        age=age,
        revision=revision,
        hindrances=tuple(lack.what for lack in lacks),
        remedy=(_RIGHTS if grants else _ELSEWHERE) if lacks else None,
        grants=grants,
        runs=count,
        oldest=oldest,
        bytes=int(size),
    )


class _Lack(NamedTuple):
    what: str
    grant: str | None = None


def _lacks(connection: Connection, age: Age) -> Iterator[_Lack]:
    """What makes rights worthless first: then they are not looked at."""
    role = connection.execute(_SELF).one()
    if role.standby:
        yield _Lack("it is a standby, which can only be read")
        return
    if role.reads_only:
        yield _Lack("transactions of this role are read-only (default_transaction_read_only)")
        return
    if age in (Age.ABSENT, Age.OLDER):
        yield from _lacks_to_make(role)
    if age in (Age.OLDER, Age.CURRENT):
        yield from _lacks_to_write(connection, role.role, age)


def _lacks_to_make(role: Row[Any]) -> Iterator[_Lack]:
    if role.plain is None:
        yield _Lack("no schema of the search path is there and may be used")
    elif not role.creates:
        yield _Lack(
            f"the role may not make tables in schema {quoted(role.plain)}",
            f"GRANT CREATE ON SCHEMA {role.schema} TO {role.role}",
        )


def _lacks_to_write(connection: Connection, role: str, age: Age) -> Iterator[_Lack]:
    names = [*METADATA.tables, *([REVISION_TABLE] if age is Age.OLDER else [])]
    for row in connection.execute(_LACKING, {"names": names}):
        if row.rights:
            kind = "SEQUENCE" if row.counts else "TABLE"
            yield _Lack(
                f"the role lacks {row.rights} on {quoted(row.plain)}",
                f"GRANT {row.rights} ON {kind} {row.named} TO {role}",
            )
