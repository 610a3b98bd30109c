"""What must not be sent although it is lacking: by what became of it since the plan was made.

A plan leaves such events out. Between the plan and its last batch a stream may end, by an erasure, an event may come to
be older than receipts are kept, another plan may send it, and the config may come to say that its type is never sent.
"""

from collections.abc import Sequence

from auditor.compare.merge import event_of
from auditor.config import ConsumerConfig
from auditor.config.targets import TargetConfig
from auditor.gather.consumer.matching import match_by_position
from auditor.redelivery.applying.due import Due
from auditor.redelivery.look import View
from auditor.redelivery.planning.exclusions import floor_of, is_older
from auditor.redelivery.planning.hearers import may_be_forgotten
from auditor.redelivery.planning.streams import word_of
from checks.globs import matches
from checks.model.application import Skip
from checks.model.event import Event
from checks.model.redelivery import Why

_Stream = tuple[str | None, str]


def barred(
    view: View, target: TargetConfig, dues: Sequence[Due], others: Sequence[ConsumerConfig] = ()
) -> list[Skip | None]:
    """Why each event must not be sent to the consumer that is looked at; ``None``: it may. StoreError.

    ``others``: who hears it, too, and lets go of receipts.
    """
    ends = _ends(view, target.ended, [due.planned.event for due in dues])
    oldest = floor_of(view, view.consumer)

    def why(due: Due) -> Skip | None:
        each = due.planned
        if view.consumer.name in due.elsewhere:
            return Skip.SENT_SINCE
        if target.never is not None and matches(each.event.type, target.never):
            return Skip.NEVER
        end, place = ends.get(_stream(each.event)), getattr(each.event, word_of(view.log))
        if end is not None and place is not None and place < end:
            return Skip.ENDED
        if each.why is Why.ORDER:  # it has its receipt, or is left to whoever asked for that order
            return None
        if is_older(each.event.time, oldest):
            return Skip.EXPIRED
        return Skip.FORGOTTEN if may_be_forgotten(view, others, each.event) else None

    return [why(due) for due in dues]


def _ends(view: View, ended: Sequence[str] | None, events: Sequence[Event]) -> dict[_Stream, int]:
    """The last place in each stream at which it ended."""
    names = list(dict.fromkeys(event.stream for event in events if event.stream is not None))
    if ended is None or view.log.stream is None or not names:
        return {}
    ends: dict[_Stream, int] = {}
    for row in view.log_side.events_of_streams(view.log, match_by_position(view.log), view.wanted, names):
        event = event_of(row)
        place = getattr(event, word_of(view.log))
        if place is not None and matches(event.type, ended):
            ends[_stream(event)] = max(place, ends.get(_stream(event), place))
    return ends


def _stream(event: Event) -> _Stream:
    return event.partition, event.stream or ""
