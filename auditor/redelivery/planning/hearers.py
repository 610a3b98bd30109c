"""Everybody who hears a target: what they should have of a log, and whether they can tell what comes to them twice.

What is sent for one consumer reaches all of them, and so does all that a target sends beside a planned event.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from auditor.config import Config, ConsumerConfig
from auditor.redelivery.look import View, wanted_of
from auditor.redelivery.planning.exclusions import floor_of, is_older
from auditor.redelivery.planning.scratch import PlanScratch
from auditor.stores.interface import EVERYTHING, Wanted
from checks.globs import matches
from checks.model.event import Event


def wanted_by_any(config: Config, log: str, names: Iterable[str]) -> Wanted:
    """The rows of a log that at least one of these should have. Of who reads another log nobody can tell: all."""
    hearers = [config.consumers.get(name) for name in names]
    known = [wanted_of(each) for each in hearers if each is not None and each.log == log]
    if len(known) < len(hearers):
        return EVERYTHING
    globs = [each.types for each in known if each.types is not None]
    starts = [each.start for each in known if each.start is not None]
    return Wanted(
        types=tuple(dict.fromkeys(glob for some in globs for glob in some)) if len(globs) == len(known) else None,
        start=min(starts) if len(starts) == len(known) else None,
    )


def forgetful(config: Config, consumer: str, names: Iterable[str]) -> tuple[ConsumerConfig, ...]:
    """Who hears it beside the consumer, and lets go of receipts: what is older, they could apply a second time."""
    others = (config.consumers.get(name) for name in dict.fromkeys(names) if name != consumer)
    return tuple(each for each in others if each is not None and keeps(each) is not None)


def keeps(consumer: ConsumerConfig) -> timedelta | None:
    """For how long it keeps receipts; ``None``: for ever, or it has none."""
    return None if consumer.inbox is None else consumer.inbox.retention


def may_be_forgotten(view: View, others: Sequence[ConsumerConfig], event: Event) -> bool:
    """Whether one of these should have the event, and may have let go of the receipt of it."""
    return any(
        is_older(event.time, floor_of(view, each)) and _should_have(each, view.log.name, event) for each in others
    )


def leave_out_forgotten(view: View, others: Sequence[ConsumerConfig], scratch: PlanScratch) -> None:
    """What others who hear it may not know any more that they had."""
    if others:
        for page in scratch.pages(view.consumer.name):
            gone = (each.number for each in page if may_be_forgotten(view, others, each.event))
            scratch.leave_out(dict.fromkeys(gone, "forgotten"))


def _should_have(consumer: ConsumerConfig, log: str, event: Event) -> bool:
    """Of who reads another log, made out of this one, nobody can tell: as if it should."""
    wanted = wanted_of(consumer)
    if consumer.log != log:
        return True
    is_in_time = wanted.start is None or event.position is None or event.position >= wanted.start
    return is_in_time and matches(event.type, wanted.types)
