"""How far a consumer has come, in positions, where its cursor says so."""

from auditor.reach import read_cursors
from auditor.redelivery.look import View


def stands(view: View, partitions: list[str | None]) -> dict[str | None, int] | None:
    """The last processed position of each partition, where one cursor row says it."""
    cursor = view.consumer.cursor
    if cursor is None or cursor.stream is not None or len(cursor.position) > 1 or view.log.order:
        return None
    reading = read_cursors(view.cursors(), view.consumer, view.log, partitions)
    places = {partition: reading.bounds.get(partition) for partition in partitions}
    if reading.several or None in places.values():
        return None
    return {partition: place[1][0] if place and place[1] else 0 for partition, place in places.items()}
