"""A producer with a redelivery API in front of a shop: what it is asked for gets into the consumer's inbox."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg

from tests.auditor.redelivery.servers import Behaviour, Exchange

_ASKED = {
    "ids": "event_id IN ({})",
    "positions": "position IN ({})",
    "first": "position BETWEEN {} AND {}",
    "from": "position >= {}",
}
_DELIVER = """
    INSERT INTO inbox SELECT position + 1000, event_id FROM events
    WHERE {asked} AND event_id NOT IN (SELECT event_id FROM inbox)
"""


def delivering(url: str, *, most: int | None = None, answers: bool = True) -> Behaviour:
    """Deliver what is asked for, but nothing that the consumer has.

    ``most``: so many of the ids at most, and the answer names those. ``answers=False``: the connection breaks after it.
    """

    def deliver(exchange: Exchange) -> None:
        asked = exchange.read().json
        named = asked["ids"][:most] if most is not None else None
        _execute(url, *_statement(asked if named is None else {"ids": named}))
        if not answers:
            exchange.cut()
            return
        exchange.begin(202, {"Content-Length": "0"} if named is None else {})
        if named is not None:
            exchange.wfile.write(_json({"accepted": named}))

    return deliver


def received(url: str) -> list[str]:
    """The ids in the inbox, sorted, each as often as it stands there."""
    return sorted(row[0] for row in _execute(url, "SELECT event_id FROM inbox", []))


def produced(url: str) -> list[str]:
    """The ids in the log, sorted."""
    return sorted(row[0] for row in _execute(url, "SELECT event_id FROM events", []))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _statement(asked: dict[str, Any]) -> tuple[str, Sequence[object]]:
    word = next(word for word in _ASKED if word in asked)
    values = asked[word] if isinstance(asked[word], list) else [asked[word]]
    if word == "first":
        return _DELIVER.format(asked=_ASKED[word].format("?", "?")), [asked["first"], asked["last"]]
    return _DELIVER.format(asked=_ASKED[word].format(", ".join("?" * len(values)))), values


def _execute(url: str, statement: str, values: Sequence[object]) -> list[Any]:
    """In a connection of its own, committed: requests come in threads."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as lite, lite:
            return lite.execute(statement, values).fetchall()
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.replace("?", "%s").encode(), values)
        return cursor.fetchall() if cursor.description else []
