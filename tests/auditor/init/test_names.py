"""Databases full of names that nobody should choose: what is written loads, and means these very names."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.config import Config, load
from auditor.errors import UsageError
from auditor.init import Clear, prepare
from auditor.observer import Silent
from tests.integration.shop import sqlite_at

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
) | st.sampled_from(
    (
        '"',
        '"""',
        "a\nb",
        "a.b",
        "main.x",
        "${HOME}",
        "$",
        "\x7f",
        "\u2028",
        "\u202e",
        "é",
        "]",
        "[x]",
        "#",
        " ",
        "a b",
        "'",
    )
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def is_sayable(name: str) -> bool:
    return bool(name.strip()) and "${" not in name


def configs(log: str, id_: str, consumer: str) -> Iterator[Config]:
    """The config of a log and a consumer with these names; none where no config can say the log's."""
    ids = [(str(n) * 8,) for n in range(1, 9)]
    with tempfile.TemporaryDirectory() as folder:
        with sqlite_at(Path(folder) / "shop.db") as shop:
            shop.execute(
                f"CREATE TABLE {quoted(log)} (position INTEGER PRIMARY KEY, {quoted(id_)} TEXT NOT NULL UNIQUE)"
            )
            shop.execute(f"INSERT INTO {quoted(log)} ({quoted(id_)}) VALUES (?)", ids)
        with sqlite_at(Path(folder) / "consumer.db") as other:
            other.execute("CREATE TABLE inbox (consumer TEXT, event_id TEXT, PRIMARY KEY (consumer, event_id))")
            other.execute("INSERT INTO inbox VALUES (?, ?)", [(consumer, *each) for each in ids])
        urls = [f"{folder}/shop.db", f"{folder}/consumer.db"]
        try:
            prepared = prepare(urls, Path(folder), {}, Clear(), logs=[log], observer=Silent())
        except UsageError:
            assert not is_sayable(log) or "." in log
            return
        path = Path(folder) / "auditor.toml"
        path.write_text(prepared.text, encoding="utf-8")
        yield load(path, prepared.environment)


@settings(max_examples=60)
@given(NAMES, NAMES, NAMES)
@example("events\n[evil]", "id\x1b", "b\nilling")
@example("a.b", "${HOME}", "${HOME}")
@example("events", "id\tof\nit", "a\tb")
def test_names_are_written_as_they_are_or_not_at_all(log: str, id_: str, consumer: str) -> None:
    if id_.lower() == "position":
        return
    for config in configs(log, id_, consumer):
        [written] = config.logs.values()
        assert (written.table, written.position) == (log, "position")
        assert written.id == (id_ if is_sayable(id_) else None)
        wheres = [dict(one.inbox.where) for one in config.consumers.values() if one.inbox is not None]
        assert wheres == ([{"consumer": consumer}] if is_sayable(consumer) and is_sayable(id_) else [])
