"""Whether events stand in their outbox as sent: asked of events that are absent downstream, after all other looks."""

from collections.abc import Iterable, Mapping
from itertools import islice

from auditor.config import LogConfig
from auditor.gather.consumer.case import in_batches
from auditor.gather.log.recollection import Place, match_of_places, place_of, places_as_identities
from auditor.stores.interface import Snapshot
from checks.model.event import Event

MOST_LOOKED_UP = 10_000
"""Events of one audit whose marks are looked up, the first that are asked for."""


def marks(snapshot: Snapshot, log: LogConfig, events: Iterable[Event]) -> Mapping[Place, bool]:
    """By place, whether the row that stands there is marked sent, of the first so many events that have a position.

    What is not in the log any more is left out, and so is everything where the log is no outbox. Where a position
    stands twice, both rows must be marked. The snapshot must be younger than the look that found the events absent: a
    mark that was set meanwhile is a mark.
    """
    match = None if log.sent is None else match_of_places(snapshot, log)
    if match is None:
        return {}
    asked = [
        place_of(event) for event in islice((each for each in events if each.position is not None), MOST_LOOKED_UP)
    ]
    identities = places_as_identities(log, match, asked)
    found: dict[Place, bool] = {}
    for batch in in_batches(sorted(identities, key=str)):
        for row, marked in snapshot.find_marked(log, match, batch):
            place = (row.partition, row.position or 0)
            found[place] = found.get(place, True) and marked
    wanted = set(asked)
    return {place: marked for place, marked in found.items() if place in wanted}
