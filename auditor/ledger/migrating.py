"""From whatever revision a ledger has to the newest one. Alembic is imported only where there is something to do."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, column, inspect, select, table

from auditor.ledger.failures import LedgerError
from auditor.ledger.schema import METADATA, REVISION, REVISION_TABLE

SCRIPTS = Path(__file__).with_name("migrations")
"""The folder of the migrations, inside the package."""

_REVISION: Select[Any] = select(column("version_num")).select_from(table(REVISION_TABLE))


def revision_of(connection: Connection) -> str | None:
    """The revision that a ledger has; ``None``: there is none yet. The tables need not be there."""
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    found = connection.execute(_REVISION).scalars().all()
    return str(found[0]) if found else None


def is_current(connection: Connection) -> bool:
    """Whether the revision is the newest. Raises what the driver does where there is no ledger."""
    return connection.execute(_REVISION).scalars().all() == [REVISION]


def known_revisions() -> frozenset[str]:
    """All that this program can move to the newest."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (as below)

    return frozenset(script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions())


def migrate(connection: Connection, label: str) -> None:
    """Bring the tables to the newest revision, inside the caller's transaction and under the caller's lock.

    LedgerError: they were made by a newer auditor, or somebody else's tables have their names.
    """
    from alembic import command  # noqa: PLC0415 (slow to import, and hardly ever needed)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    revision = revision_of(connection)
    if revision is not None and revision not in known_revisions():
        message = f"ledger {label}: made by a newer auditor (revision {revision}): update this one, or give another"
        raise LedgerError(message)
    if revision is None:
        refuse_taken(connection, label)
    command.upgrade(config, "head")


def refuse_taken(connection: Connection, label: str) -> None:
    """LedgerError: where there is no ledger, a table has the name of one of its tables."""
    names = set(inspect(connection).get_table_names())
    for name in METADATA.tables:
        if name in names:
            raise LedgerError(f"ledger {label}: holds a table {name} already, but no ledger")
