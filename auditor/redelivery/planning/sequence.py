"""In which order a plan sends: by position, within a stream by version; and what follows what without a gap."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from auditor.ledger import Ledger
from auditor.redelivery.look import View
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.exclusions import is_never_sent
from auditor.redelivery.planning.scratch import PlanScratch
from auditor.redelivery.planning.streams import later_events
from auditor.redelivery.planning.taken_along import sends_all_from
from auditor.stores.interface import Wanted
from checks.identities import key_of
from checks.model.redelivery import Standing

_SENT = {Standing.LACKING: False, Standing.UNFINISHED: False, Standing.RECEIVED: True}
"""What is sent for the sake of order, and whether the consumer has it already."""


def add_later(
    view: View,
    addressee: Addressee,
    asked: Asked,
    ledger: Ledger,
    paper: PlanScratch,
    sharers: Sequence[str] = (),
) -> None:
    """Of streams that went on: all from the first planned event on that was passed, but for what is never sent.

    Nor is what was sent in vain too often, unless it is asked for again. ``sharers``: with whose events some of them
    are sent; what is sent for these already is heard, too.
    """
    for page in later_events(view, paper, shared=not sends_all_from(addressee.target)):
        later = (each for each in page if each.standing in _SENT and not paper.is_planned(sharers, each.event))
        wanted = [each for each in later if not is_never_sent(addressee, each.event.type)]
        attempts = ledger.attempts(addressee.name, [key_of(each.event) for each in wanted])
        rows = ((each.row or each.event, _SENT[each.standing], attempts.get(key_of(each.event), 0)) for each in wanted)
        most = addressee.target.max_attempts
        paper.note_order(
            addressee.name,
            (row for row in rows if row[1] or asked.again or row[2] < most),
        )


def note_followers(view: View, wanted: Wanted, paper: PlanScratch) -> None:
    """Mark the events before which, in the same partition, nothing stands in the log but the planned one before.

    ``wanted``: what those who hear the target should have; other rows may stand between.
    """
    for partition, some in groupby(paper.places(view.consumer.name), key=itemgetter(1)):
        paper.note_followers(_followers(view, wanted, partition, ((number, position) for number, _, position in some)))


def _followers(view: View, wanted: Wanted, partition: str | None, places: Iterable[tuple[int, int]]) -> Iterator[int]:
    asked: deque[int] = deque()
    for is_apart in view.log_side.separated(view.log, wanted, partition, _pairs(places, asked)):
        number = asked.popleft()
        if not is_apart:
            yield number


def _pairs(places: Iterable[tuple[int, int]], asked: deque[int]) -> Iterator[tuple[int, int]]:
    """Each position and the one before it, where both are beyond all that came before; ``asked``: of which events."""
    before: int | None = None
    highest: int | None = None
    for number, position in places:
        if before is not None and before == highest and position >= before:
            asked.append(number)
            yield before, position
        before = position
        highest = position if highest is None else max(highest, position)
