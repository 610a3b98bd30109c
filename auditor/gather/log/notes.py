"""What a log's audit carries from run to run beside its verified ranges: what is open in them, and what was told."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from auditor.compare.recipe import Digest
from auditor.memory import VerifiedRange

MOST_CARRIED = 1_000
"""Open holes, and streams with open gaps. Where there are more, less is verified."""
MOST_CHANGED = 100
"""Ranges that changed, of which it is told until they are as they were."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A range whose digest is another one than when it was verified."""

    then: VerifiedRange
    now: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an interrupted full audit had come.

    ``through``: the last position of which digests and holes were taken; ranges beyond it are of an earlier full
    audit. ``asked``: the last stream whose versions were looked at, as the database orders them, ``None``: none was;
    ``asked_all``: every one was. ``passed_holes``: how many holes that were proven dead were found and are not carried.
    ``is_another``: it began because the log was not what earlier runs saw, and whoever follows it was not told yet.
    """

    through: int
    asked: str | None = None
    asked_all: bool = False
    passed_holes: int = 0
    is_another: bool = False

    @property
    def has_asked(self) -> bool:
        """Whether the versions of some stream were looked at."""
        return self.asked_all or self.asked is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """``rows``: in the verified ranges. ``proven``: all their holes without a seen event were proven dead.

    ``origin``: of the store (see Snapshot.origin). ``holes``: open ones, ascending; ``older_holes``: how many more
    were left out that nothing proves dead. ``streams``: with open gaps. ``told``: contradictions that are no news.
    ``floor``: the log's first position when the range in which it lies was digested, of a log without a retention the
    lowest that there was. ``progress``: of a full audit that did not come to its end.
    """

    rows: int = 0
    proven: bool = False
    origin: str = ""
    holes: tuple[tuple[int, int], ...] = ()
    older_holes: int = 0
    streams: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    changed: tuple[Changed, ...] = ()
    floor: int | None = None
    progress: Progress | None = None

    def floor_with(self, now: int | None, *, has_retention: bool, is_digested: bool) -> int | None:
        """The floor to be carried after one more look: no range that lacks rows begins where only others are left.

        ``is_digested``: the range in which it lies now was; else what it lacks by now would be no news any more.
        """
        if self.floor is None or now is None:
            return self.floor if now is None else now
        return now if has_retention and is_digested else min(self.floor, now)

    def as_notes(self) -> dict[str, str]:
        """As text, by short names."""
        return {
            "rows": str(self.rows),
            "proven": json.dumps(self.proven),
            "origin": self.origin,
            "holes": json.dumps(self.holes),
            "older_holes": str(self.older_holes),
            "streams": json.dumps(self.streams),
            "told": json.dumps(sorted(self.told)),
            "floor": json.dumps(self.floor),
            "changed": json.dumps([_written(one) for one in self.changed[-MOST_CHANGED:]]),
        } | ({} if self.progress is None else {"progress": json.dumps(asdict(self.progress))})


def carried(notes: Mapping[str, str]) -> Carried:
    """What an earlier run noted."""
    said: Iterable[Sequence[int]] = json.loads(notes.get("holes", "[]"))
    return Carried(
        rows=int(notes.get("rows", "0")),
        proven=bool(json.loads(notes.get("proven", "false"))),
        origin=notes.get("origin", ""),
        holes=tuple((first, last) for first, last in said),
        older_holes=int(notes.get("older_holes", "0")),
        streams=tuple(json.loads(notes.get("streams", "[]"))),
        told=frozenset(json.loads(notes.get("told", "[]"))),
        floor=json.loads(notes.get("floor", "null")),
        changed=tuple(_read(one) for one in json.loads(notes.get("changed", "[]"))),
        progress=Progress(**json.loads(notes["progress"])) if "progress" in notes else None,
    )


def _written(changed: Changed) -> dict[str, Any]:
    then = changed.then
    return {
        "first": then.first,
        "last": then.last,
        "then": then.digest,
        "now": changed.now,
        "run": then.run,
        "at": then.at.isoformat(),
    }


def _read(written: Mapping[str, Any]) -> Changed:
    at = datetime.fromisoformat(written["at"])
    then = VerifiedRange(written["first"], written["last"], _digest(written["then"]), written["run"], at)
    return Changed(then, _digest(written["now"]))


def _digest(said: Sequence[Any]) -> Digest:
    rows, compared, checksum = said
    return Digest(int(rows), int(compared), tuple(int(one) for one in checksum))
