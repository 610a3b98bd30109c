r"""The JSON document ``auditor.result/1``, for scripts: every key is always there, in the same order.

It may grow keys; what is there keeps its meaning. Numbers are exact (positions beyond 2^53 too, so read them with a
parser that keeps integers), times are UTC, and what is not known is null: never NaN, never an empty text.

What a finding's ``evidence`` holds depends on its check, but for ``sql``: statements that show the fault to whoever
pastes them into a client, each with the name of its ``store``, what it ``shows``, and the ``statement``.

A database may hold text that no JSON parser takes, half of a surrogate pair. It is written as the six characters
that escape it (``\udc80``), so that one strange name does not make the whole document unreadable.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from itertools import chain

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.known import KnownFinding
from checks.model.result import Audit, Coverage, Extent, Loss, NotChecked, Parity, Progress, Result, Totals, Window
from reports.appearance import Appearance
from reports.visible import well_formed

SCHEMA = "auditor.result/1"

_RANGE = re.compile(r"\[\n\s+(-?\d+),\n\s+(-?\d+)\n\s+\]")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def pieces(result: Result, appearance: Appearance) -> Iterator[str]:  # noqa: ARG001 (for people, not for programs)
    """The document as text, ASCII only, indented, with every range on one line; a finding at a time."""
    started = moment(result.started)
    yield from _filled(run_entry(result, []), "audits", (_audit(audit, started) for audit in result.audits))
    yield "\n"


def _audit(audit: Audit, started: str) -> Iterator[str]:
    entries = (
        finding_entry(finding, audit.name, started, [event_entry(event) for event in finding.events])
        for finding in audit.findings
    )
    return _filled(audit_entry(audit, []), "findings", (iter((_text(entry),)) for entry in entries))


def _filled(entry: Mapping[str, Json], key: str, members: Iterable[Iterator[str]]) -> Iterator[str]:
    """The text of an object with members, in pieces, for its list of that name, which is empty so far.

    No text has a line break within, so that the key at its indentation stands in one place only.
    """
    before, empty, after = _text(entry).partition(f'\n  "{key}": []')
    left = iter(members)
    first = next(left, None)
    if first is None:
        yield before + empty + after
        return
    yield f"{before}{empty[:-1]}"
    for number, member in enumerate(chain((first,), left)):
        yield ",\n    " if number else "\n    "
        for piece in member:
            yield piece.replace("\n", "\n    ")
    yield f"\n  ]{after}"


def _text(entry: Mapping[str, Json]) -> str:
    return _RANGE.sub(r"[\1, \2]", json.dumps(entry, indent=2, allow_nan=False))


def run_entry(result: Result, audits: Json) -> dict[str, Json]:
    """The document; ``audits`` stands for its audits."""
    return {
        "schema": SCHEMA,
        "run": well_formed(result.run),
        "started": moment(result.started),
        "finished": moment(result.finished),
        "verdict": result.verdict.value,
        "audits": audits,
        "not_checked": [not_checked_entry(entry) for entry in result.not_checked],
        "parities": [parity_entry(parity) for parity in result.parities],
        "known": result.known,
        "not_recorded": text_or_null(result.not_recorded),
    }


def audit_entry(audit: Audit, findings: Json, losses: Json | None = None) -> dict[str, Json]:
    """An audit; ``findings`` stands for its findings, ``losses`` for where they were lost (``None``: all of that)."""
    return {
        "name": well_formed(audit.name),
        "of": audit.of,
        "upstream": text_or_null(audit.upstream),
        "verdict": audit.verdict.value,
        "window": None if audit.window is None else _window(audit.window),
        "totals": None if audit.totals is None else _totals(audit.totals),
        "findings": findings,
        "problems": [
            {"reason": well_formed(problem.reason), "message": well_formed(problem.message)}
            for problem in audit.problems
        ],
        "notes": [well_formed(note) for note in audit.notes],
        "known": [_known(each) for each in audit.known],
        "coverage": None if audit.coverage is None else _coverage(audit.coverage),
        "losses": [loss_entry(loss) for loss in audit.losses] if losses is None else losses,
        "progress": None if audit.progress is None else _progress(audit.progress),
    }


def loss_entry(loss: Loss) -> dict[str, Json]:
    """Events that never reached a consumer, with the hop at which they were lost."""
    return {
        "source": well_formed(loss.source),
        "target": well_formed(loss.target),
        "how": loss.how.value,
        "audit": well_formed(loss.audit),
        "check": loss.check,
        "partition": text_or_null(loss.partition),
        "count": loss.count,
        "ranges": [[first, last] for first, last in loss.ranges],
        "events": [event_entry(event) for event in loss.events],
    }


def _progress(progress: Progress) -> dict[str, Json]:
    return {
        "received": progress.received,
        "eligible": progress.eligible,
        "per_second": progress.per_second,
        "left": None if progress.left is None else progress.left.total_seconds(),
    }


def _coverage(coverage: Coverage) -> dict[str, Json]:
    return {
        "through": coverage.through,
        "run": well_formed(coverage.run),
        "at": moment(coverage.at),
        "oldest": None if coverage.oldest is None else moment(coverage.oldest),
        "skipped": coverage.skipped,
        "overlap": None if coverage.overlap is None else coverage.overlap.total_seconds(),
    }


def _extent(extent: Extent) -> dict[str, Json]:
    return {"first": extent.first, "last": extent.last, "settled": extent.settled}


def _window(window: Window) -> dict[str, Json]:
    if window.partitions is None:
        return {**_extent(window), "partitions": None}
    return {**_extent(window), "partitions": {well_formed(name): _extent(extent) for name, extent in window.partitions}}


def _totals(totals: Totals) -> dict[str, Json]:
    return {
        "produced": totals.produced,
        "received": totals.received,
        "pending": totals.pending,
        "parked": totals.parked,
        "missing": totals.missing,
        "unverifiable": totals.unverifiable,
        "duplicate": totals.duplicate,
        "unexpected": totals.unexpected,
        "excluded": totals.excluded,
    }


def finding_entry(finding: Finding, audit: str, started: str, events: Json) -> dict[str, Json]:
    """A finding of an audit of that name, in a run that began then; ``events`` stands for its events."""
    return {
        "check": finding.check,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "partition": text_or_null(finding.partition),
        "count": finding.count,
        "ranges": [[first, last] for first, last in finding.ranges],
        "ranges_truncated": finding.ranges_truncated,
        "events": events,
        "message": well_formed(finding.message),
        "evidence": plain(finding.evidence),
        "fingerprint": finding.fingerprint(audit),
        "first_seen": started if finding.first_seen is None else moment(finding.first_seen),
        "reason": text_or_null(finding.reason),
    }


def _known(known: KnownFinding) -> dict[str, Json]:
    return {
        "check": known.check,
        "verdict": known.verdict.value,
        "partition": text_or_null(known.partition),
        "reason": text_or_null(known.reason),
        "count": known.count,
        "fingerprint": known.fingerprint,
        "owner": well_formed(known.owner),
        "why": well_formed(known.why),
        "expires": None if known.expires is None else moment(known.expires),
    }


def event_entry(event: Event) -> dict[str, Json]:
    """An event as every document has it: all keys, null where nothing is known."""
    return {
        "position": event.position,
        "id": text_or_null(event.id),
        "stream": text_or_null(event.stream),
        "version": event.version,
        "type": text_or_null(event.type),
        "time": None if event.time is None else moment(event.time),
    }


def parity_entry(parity: Parity) -> dict[str, Json]:
    """Two derived logs beside each other."""
    return {
        "upstream": well_formed(parity.upstream),
        "logs": [well_formed(name) for name in parity.logs],
        "reached": [
            {"partition": text_or_null(partition), "position": position} for partition, position in parity.reached
        ],
        "compared": parity.compared,
        "differences": [
            {
                "lacking": well_formed(each.lacking),
                "count": each.count,
                "ranges": [[first, last] for first, last in each.ranges],
                "ranges_truncated": each.ranges_truncated,
                "events": [event_entry(event) for event in each.events],
            }
            for each in parity.differences
        ],
    }


def not_checked_entry(entry: NotChecked) -> dict[str, Json]:
    """A check that did not run."""
    return {
        "audit": well_formed(entry.audit),
        "check": entry.check,
        "reason": well_formed(entry.reason),
        "message": well_formed(entry.message),
    }


def moment(time: datetime) -> str:
    """ISO 8601 in UTC with a ``Z``. A naive time is taken to be UTC."""
    if time.tzinfo is UTC:
        return f"{time.isoformat()[: -len(_AS_UTC)]}Z"
    naive = time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat()}Z"


_AS_UTC = "+00:00"


def plain(value: object) -> Json:
    """Evidence in JSON's own types: mappings, lists, exact numbers, and text for whatever else a driver returned."""
    if type(value) is str:
        return value if value.isascii() else well_formed(value)
    if value is None or type(value) is int or type(value) is bool:
        return value
    if type(value) is dict:
        return {_key(key): plain(member) for key, member in value.items()}
    if type(value) is list:
        return [plain(member) for member in value]
    return _plainly(value)


def _plainly(value: object) -> Json:
    """The same of what is rarer: a finding holds a dozen values, and a report a hundred thousand findings."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {_key(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [plain(member) for member in value]
    return well_formed(str(value))


def _key(key: object) -> str:
    return key if type(key) is str and key.isascii() else well_formed(str(key))


def text_or_null(text: str | None) -> str | None:
    """Text for programs, or null where nothing is known."""
    return text if text is None or text.isascii() else well_formed(text)
