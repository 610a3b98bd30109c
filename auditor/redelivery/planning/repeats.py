"""How many events that a consumer has already will come again: a cursor that is put back sends all from there on."""

from auditor.config import ConsumerConfig
from auditor.redelivery.look import View
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.exclusions import floor_of, is_older
from auditor.redelivery.planning.places import stands
from auditor.redelivery.planning.scratch import PlanScratch
from auditor.redelivery.planning.taken_along import sends_all_from


def count_repeats(view: View, addressee: Addressee, paper: PlanScratch) -> int | None:
    """How many; ``None`` where it cannot be told how far the consumer is."""
    planned = paper.counts(addressee.name)
    if not sends_all_from(addressee.target) or not planned.events:
        return planned.received
    ends = stands(view, [partition for partition, *_ in paper.first(addressee.name)])
    if ends is None:
        return None
    within = sum(
        view.log_side.count_within(view.log, view.wanted, partition, first - 1, ends[partition])
        for partition, first, _, _ in paper.first(addressee.name)
    )
    return max(0, within - planned.events + planned.received)


def reaches_below_retention(view: View, addressee: Addressee, hearer: ConsumerConfig, paper: PlanScratch) -> bool:
    """Whether events would come again of which a hearer's inbox may have forgotten that they were processed."""
    if not sends_all_from(addressee.target) or hearer.inbox is None or hearer.inbox.retention is None:
        return False
    oldest = floor_of(view, hearer)
    return any(time is None or is_older(time, oldest) for *_, time in paper.first(addressee.name))
