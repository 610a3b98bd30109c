"""How a plan is made: what is looked at, in which order, and what is then known of each consumer.

The run says what is lacking; the log and the consumer are looked at again now, the log first. Nothing is sent and
nothing is written but the plan's own file, and the record of the audit that it goes by.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.config import Config, ConsumerConfig
from auditor.desk import Desk
from auditor.errors import StoreError
from auditor.ledger import Ledger
from auditor.redelivery.fingerprint import fingerprint
from auditor.redelivery.look import View, viewing
from auditor.redelivery.plan_file import write_plan
from auditor.redelivery.planning.addressees import Addressee, names_consumer
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.concerns import concerns
from auditor.redelivery.planning.exclusions import leave_out_filtered, leave_out_harmful
from auditor.redelivery.planning.hearers import forgetful, leave_out_forgotten, wanted_by_any
from auditor.redelivery.planning.losses import losses, note_losses
from auditor.redelivery.planning.reasons import left_out
from auditor.redelivery.planning.repeats import count_repeats, reaches_below_retention
from auditor.redelivery.planning.scratch import PlanScratch
from auditor.redelivery.planning.sequence import add_later, note_followers
from auditor.redelivery.planning.sightings import note_late_sightings, note_sightings
from auditor.redelivery.planning.taken_along import sends_all_from, takes_along
from auditor.redelivery.planning.totals import not_planned
from auditor.result import Result
from checks.model.redelivery import LeftOut, Order, Part, Plan, PlannedCursor, PlannedEvent
from checks.model.result import Audit

_SEEN_ONCE = "seen-once"
"""Why what one run alone has confirmed is left out."""


@dataclass
class Making:
    """A plan under way. ``told``: sentences that are known before anything was looked at."""

    config: Config
    addressed: list[Addressee]
    asked: Asked
    ledger: Ledger
    result: Result
    desk: Desk
    paper: PlanScratch
    told: list[str]
    _counts: dict[str, Counter[str]] = field(default_factory=dict)
    _undecided: dict[str, str] = field(default_factory=dict)

    def make(self, output: Path) -> Plan:
        """Write the plan. StoreError: a store failed after it had been looked at once. LedgerError, PlanError."""
        for each in self.addressed:
            self._unless_undecided(each, self._find)
        self._settle_sightings()
        for each in self.addressed:
            self._unless_undecided(each, self._judge)
        self._share()
        self._limit()
        parts = [self._part(each) for each in self.addressed]
        created = datetime.now(UTC)
        plan = Plan(
            hash="",
            run=self.result.run,
            recorded=self.result.not_recorded is None,
            created=created,
            expires=created + self.asked.valid_for,
            order=self.asked.order,
            count=sum(part.count for part in parts),
            parts=tuple(parts),
            filters={**self.asked.filters.described(), **self._limited()},
            warnings=(*self.told, *concerns(self.config, parts, self.asked)),
            accepted_duplicates=self.asked.accept_duplicates,
            first_sighting=self.asked.first_sighting,
        )
        return write_plan(output, plan, self._events())

    def _limited(self) -> dict[str, str]:
        return {} if self.asked.limit is None else {"--limit": str(self.asked.limit)}

    def _events(self) -> Iterator[PlannedEvent]:
        for each in self.addressed:
            yield from self.paper.planned(each.name, each.target.name)

    def _unless_undecided(self, addressee: Addressee, work: Callable[[View, Addressee], None]) -> None:
        """Nothing is planned for a consumer of which one look fails; the others are planned all the same."""
        name = addressee.name
        if name in self._undecided:
            return
        try:
            audit = self._audit(addressee)
            if isinstance(audit, str):
                self._give_up(name, audit)
                return
            self.desk.observer.phase(f"{name}: looking at what it lacks")
            with viewing(self.desk, addressee.consumer) as view:
                work(view, addressee)
        except StoreError as error:
            self._give_up(name, str(error))

    def _give_up(self, name: str, why: str) -> None:
        self._undecided[name] = why
        self.paper.forget(name)

    def _audit(self, addressee: Addressee) -> Audit | str:
        """What the run says of a consumer; or why it says nothing."""
        audits = (each for each in self.result.audits if each.of == "consumer" and each.name == addressee.name)
        audit = next(audits, None)
        if audit is None:
            return f"run {self.result.run} did not audit it"
        if audit.upstream != addressee.consumer.log:
            return f"run {self.result.run} audited it against another log"
        if not audit.was_carried_out:
            return "; ".join(problem.message for problem in audit.problems) or "its audit could not be carried out"
        return audit

    def _find(self, view: View, addressee: Addressee) -> None:
        audit = self._audit(addressee)
        if isinstance(audit, str):
            return
        counts = self._counts[addressee.name] = not_planned(audit, hide_known=self.asked.baseline)
        for finding in losses(audit, known=not self.asked.baseline):
            counts.update(note_losses(view, finding, self.result.started, self.paper))
        leave_out_filtered(self.asked.filters, addressee.name, self.paper)

    def _settle_sightings(self) -> None:
        note_sightings(self.ledger, self.addressed, self.result, self.paper)
        reason = None if self.asked.first_sighting else _SEEN_ONCE
        for each in self.addressed:
            self.paper.decide_unsighted(each.name, reason, self.result.started)
        note_late_sightings(self.ledger, self.addressed, self.result, self.paper, _SEEN_ONCE)

    def _judge(self, view: View, addressee: Addressee) -> None:
        leave_out_harmful(view, addressee, self.asked, self.ledger, self.paper)
        leave_out_forgotten(view, self._forgetful(addressee), self.paper)

    def _share(self) -> None:
        """What several consumers lack and hear of one target is sent once."""
        for number, first in enumerate(self.addressed):
            for other in self.addressed[number + 1 :]:
                if _hears(other, first) and other.consumer.log == first.consumer.log:
                    self.paper.share(first.name, other.name)

    def _limit(self) -> None:
        left = self.asked.limit
        for each in self.addressed:
            self.paper.arrange(each.name)
            if left is not None:
                left -= self.paper.keep_first(each.name, left)

    def _part(self, addressee: Addressee) -> Part:
        name, consumer, target = addressee.name, addressee.consumer, addressee.target
        bare = Part(
            consumer=name,
            log=consumer.log,
            target=target.name,
            kind=target.kind,
            fingerprint=fingerprint(self.config, target),
            heard_by=addressee.heard_by,
            identity=(),
            origins={},
        )
        if name in self._undecided:
            return replace(bare, comes_again=0, left_out=self._left_out(addressee))
        with viewing(self.desk, consumer) as view:
            return self._described(view, addressee, bare)

    def _described(self, view: View, addressee: Addressee, bare: Part) -> Part:
        name, paper = addressee.name, self.paper
        if self.asked.order is Order.STRICT:
            add_later(view, addressee, self.asked, self.ledger, paper, self._sharers(addressee))
        if reaches_below_retention(view, addressee, addressee.consumer, paper):
            paper.leave_all_out(name, "expired")
        if any(reaches_below_retention(view, addressee, each, paper) for each in self._forgetful(addressee)):
            paper.leave_all_out(name, "forgotten")
        firsts = [(partition, first) for partition, first, *_ in paper.first(name)]
        wanted = wanted_by_any(self.config, bare.log, addressee.heard_by)
        if sends_all_from(addressee.target) and takes_along(view, wanted, addressee.target, firsts):
            paper.leave_all_out(name, "along")
        paper.arrange(name)
        note_followers(view, wanted, paper)
        counts = paper.counts(name)
        return replace(
            bare,
            identity=view.match.words,
            origins=view.origins(),
            cursors=tuple(PlannedCursor(scope=row.scope, positions=row.positions) for row in view.cursors()),
            count=counts.events,
            streams=counts.streams,
            superseded=counts.superseded,
            comes_again=count_repeats(view, addressee, paper),
            left_out=self._left_out(addressee),
        )

    def _left_out(self, addressee: Addressee) -> tuple[LeftOut, ...]:
        name = addressee.name
        counts: dict[str, int | None] = dict(self._counts.get(name, Counter()) + Counter(self.paper.left_out(name)))
        if name in self._undecided:
            counts = {"undecided": None}
        return left_out(
            counts,
            addressee,
            sighted=self.paper.sighted_since(name, _SEEN_ONCE) or self.result.started,
            why=self._undecided.get(name, ""),
            sharers=self._sharers(addressee),
            forgetful=self._forgetful(addressee),
        )

    def _forgetful(self, addressee: Addressee) -> tuple[ConsumerConfig, ...]:
        """Nobody, where somebody answers for what comes twice."""
        if self.asked.accept_duplicates is not None:
            return ()
        return forgetful(self.config, addressee.name, addressee.heard_by)

    def _sharers(self, addressee: Addressee) -> tuple[str, ...]:
        before = self.addressed[: self.addressed.index(addressee)]
        return tuple(each.name for each in before if _hears(addressee, each))


def _hears(other: Addressee, first: Addressee) -> bool:
    """Whether a consumer hears what is sent for another one by the target that it has itself."""
    target = first.target
    return other.target.name == target.name and other.name in first.heard_by and not names_consumer(target)
