"""One case: databases, an inbox in them, by what it is matched with the log, and what each program costs on it."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import PAID, TYPES, Databases, Inbox
from benchmarks.measure import Cost, FailedError, measured

_BIN = Path(sys.executable).parent
_FLOOR = Path(__file__).with_name("floor.py")
_COULD_NOT_DECIDE = 3
_SAMPLES = 100
"""Events that a finding carries where nobody asks for more."""
_CONFIG = """
[stores.shop]
url = "${{LOG_URL}}"

[stores.billing-db]
url = "${{INBOX_URL}}"

[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
positions = "drawn-on-insert"

[consumers.billing]
log = "orders"
store = "billing-db"
start = "first"
{types}

[consumers.billing.cursor]
table = "cursors"
position = "last_position"

[consumers.billing.inbox]
table = "{table}"
{columns}
"""


class WrongError(Exception):
    """An audit that did not find exactly what was left out."""


@dataclass(frozen=True, slots=True)
class Case:
    """``shares``: the columns of the inbox that the config names, by the contract's words."""

    databases: Databases
    inbox: Inbox
    shares: tuple[tuple[str, str], ...]
    runs: int = 1

    @property
    def config(self) -> str:
        """The auditor.toml."""
        columns = "\n".join(f'{word} = "{name}"' for word, name in self.shares)
        types = f"types = {json.dumps(PAID)}" if self.inbox.types < len(TYPES) else ""
        return _CONFIG.format(table=self.inbox.table, columns=columns, types=types)

    def audit(self, *names: str) -> Cost:
        """``auditor check`` of the named, or of everything, without what earlier runs know. Raises WrongError."""
        command = [str(_BIN / "auditor"), "check", *names, "--no-ledger", "--format", "json"]
        expected = [1] if self.inbox.lost else [_COULD_NOT_DECIDE]  # of two empty tables nothing can be said
        cost = self._measured(command, expected)
        # A document holds a sample of the events; where that is not all of them, one more run, not measured, names all.
        is_whole = len(self.inbox.lost) <= _SAMPLES
        found = _missing(
            cost.output if is_whole else self._measured([*command, "--max-findings", "0"], expected, 1).output
        )
        if found != sorted(self.inbox.lost):
            raise WrongError(f"{len(found)} events were found missing, {len(self.inbox.lost)} are")
        return cost

    def floor(self) -> Cost:
        """Counting both tables."""
        databases = self.databases
        tables = [databases.log_url, "events", databases.inbox_url, self.inbox.table]
        return self._measured([sys.executable, str(_FLOOR), *tables])

    def reladiff(self, key: str) -> Cost:
        """The command line of reladiff, as it comes, on one column of both tables."""
        databases = self.databases
        tables = [databases.log_url, "events", databases.inbox_url, self.inbox.table]
        cost = self._measured([str(_BIN / "reladiff"), *tables, "-k", key, "--json"])
        found = len(cost.output.splitlines())
        if found != len(self.inbox.lost):
            raise FailedError(f"reladiff found {found} differences, there are {len(self.inbox.lost)}:\n{cost.output}")
        return cost

    def _measured(self, command: Sequence[str], expected: Sequence[int] = (0,), runs: int | None = None) -> Cost:
        urls = {"LOG_URL": self.databases.log_url, "INBOX_URL": self.databases.inbox_url}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "auditor.toml").write_text(self.config, encoding="utf-8")
            return measured(command, folder=folder, runs=runs or self.runs, environment=urls, expected=expected)


def _missing(document: str) -> list[int]:
    """The positions of all events that the consumer is surely missing, each as often as it is reported."""
    return sorted(
        event["position"]
        for audit in json.loads(document)["audits"]
        for finding in audit["findings"]
        if finding["check"] == "missing" and finding["verdict"] == "confirmed"
        for event in finding["events"]
    )
