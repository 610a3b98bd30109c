"""Opens a ledger; whoever comes first makes it."""

from auditor.config import LedgerConfig
from auditor.ledger.database import Database
from auditor.ledger.files import SqliteFile
from auditor.ledger.ledger import Ledger
from auditor.ledger.servers import PostgresDatabase
from auditor.redact import learn


def open_ledger(config: LedgerConfig) -> Ledger:
    """The ledger that a config names, made or moved to the newest revision where need be.

    LedgerError: it cannot be had. One that can be read but not written is opened, and refuses to record.
    """
    database = database_of(config)
    database.prepare()
    return Ledger(database)


def find_ledger(config: LedgerConfig) -> Ledger | None:
    """The ledger that a config names, as :func:`open_ledger` has it; ``None`` where nobody has made it yet."""
    database = database_of(config)
    if not database.is_there():
        database.close()
        return None
    database.prepare()
    return Ledger(database)


def label_of(config: LedgerConfig) -> str:
    """What to call it to people. LedgerError: as below."""
    return database_of(config).label


def database_of(config: LedgerConfig) -> Database:
    """What keeps it, not looked at yet. LedgerError: the URL means nothing to the driver."""
    if config.file is not None:
        return SqliteFile(config.file)
    url = config.url.get_secret_value()
    learn(url)
    return PostgresDatabase(url)
