"""A valid auditor.toml for tests to break, and what its fault is called."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.config import Config, load
from auditor.errors import ConfigError

VALID = """\
[stores.shop]
url = "postgresql://auditor:geheim@shop/shop"
statement_timeout = "30s"

[stores.billing-db]
url = "sqlite:///billing.db"

[logs.orders]
store = "shop"
table = "public.events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
first_version = 1
type = "type"
time = "recorded_at"
data = "data"
where = { is_archived = false }
gapless = false
positions = "drawn-on-insert"
settle = "5s"
retention = "90d"

[logs.payments]
store = "shop"
table = "payments"
position = "number"
partition = "tenant"
order = ["transaction_id", "number"]

[consumers.billing]
log = "orders"
store = "billing-db"
types = ["OrderPlaced", "Order*"]
start = "first"
max_lag = "5m"
idempotent = true
ordered = true
grace = "30s"

[consumers.billing.cursor]
table = "cursors"
where = { name = "orders" }
position = "last_position"
means = "last-processed"

[consumers.billing.inbox]
table = "inbox"
where = { consumer = "billing" }
id = "event_id"
position = "event_position"
stream = "event_stream"
version = "event_version"
type = "event_type"
received = "seq"
done = { status = "Handled" }
retention = "7d"

[consumers.billing.parked]
table = "dead_letters"
id = "event_id"

[consumers.ledger]
log = "payments"
store = "shop"

[consumers.ledger.cursor]
table = "cursors"
position = ["transaction_id", "number"]
partition = "tenant"

[consumers.ledger.inbox]
table = "inbox"
position = "number"
partition = "tenant"
"""


PIPELINE = f"""\
{VALID}
[logs.outbox]
store = "shop"
table = "outbox"
position = "seq"
id = "event_id"
type = "type"
time = "created_at"
derived_from = "orders"
source = "event_id"
source_key = "id"
types = ["Order*"]
per_event = "one"
sent = "published_at"
max_delay = "2m"

[logs.outbox.cursor]
table = "publishers"
where = {{ name = "outbox" }}
position = "last_position"
means = "next"

[logs.totals]
store = "shop"
table = "totals"
position = "n"
partition = "tenant"
derived_from = "payments"
source = "payment"
source_key = "position"

[logs.totals.cursor]
table = "publishers"
position = ["transaction_id", "number"]
partition = "tenant"

[states.accounts]
log = "orders"
store = "shop"
table = "accounts"
where = {{ deleted = false }}
stream = "account_id"
version = "version"
changed = "updated_at"
types = ["Order*"]
ended = ["OrderClosed"]
max_delay = "30s"

[states.documents]
log = "orders"
store = "billing-db"
table = "documents"
stream = "order_id"
"""
"""The same with derived logs, an outbox and states."""


def with_line(section: str, key: str, line: str, text: str = VALID) -> str:
    """A valid file with ``line`` in place of the key's own line in ``section``, or as its first if it has none."""
    before, header, after = text.partition(f"[{section}]\n")
    assert header, section
    body, separator, rest = after.partition("\n[")
    kept, found = re.subn(rf"^{key} = .*$", lambda _: line, body, count=1, flags=re.MULTILINE)
    if not found:
        kept = f"{line}\n{body}"
    return before + header + kept + separator + rest


def read(folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None) -> Config:
    """The config that ``text`` makes as the auditor.toml of ``folder``."""
    file = folder / "auditor.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, environment or {})


def fault(folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None) -> str:
    """What is wrong with ``text``, without the name of its file, which must stand in front of it."""
    with pytest.raises(ConfigError) as raised:
        read(folder, text, environment)
    message = str(raised.value)
    assert "\n" not in message
    prefix = str(folder / "auditor.toml")
    assert message.startswith(prefix)
    return message.removeprefix(prefix).removeprefix(":").strip()
