"""The findings of a result as the JSON document has them, one after the other, and the hash of that whole document.

A hundred thousand findings are some hundred megabytes of JSON. Each is written once, for its place in the page and for
the hash, and then forgotten.
"""

from collections.abc import Iterator
from hashlib import sha256

from checks.model.finding import Finding
from checks.model.result import Audit, Result
from reports.html.packing import compact
from reports.json_document import Json, audit_entry, event_entry, finding_entry, loss_entry, moment, run_entry

AT_ONCE = 25
"""Losses that are written together."""


class Written:
    """Every finding of every audit in JSON without spaces, in the order of the document."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._hash = sha256()

    def __iter__(self) -> Iterator[tuple[Finding, bytes]]:
        """Once, and to the end; the hash is known only then."""
        before, after = _around(run_entry(self._result, []), "audits")
        self._hash.update(before)
        for number, audit in enumerate(self._result.audits):
            self._hash.update(b"," if number else b"")
            yield from self._of(audit)
        self._hash.update(after)

    def _of(self, audit: Audit) -> Iterator[tuple[Finding, bytes]]:
        before, rest = _around(audit_entry(audit, [], []), "findings")
        between, after = _split(rest, "losses")
        started = moment(self._result.started)
        self._hash.update(before)
        comma = b""
        for finding in audit.findings:
            events: list[Json] = [event_entry(event) for event in finding.events]
            text = compact(finding_entry(finding, audit.name, started, events)).encode()
            self._hash.update(comma)
            self._hash.update(text)
            comma = b","
            yield finding, text
        self._hash.update(between)
        self._hash.update(b",".join(_losses(audit)))
        self._hash.update(after)

    @property
    def hash(self) -> str:
        """The SHA-256 of the document in JSON without spaces, in hex, after all findings have been asked for."""
        return self._hash.hexdigest()


def _losses(audit: Audit) -> Iterator[bytes]:
    for first in range(0, len(audit.losses), AT_ONCE):
        some = [loss_entry(loss) for loss in audit.losses[first : first + AT_ONCE]]
        yield compact(some)[1:-1].encode()


def _around(entry: dict[str, Json], name: str) -> tuple[bytes, bytes]:
    return _split(compact(entry).encode(), name)


def _split(text: bytes, name: str) -> tuple[bytes, bytes]:
    """What stands before the members of the first empty list of that name, and after them.

    No name out of the data can look like it: its quotes would be escaped.
    """
    key = f'"{name}":['.encode()
    before, _, after = text.partition(key + b"]")
    return before + key, b"]" + after
