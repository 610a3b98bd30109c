"""How many events that a consumer has already will come again: a cursor that is put back sends all from there on."""

from auditor.config.targets import HttpTargetConfig
from auditor.reach import read_cursors
from auditor.redelivery.look import View
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.exclusions import floor_of, is_older
from auditor.redelivery.planning.paper import Paper


def sends_all_from(addressee: Addressee) -> bool:
    """Whether the target sends everything from the first planned event on."""
    target = addressee.target
    return target.kind == "cursor" or (isinstance(target, HttpTargetConfig) and target.shape == "from-position")


def count_repeats(view: View, addressee: Addressee, paper: Paper) -> int | None:
    """How many; ``None`` where it cannot be told how far the consumer is."""
    planned = paper.counts(addressee.name)
    if not sends_all_from(addressee) or not planned.events:
        return planned.received
    stands = _stands(view, [partition for partition, *_ in paper.first(addressee.name)])
    if stands is None:
        return None
    within = sum(
        view.log_side.count_within(view.log, view.wanted, partition, first - 1, stands[partition])
        for partition, first, _, _ in paper.first(addressee.name)
    )
    return max(0, within - planned.events + planned.received)


def reaches_below_retention(view: View, addressee: Addressee, paper: Paper) -> bool:
    """Whether events would come again of which the inbox may have forgotten that they were processed."""
    inbox = addressee.consumer.inbox
    if not sends_all_from(addressee) or inbox is None or inbox.retention is None:
        return False
    oldest = floor_of(view, addressee.consumer)
    return any(time is None or is_older(time, oldest) for *_, time in paper.first(addressee.name))


def _stands(view: View, partitions: list[str | None]) -> dict[str | None, int] | None:
    """The last processed position of each partition, where one cursor row says it."""
    cursor = view.consumer.cursor
    if cursor is None or cursor.stream is not None or len(cursor.position) > 1 or view.log.order:
        return None
    reading = read_cursors(view.cursors(), view.consumer, view.log, partitions)
    places = {partition: reading.bounds.get(partition) for partition in partitions}
    if reading.several or None in places.values():
        return None
    return {partition: place[1][0] if place and place[1] else 0 for partition, place in places.items()}
