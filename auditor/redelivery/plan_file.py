"""The file of a plan: written whole or not at all, read strictly, its events one by one.

A plan may hold very many events, so they are never all in memory. :mod:`reports.redelivery.plan_document` says what
stands in it. A file that was laid out anew, by ``jq`` say, still holds; one that says anything else than was planned
does not.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

import ijson
from ijson.common import JSONError, ObjectBuilder

from auditor.errors import AuditorError, UsageError
from checks.model.redelivery import Plan, PlannedEvent
from checks.wording import counted, quoted
from reports.redelivery.plan_document import (
    EVENTS,
    SCHEMA,
    MisshapenError,
    canonical,
    event_entry,
    hash_of,
    header_entry,
    plan_of,
    planned_event_of,
    spelt,
)

_RESULT = "auditor.result/1"
_DEEPEST = 8
"""Objects and lists within each other; a plan has five."""


class PlanError(AuditorError):
    """A plan that is refused: the file, and why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"plan {str(path)!r}: {why}")


def expired(plan: Plan, now: datetime) -> bool:
    """Whether the plan is too old to be applied."""
    return now >= plan.expires


def write_plan(path: Path, plan: Plan, events: Iterable[PlannedEvent]) -> Plan:
    """Put a plan and its events into a file that only its owner may read, and return it with ``hash`` and ``count``.

    What was there stays until all of the new one is on the disk. PlanError: it cannot be written.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        raise PlanError(path, "cannot be written: there is something else than a file")
    beside = place.with_name(f".auditor-{token_hex(8)}.tmp")
    with _telling(path, "written"):
        try:
            with _created(beside) as file, tempfile.TemporaryFile(dir=place.parent) as spool:
                whole = _write(file, spool, plan, events)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
            _sync_folder(place.parent)
        finally:
            with suppress(OSError):  # what went wrong is told, and not that nothing is to be taken away
                beside.unlink()
    return whole


def _write(file: IO[bytes], spool: IO[bytes], plan: Plan, events: Iterable[PlannedEvent]) -> Plan:
    """The events first, into the spool, for the head of the file has their number and their hash."""
    digest, count = hashlib.sha256(), 0
    for planned in events:
        entry = event_entry(planned)
        digest.update(canonical(entry) + b"\n")
        spool.write((b",\n" if count else b"\n") + spelt(entry).encode())
        count += 1
    plan = replace(plan, count=count)
    plan = replace(plan, hash=hash_of(header_entry(plan), digest.hexdigest()))
    keys = [f'"{key}": {spelt(value)}' for key, value in header_entry(plan).items()]
    file.write(("{" + ",\n ".join([*keys, f'"{EVENTS}": ['])).encode())
    spool.seek(0)
    shutil.copyfileobj(spool, file)
    file.write(b"\n]}\n")
    return plan


@contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        yield file


def _sync_folder(folder: Path) -> None:
    """The new name is on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _telling(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlanError(path, f"cannot be {done}: {(error.strerror or str(error)).lower()}") from error


def read_plan(path: Path) -> Plan:
    """All of a plan but its events, once all of it was found to be as it was planned, its events too.

    Whether it has expired is another matter (:func:`expired`). UsageError: there is no file that could be read.
    PlanError: it is no plan, is cut off, is of an unknown version, or was altered.
    """
    header = _header(path)
    if header.get("schema") != SCHEMA:
        raise PlanError(path, _strange(header.get("schema")))
    try:
        plan = plan_of(header)
    except MisshapenError as error:
        raise PlanError(path, f"is not as auditor writes it: {error}") from None
    digest, count = hashlib.sha256(), 0
    consumers = {part.consumer for part in plan.parts}
    for entry, planned in _entries(path):
        if planned.consumer not in consumers:
            raise PlanError(path, f"is not as auditor writes it: no part is for {quoted(planned.consumer)}")
        digest.update(canonical(entry) + b"\n")
        count += 1
    if count != plan.count:
        raise PlanError(path, f"was altered: it says {counted(plan.count, 'event')} and has {count:,} (plan again)")
    if hash_of(header, digest.hexdigest()) != plan.hash:
        raise PlanError(path, "was altered: what it says does not match its hash (plan again)")
    return plan


def events_of(path: Path) -> Iterator[PlannedEvent]:
    """The events of a plan that :func:`read_plan` has read, in their order. UsageError and PlanError as there."""
    return (planned for _, planned in _entries(path))


def _strange(schema: object) -> str:
    if isinstance(schema, str) and schema.startswith("auditor.plan/"):
        return f"is of the version {quoted(schema)}, which this auditor does not know: it knows {SCHEMA} (plan again)"
    if schema == _RESULT:
        return f"is no plan: it is the report of an audit ({_RESULT})"
    return f"is no plan: its key 'schema' is not {quoted(SCHEMA)}"


def _too_deep(builder: ObjectBuilder) -> str:
    """A report of the auditor is deep, and says what it is before that."""
    schema = builder.value.get("schema")
    return _strange(schema) if _is_other(schema) else "is no plan: it is nested too deeply"


def _is_other(schema: object) -> bool:
    """Whether a file says that it is something else of the auditor's, which is then told before all that it lacks."""
    return isinstance(schema, str) and schema.startswith("auditor.") and schema != SCHEMA


def _entries(path: Path) -> Iterator[tuple[dict[str, Any], PlannedEvent]]:
    with _reading(path) as file:
        for number, entry in enumerate(ijson.items(file, f"{EVENTS}.item")):
            try:
                yield entry, planned_event_of(entry)
            except MisshapenError as error:
                raise PlanError(path, f"is not as auditor writes it: {error.within(f'{EVENTS}[{number}]')}") from None


def _header(path: Path) -> dict[str, Any]:
    """Every key of the document but its events, which are only looked at from outside."""
    builder, key, keys, depth = ObjectBuilder(), "", set[str](), 0
    with _reading(path) as file:
        for sort, value in ijson.basic_parse(file):
            if depth == 1 and sort == "map_key":
                if value in keys:
                    raise PlanError(path, f"has the key {quoted(value)} twice")
                keys.add(key := value)
            elif depth == 1 and key == EVENTS and sort not in ("start_array", "end_map"):
                raise PlanError(path, f"is not as auditor writes it: {EVENTS}: should be a list")
            elif depth == 0 and sort != "start_map":
                raise PlanError(path, "is no plan: it should be a JSON object")
            depth += _STEPS.get(sort, 0)
            if depth > _DEEPEST:
                raise PlanError(path, _too_deep(builder))
            if key != EVENTS or depth == 0:
                builder.event(sort, value)
    header = dict(builder.value)
    if EVENTS not in keys and not _is_other(header.get("schema")):
        raise PlanError(path, f"is not as auditor writes it: lacks the key {quoted(EVENTS)}")
    return header


_STEPS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"plan {str(path)!r} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (JSONError, UnicodeDecodeError) as error:
        cut = any(words in str(error) for words in ("premature EOF", "Incomplete JSON"))
        raise PlanError(
            path, "is cut off: it ends too early" if cut else "is no JSON (was it cut off, or edited?)"
        ) from None
