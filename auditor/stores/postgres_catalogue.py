"""What a PostgreSQL says about itself, for ``auditor doctor`` and ``auditor init``.

From the system catalogues alone, as any role may read them; what only its owner sees is left out of the answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from auditor.stores.catalogue import Server
from auditor.stores.postgres import PostgresStore
from checks.wording import quoted

_SERVER = text("""
    SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
           current_database()::text, current_user::text,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
           (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl)""")


class PostgresCatalogue:
    """PostgreSQL's side of :class:`auditor.stores.catalogue.Catalogue`."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def server(self) -> Server:
        """Version, database, role, and whether the connection is encrypted."""
        [(version, major, database, role, superuser, tls)] = self._rows(_SERVER)
        encrypted = f"encrypted ({tls})" if tls else "not encrypted"
        return Server(
            described=f"PostgreSQL {version}, database {quoted(database)} as role {quoted(role)}, {encrypted}",
            role=role,
            major=major,
            superuser=bool(superuser),
        )

    def clock(self) -> datetime:
        """The server's wall clock."""
        with self._store.transaction() as connection:
            return self._store.now(connection)

    def _rows(self, statement: TextClause, **parameters: object) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._store.transaction() as connection:
            return connection.execute(statement, parameters).all()
