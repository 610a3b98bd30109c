"""Whether a log's ``retention`` explains that a verified range lacks rows."""

from datetime import timedelta

from auditor.compare.merge import event_of
from auditor.gather.log.notes import Changed
from auditor.gather.log.scene import Scene

_SURELY_KEPT = 0.9
"""The part of ``retention`` that every event outlives, though its time may be earlier than its neighbours'."""


def is_purged(scene: Scene, floor: int | None, changed: Changed) -> bool | None:
    """Whether ``retention`` explains that a range has fewer rows: it lies at the floor, which rose, or is that old.

    ``floor``: where the log began when the range was digested in which it begins now. All of a range below it is gone.
    ``None``: some of it is that old, and may be what is gone. Times only follow positions about.
    """
    then, retention, lowest = changed.then, scene.log.retention, scene.extent.first
    if then.digest is None or changed.now.rows >= then.digest.rows:
        return False
    if retention is None:
        return scene.log.sent is not None  # an outbox, see recollection.is_purged
    if lowest is None or lowest > then.last or (then.first < lowest and (floor is None or lowest > floor)):
        return True
    oldest, youngest = _age_at(scene, then.first), _age_at(scene, then.last)
    if youngest is not None and youngest >= retention:
        return True
    return False if oldest is not None and oldest < _SURELY_KEPT * retention else None


def _age_at(scene: Scene, position: int) -> timedelta | None:
    """How old the first event is from a position on."""
    row = scene.snapshot.first_from(scene.log, position)
    time = None if row is None else event_of(row).time
    return None if time is None else scene.run.at - time
