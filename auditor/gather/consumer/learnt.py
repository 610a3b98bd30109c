"""What this run leaves for later ones about a consumer: where its cursors stand, and what it saw without a receipt.

Moments are on the clock of the log's store. An event was seen when the log was read; the cursor was seen past it when
the cursor was read, which is later.
"""

from collections.abc import Iterator
from itertools import islice

from auditor.gather.consumer.evidence import Known
from auditor.memory import MOST_SIGHTINGS, ConsumerMemory, End, Sighting
from auditor.reach import Reading
from checks.accounting import standing
from checks.model.consumer import Standing
from checks.model.previous import CursorBefore, FurtherOn
from checks.moves import Place, place_of

_LEFT_ALONE = (Standing.PARKED, Standing.UNVERIFIABLE)


def learnt(known: Known, run: str) -> ConsumerMemory:
    """The memory of one audit, whose looks are over."""
    reached = known.reached()
    return ConsumerMemory(
        run=run,
        at=known.seen.log_now,
        cursors=_cursors(known),
        sightings=dict(islice(_sightings(known), MOST_SIGHTINGS)),
        reached=None if reached is None else (reached.received, reached.eligible),
        ends=_ends(known),
        verified=known.seen.verified,
    )


def _ends(known: Known) -> dict[str | None, tuple[End, End]]:
    """Between which two events it received any, each with the moment since when that was so."""
    comparison, memory = known.seen.comparison, known.case.before
    before = {} if memory is None else memory.ends

    def since(partition: str | None, position: int) -> End:
        stood = (end for end in before.get(partition, ()) if end.position == position)
        return next(stood, End(position, known.seen.log_now))

    return {
        partition: (since(partition, lowest), since(partition, comparison.highest[partition]))
        for partition, lowest in comparison.lowest.items()
    }


def _cursors(known: Known) -> dict[str | None, CursorBefore]:
    """Each with the moment since when it stands there. Rows that disagree, or stand for streams, are not kept."""
    evidence, reading = known.evidence(), known.seen.reading
    if reading is None or reading.streams or evidence.cursor_rows_disagree:
        return {}
    return {scope: _cursor(known, reading, scope) for scope in reading.rows}


def _cursor(known: Known, reading: Reading, scope: str | None) -> CursorBefore:
    place, memory = reading.bounds[scope][1], known.case.before
    before = None if memory is None else memory.cursors.get(scope)
    return CursorBefore(
        position=place[-1] if place else None,
        order=place if len(place) > 1 else None,
        since=before.since if before is not None and place_of(before) == place else known.seen.log_now,
        further_on=None if memory is None or before is None else _further_on(known, memory, before, place),
    )


def _further_on(known: Known, memory: ConsumerMemory, before: CursorBefore, place: Place) -> FurtherOn | None:
    """The furthest place at which a run saw the cursor, if it is not there again. A standby shows an old one."""
    seen = [] if before.further_on is None else [before.further_on]
    if place < place_of(before) and known.evidence().inbox_behind is None:
        seen.append(FurtherOn(position=before.position, order=before.order, run=memory.run, at=memory.at))
    furthest = max(seen, key=place_of, default=None)
    return furthest if furthest is not None and place < place_of(furthest) else None


def _sightings(known: Known) -> Iterator[tuple[str, Sighting]]:
    """Of every event that is, or may yet be, told to be late or missing; those of the lowest positions come first."""
    evidence, earlier, now, cursor_at = known.evidence(), known.earlier, known.seen.log_now, known.seen.cursor_at
    proves_nothing = known.proves_nothing(evidence)
    for note, absence in known.absences():
        if standing(absence, evidence) in _LEFT_ALONE or proves_nothing(absence):
            continue
        event, before = note.event, earlier.sighting(note.event)
        passed = min(earlier.passed_since(event) or cursor_at, cursor_at) if absence.past else None
        first = now if before is None else min(before.first_seen, now)
        yield earlier.key(event), Sighting(first, passed, lasted=passed is not None and note.lasted is not None)
