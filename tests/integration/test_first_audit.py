"""docs/first-audit.md is what the commands print: they are typed once more, on the tables that the page shows.

After a change that the page has to follow, ``AUDITOR_RETYPE=1`` in the environment writes the page anew instead.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.auditor.cli.prepared import PATIENCE, ROOT, environment
from tests.integration.shop import COMMAND
from tests.postgres import Server

PAGE = ROOT / "docs" / "first-audit.md"
PASSWORD = "sturgeon77"
EVENTS = """
    INSERT INTO circulation_events (event_uuid, copy_barcode, copy_version, event_name, recorded_at)
    SELECT md5('event ' || n)::uuid, 'C-' || lpad((n % 800)::text, 5, '0'), n / 800 + 1,
           CASE WHEN n < 800 THEN 'CopyAcquired'
                ELSE (ARRAY['LoanStarted', 'LoanExtended', 'CopyReturned'])[1 + (n / 800 - 1) % 3] END,
           now() - interval '30 days' + n * interval '2 minutes'
    FROM generate_series(0, 19999) n
"""
HANDLED = """
    INSERT INTO handled_events
    SELECT md5('event ' || n)::uuid, now() - interval '30 days' + n * interval '2 minutes' + interval '2 seconds'
    FROM generate_series(800, 19999) n WHERE n <> 12345
"""
DELIVERED_ONCE_MORE = "INSERT INTO handled_events VALUES (md5('event 12345')::uuid)"
VOLATILE = (
    r"\d{8}T\d{6}Z-\w+",  # a run
    r"\d{4}-\d\d-\d\dT[\d:.]+Z",
    r"\d{4}-\d\d-\d\d [\d:]{8}(?= UTC)",
    r"(?<=took )[\d.]+(?= s)",
    r"(?<=PostgreSQL )[\d.]+",
    r"(?<=within )\d+ms",
)


@dataclass(frozen=True, slots=True)
class Library:
    """The two databases of the page, and a folder to type in."""

    server: Server
    folder: Path
    variables: Mapping[str, str]

    @property
    def config(self) -> Path:
        return self.folder / "auditor.toml"

    def execute(self, database: str, *statements: str) -> None:
        with psycopg.connect(self.server.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def typed(self, line: str) -> str:
        """What the terminal shows of a line that begins with ``auditor``."""
        script = f'auditor() {{ "$PYTHON" -c "$PROGRAM" "$@"; }}\n{line}'
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.folder,
            env=environment({**self.variables, "PYTHON": COMMAND[0], "PROGRAM": COMMAND[2], "NO_COLOR": "1"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return f"$ {line}\n{done.stdout}"


@pytest.fixture
def library(postgres18: Server, tmp_path: Path) -> Iterator[Library]:
    names = ("library", "reminders")
    place = f"auditor:{PASSWORD}@{postgres18.host}:{postgres18.port}"
    urls = {f"{name.upper()}_URL": f"postgresql://{place}/{name}" for name in names}
    found = Library(postgres18, tmp_path, urls)
    postgres18.ask(sql.SQL("CREATE ROLE auditor LOGIN PASSWORD {}").format(sql.Literal(PASSWORD)))
    try:
        for name in names:
            postgres18.ask(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield found
    finally:
        for name in names:
            postgres18.ask(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        postgres18.ask("DROP ROLE auditor")


def fill(library: Library) -> None:
    """The tables as the page has them, with a month of events of which one was not handled."""
    tables = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    rows = {"library": (EVENTS,), "reminders": ("INSERT INTO reader_positions VALUES ('due-dates', 20000)", HANDLED)}
    grant = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor"
    for (database, statements), definitions in zip(rows.items(), tables, strict=True):
        library.execute(database, *definitions.split(";\n"), *statements, grant)
        library.execute(database, "VACUUM ANALYZE")


def say_how_positions_are_drawn(library: Library) -> None:
    text = library.config.read_text(encoding="utf-8")
    assert text.count("#positions = ") == 1
    library.config.write_text(text.replace("#positions = ", "positions = "), encoding="utf-8")


def deliver_once_more(library: Library) -> None:
    library.execute("reminders", DELIVERED_ONCE_MORE)


BEFORE: Mapping[int, Callable[[Library], None]] = {1: say_how_positions_are_drawn, 3: deliver_once_more}
"""What the page says is done before its commands, by their number."""


def retyped(page: str, library: Library) -> str:
    """The page with what its commands print now."""
    number = -1

    def block(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        if number in BEFORE:
            BEFORE[number](library)
        shown = f"```\n{library.typed(match[1]).rstrip()}\n```"
        return shown if number else f"{shown}{match[2]}```toml\n{library.config.read_text(encoding='utf-8')}```"

    # The first command is followed by the file that it wrote.
    first = r"```\n\$ (auditor init [^\n]*)\n.*?\n```(.*?)```toml\n.*?```"
    page = re.sub(first, block, page, count=1, flags=re.DOTALL)
    return re.sub(r"```\n\$ (auditor (?!init)[^\n]*)\n.*?\n```", block, page, flags=re.DOTALL)


def steady(text: str) -> str:
    """The text without what is another one each time."""
    for pattern in VOLATILE:
        text = re.sub(pattern, "…", text)
    return re.sub(r"… +", "… ", text)


def test_the_page_is_what_the_commands_print(library: Library) -> None:
    fill(library)
    page = PAGE.read_text(encoding="utf-8")
    now = retyped(page, library)
    if os.environ.get("AUDITOR_RETYPE"):
        PAGE.write_text(now, encoding="utf-8")
    assert steady(PAGE.read_text(encoding="utf-8")) == steady(now)
    assert "due-dates never received 1 event (position 12346)" in now
    assert not {PASSWORD, str(library.folder), str(library.server.port), str(ROOT)} & set(re.split(r"[\s'\":@]", now))
