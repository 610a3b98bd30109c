"""What the doctor says of targets that write to PostgreSQL: by the rights of the role that would write."""

from pathlib import Path
from typing import Any

import pytest

from checks.model.diagnosis import Examined
from tests.integration.doctoring import FINE, WARNING, lines
from tests.integration.shop import Settings, postgres_at, rows, settings
from tests.postgres import Server

OUTBOX = {"kind": "outbox", "log": "orders", "store": "writer", "heard_by": ["billing"]}
CURSOR = {"kind": "cursor", "store": "writer"}


def said(read: str, write: str, target: dict[str, Any]) -> Settings:
    """A shop that one role reads, and another one writes to."""
    known = settings(read, {"sent": "published_at"}, {"redelivery": "again", "idempotent": True})
    known["stores"]["writer"] = {"url": write}
    return known | {"redelivery": {"again": target}}


def examined(folder: Path, known: Settings) -> Examined:
    [line] = [line for line in lines(folder, known) if line.of == "redelivery"]
    return line


@pytest.mark.parametrize(
    ("target", "granted", "able"),
    [
        (OUTBOX, "GRANT SELECT, UPDATE (published_at) ON events TO", "rows can be marked unsent again in 'orders'"),
        (CURSOR, "GRANT SELECT, UPDATE ON cursors TO", "the cursor of 'billing' can be put back while it is stopped"),
    ],
    ids=["outbox", "cursor"],
)
def test_a_target_can_write_once_its_role_may(
    postgres16: Server, tmp_path: Path, target: dict[str, Any], granted: str, able: str
) -> None:
    role = postgres16.role("writer", "for writing")
    with postgres16.database() as url, postgres_at(url) as database:
        database.write(rows(5))
        database.execute("ALTER TABLE events ADD COLUMN published_at timestamptz DEFAULT now()")
        database.execute(f'GRANT SELECT ON events, cursors, inbox TO "{role}"')
        known = said(url, postgres16.url(url.rpartition("/")[2].partition("?")[0], role), target)
        refused = examined(tmp_path, known)
        assert refused.level is WARNING
        assert "UPDATE" in refused.message
        assert refused.message.endswith("(audits work, but nothing can be sent by it)")
        database.execute(f'{granted} "{role}"')
        allowed = examined(tmp_path, known)
        assert (allowed.level, allowed.message) == (FINE, able)


def test_a_target_that_writes_to_another_database_is_told(postgres16: Server, tmp_path: Path) -> None:
    """It has a table of the same name, as a copy of the database for tests would."""
    with postgres16.database() as url, postgres16.database() as other:
        for each in (url, other):
            with postgres_at(each) as database:
                database.write(rows(5))
                database.execute("ALTER TABLE events ADD COLUMN published_at timestamptz DEFAULT now()")
        line = examined(tmp_path, said(url, other, OUTBOX))
        assert line.level is WARNING
        assert "events" in line.message
