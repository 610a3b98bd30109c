"""What refuses a plan: it does not hold any more, or to send it now would do harm.

Everything is looked at before anything is sent, and what is cheap to look at again before each batch: between a plan
and its last batch there may be hours.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.config import Config, ConsumerConfig, LedgerConfig
from auditor.errors import RefusedError
from auditor.ledger import Ledger, label_of
from auditor.redelivery.applying.cursors import Cursors
from auditor.redelivery.fingerprint import fingerprint
from auditor.redelivery.look import View
from auditor.redelivery.planning.addressees import names_consumer
from checks.model.event import Event
from checks.model.redelivery import Part, Plan, PlannedEvent
from checks.wording import quoted
from reports.visible import visible


def refuse_expired(plan: Plan, now: datetime) -> None:
    """RefusedError: the plan is too old to be believed."""
    if now >= plan.expires:
        raise RefusedError(f"the plan expired on {plan.expires:%Y-%m-%d at %H:%M} UTC (plan again)")


def refuse_changed_config(plan: Plan, config: Config, *, duplicates_accepted: bool) -> None:
    """RefusedError: the config does not say any more what it said when the plan was made, or what makes it safe."""
    for part in plan.parts:
        _refuse_changed_part(part, config)
        hearers = hearers_of(part, config)
        fearing = [name for name in hearers if part.kind != "file" and not _is_idempotent(config, name)]
        if fearing and not duplicates_accepted:
            raise RefusedError(
                f"target {quoted(part.target)} is heard by {_listed(fearing)}, not declared idempotent: an event that"
                " comes twice may do harm (--accept-duplicates --reason TEXT sends all the same)"
            )


def _refuse_changed_part(part: Part, config: Config) -> None:
    consumer, target = config.consumers.get(part.consumer), config.redelivery.get(part.target)
    if consumer is None:
        raise RefusedError(f"the config has no consumer {quoted(part.consumer)} any more (plan again)")
    if part.log not in config.logs or consumer.log != part.log:
        raise RefusedError(f"consumer {quoted(part.consumer)} does not read {quoted(part.log)} any more (plan again)")
    if target is None or consumer.redelivery != part.target:
        gone = f"consumer {quoted(part.consumer)} is not sent events by {quoted(part.target)} any more"
        raise RefusedError(f"{gone} (plan again)")
    kind = getattr(target, "kind", None)
    if kind == part.kind and target.heard_by is None and not names_consumer(target):
        raise RefusedError(
            f"target {quoted(part.target)} does not say any more for whom it sends, and 'heard_by' is not given (plan"
            " again)"
        )
    if kind != part.kind:
        raise RefusedError(f"target {quoted(part.target)} is of the kind {kind}, and was {part.kind} (plan again)")
    if fingerprint(config, target) != part.fingerprint:
        raise RefusedError(f"[redelivery.{visible(part.target)}] was changed since the plan was made (plan again)")


def refuse_other_ledger(plan: Plan, ledger: Ledger | None, config: LedgerConfig) -> None:
    """RefusedError: the ledger is not the one that the plan was made with, so it cannot say what was sent by it.

    ``None``: there is none yet. Where the plan's run could not be recorded in any ledger, nothing can be told. A plan
    that was applied before is known by that, even if its run was pruned since.
    """
    if not plan.recorded or (ledger is not None and ledger.knows(plan.run, plan.hash)):
        return
    label = label_of(config) if ledger is None else ledger.label
    raise RefusedError(
        f"run {quoted(plan.run)}, which the plan goes by, is not in the ledger {visible(label)}: what was sent before"
        " is not known there (use the ledger that the plan was made with, or plan again)"
    )


def hearers_of(part: Part, config: Config) -> list[str]:
    """Who hears it by the plan, and by the config as it is now."""
    now = config.redelivery[part.target].heard_by
    return list(dict.fromkeys((part.consumer, *part.heard_by, *(now or ()))))


def joined(part: Part, config: Config) -> frozenset[str]:
    """Who hears it by now, and did not when the plan was made."""
    return frozenset(hearers_of(part, config)) - {part.consumer, *part.heard_by}


def _is_idempotent(config: Config, name: str) -> bool:
    consumer = config.consumers.get(name)
    return consumer is not None and consumer.idempotent is True


def _listed(names: Collection[str]) -> str:
    return ", ".join(quoted(name) for name in names)


@dataclass(slots=True)
class Guard:
    """Compares one consumer, and its log, with what the plan says of them.

    ``heads``: the last position of the log by partition, known once :meth:`survey` has looked. ``forgetful``: others
    who hear what is sent, and let go of receipts.
    """

    part: Part
    consumer: ConsumerConfig
    forgetful: tuple[ConsumerConfig, ...] = ()
    _then: Cursors = field(default_factory=lambda: Cursors(None))
    _now: Cursors = field(default_factory=lambda: Cursors(None))
    _heads: Mapping[str | None, int | None] = field(default_factory=dict)

    def survey(self, view: View) -> None:
        """The first look, before anything is sent. RefusedError, StoreError."""
        if self.part.identity and self.part.identity != view.match.words:
            before, now = ", ".join(self.part.identity), ", ".join(view.match.words)
            raise RefusedError(
                f"receipts of consumer {quoted(self.part.consumer)} are found by {now}, and were found by {before}"
                " (plan again)"
            )
        self._then = Cursors.of(self.part.cursors, view.consumer, view.log)
        self._heads = {partition: extent.last for partition, extent in view.log_side.extents(view.log).items()}
        self.look(view)

    def look(self, view: View) -> None:
        """What is cheap, before each batch. RefusedError: these are other tables. StoreError."""
        now = view.origins()
        for side, name in (("log", self.part.log), ("consumer", self.part.consumer)):
            if side in self.part.origins and self.part.origins[side] != now[side]:
                raise RefusedError(
                    f"the plan was made from another database: {side} {quoted(name)} is not the one that it knows"
                    " (plan again)"
                )
        self._now = Cursors.of(view.cursors(), view.consumer, view.log)

    def head(self, partition: str | None) -> int | None:
        """The last position of the log, as the first look saw it."""
        return self._heads.get(partition)

    def refuse_below_head(self, events: Iterable[Event]) -> None:
        """RefusedError: the log does not reach as far as the plan: it was restored."""
        for event in events:
            head = self.head(event.partition)
            if event.position is not None and (head is None or head < event.position):
                ends = "is empty" if head is None else f"ends at {head}"
                raise RefusedError(
                    f"the log {quoted(self.part.log)} {ends}, before position {event.position} of the plan: it was"
                    " restored, or is another one (audit it)"
                )

    def refuse_self_delivered(self, events: Iterable[Event]) -> None:
        """RefusedError: the cursor went back, so that these come by themselves, and would come twice."""
        for event in events:
            if self._then.went_back_before(event, self._now):
                raise RefusedError(
                    f"the cursor of consumer {quoted(self.part.consumer)} went back to before position"
                    f" {event.position}: it is delivered by itself, and would come twice (let the consumer run, then"
                    " look again)"
                )


def refuse_changed(planned: PlannedEvent, row: Event | None) -> None:
    """RefusedError: the log has another event in a planned one's place."""
    raise RefusedError(
        f"the log has another event at position {planned.event.position} than the plan"
        f"{'' if row is None else f' ({quoted(row.type or row.id or str(row.position))})'}: its history was rewritten"
        " (audit it)"
    )
