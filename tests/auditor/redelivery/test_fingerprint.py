"""What counts as another target, and what does not."""

import json
from typing import Any

import pytest

from auditor.config import Config, load
from auditor.redelivery.fingerprint import fingerprint
from tests.integration.shop import settings, write_config

HTTP: dict[str, Any] = {"kind": "http", "url": "https://shop.test/again?token=s3cret-one", "heard_by": ["billing"]}
TARGETS: dict[str, dict[str, Any]] = {
    "http": HTTP,
    "outbox": {"kind": "outbox", "log": "orders", "heard_by": ["billing"]},
    "command": {"kind": "command", "command": ["send", "{consumer}"]},
    "file": {"kind": "file", "path": "out.jsonl"},
}
ANOTHER: list[tuple[str, dict[str, Any]]] = [
    ("http", {"url": "https://other.test/again"}),
    ("http", {"method": "PUT"}),
    ("http", {"headers": {"X-Tenant": "blue"}}),
    ("http", {"shape": "positions"}),
    ("http", {"body": {"only": "{ids}"}}),
    ("http", {"accepted": "/accepted"}),
    ("http", {"rejected": "/rejected"}),
    ("outbox", {"mode": "insert", "copied": ["type"]}),
    ("outbox", {"store": "shop"}),
    ("command", {"command": ["send", "--force"]}),
    ("file", {"path": "other.jsonl"}),
    ("file", {"source": "shop"}),
]
THE_SAME: list[tuple[str, dict[str, Any]]] = [
    ("http", {"batch": 7, "rate": 2.5, "retries": 1, "timeout": "3s", "tls_verify": False}),
    ("http", {"auth": {"bearer": "another-token"}}),
    ("http", {"url": "https://shop.test/again?token=s3cret-two"}),
    ("http", {"max_attempts": 9, "never": ["Test*"], "ended": ["Erased"]}),
    ("command", {"timeout": "3s", "batch": 1}),
]


def printed(folder: Any, kind: str, changes: dict[str, Any], log: dict[str, Any] | None = None) -> str:
    said = settings(f"sqlite:///{folder / 'shop.db'}", {"sent": "recorded_at", **(log or {})}, {"redelivery": "api"})
    said["redelivery"] = {"api": {**TARGETS[kind], **changes}}
    config: Config = load(write_config(folder, said), {})
    return fingerprint(config, config.redelivery["api"])


@pytest.mark.parametrize(("kind", "changes"), ANOTHER, ids=json.dumps)
def test_where_it_is_sent_and_what_make_another_one(kind: str, changes: dict[str, Any], tmp_path: Any) -> None:
    assert printed(tmp_path, kind, changes) != printed(tmp_path, kind, {})


@pytest.mark.parametrize(("kind", "changes"), THE_SAME, ids=json.dumps)
def test_how_fast_and_by_whom_make_none(kind: str, changes: dict[str, Any], tmp_path: Any) -> None:
    assert printed(tmp_path, kind, changes) == printed(tmp_path, kind, {})


def test_what_an_inserted_row_holds_makes_another_one(tmp_path: Any) -> None:
    inserts: list[dict[str, Any]] = [
        {"copied": ["type"]},
        {"copied": ["type", "stream_id"]},
        {"columns": {"type": "{type}"}},
    ]
    assert len({printed(tmp_path, "outbox", {"mode": "insert", **each}) for each in inserts}) == len(inserts)


def test_an_outbox_is_another_one_when_its_rows_are_found_otherwise(tmp_path: Any) -> None:
    assert printed(tmp_path, "outbox", {}, {"table": "other"}) != printed(tmp_path, "outbox", {})
    assert printed(tmp_path, "outbox", {}, {"settle": "9s"}) == printed(tmp_path, "outbox", {})
