"""The evidence about one consumer: a first look at both sides, a second at what is in doubt, a third after waiting."""

from datetime import datetime
from itertools import chain

from auditor.gather.consumer.case import Case
from auditor.gather.consumer.earlier import earlier
from auditor.gather.consumer.evidence import Known, Later
from auditor.gather.consumer.first_look import first_look
from auditor.gather.consumer.learnt import learnt
from auditor.gather.consumer.second_look import SecondLook
from auditor.gather.derived.remains import remains
from auditor.gather.horizon import View, heads_now
from auditor.gather.log.marks import marks
from auditor.memory import ConsumerMemory
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Verdict
from checks.model.result import Coverage, Progress
from checks.progress import progress
from checks.ruling import Ruling, rule

LOST = (Ruling(Standing.MISSING, Verdict.CONFIRMED), Ruling(Standing.BACKFILL_INCOMPLETE, Verdict.CONFIRMED))
"""How events are placed of which an outbox is asked whether it sent them."""
LATE = Ruling(Standing.LAGGING, Verdict.CONFIRMED)
"""The same, of an event that a derived log lacks: whether its publisher has come to it is all one."""


class Inquiry:
    """The gathering of evidence about one consumer. Making it takes the first look; the others are optional.

    ``known``: all that was found out so far.
    """

    waits_whether = "receipts are only late"

    def __init__(self, case: Case) -> None:
        self.case = case
        self.name, self.upstream = case.consumer.name, case.log.name
        self.of = "consumer" if case.derived is None else "log"
        later = Later(behind=case.store.behind(case.sleep))
        seen = first_look(case)
        later.heads = {partition: extent.last for partition, extent in seen.extents.items()}
        self.known = Known(case, seen, later, earlier(case, seen.reading, seen.log_now))
        if case.derived is not None:
            absences = (absence for _, absence in self.known.absences())
            later.remains = remains(case, seen.matching.match, case.derived, absences, seen.again.rows)
        self._second = SecondLook(case, self.known)

    def view(self) -> View | datetime:
        """What the first look showed of the log; or only when, since what a standby lacks, its primary may have."""
        if self.case.ground.settlement.standby:
            return self.known.seen.log_now
        seen = self.known.seen
        holes = tuple((None, first, last) for first, last in seen.holes)
        return View(at=seen.log_now, heads=heads_now(seen.extents), holes=holes)

    def seconds_until_second_look(self) -> float:
        """How long to wait for a second look to tell a consumer at work from one that stands still; 0: no need."""
        return self._second.seconds_until_due()

    def second_look(self) -> None:
        """Look again at what is in doubt."""
        self._second.take()

    def seconds_until_third_look(self) -> float | None:
        """How long until a third look would decide what is still open; ``None``: it would decide nothing."""
        return self._second.seconds_until_third()

    def third_look(self) -> None:
        """After ``grace``: what still has no receipt is missing."""
        self._second.take_again()

    def look_for_marks(self) -> None:
        """After all other looks: whether an outbox says that what is confirmed to be missing was sent.

        A standby may lack the mark, so it is not asked.
        """
        known, case = self.known, self.case
        if case.log.sent is None or not known.later.done or known.later.standby:
            return
        evidence, asked = known.evidence(), LOST if case.derived is None else (*LOST, LATE)
        lost = (note.event for note, absence in known.absences() if rule(absence, evidence) in asked)
        first = next(lost, None)
        if first is not None:
            with case.log_store.snapshot() as snapshot:
                known.later.marks = marks(snapshot, case.log, chain([first], lost))

    def evidence(self) -> ConsumerEvidence:
        """What the checks judge, as known by now. Good until :meth:`close`."""
        return self.known.evidence()

    @property
    def coverage(self) -> Coverage | None:
        """What earlier runs verified and this one did not look at; ``None``: it looked at everything."""
        return self.known.coverage()

    @property
    def progress(self) -> Progress | None:
        """How far it has come from its declared start; ``None`` where it declares none, or has no inbox."""
        now = self.known.reached()
        return None if now is None else progress(now, self.known.reached_before())

    @property
    def events_left_out(self) -> int:
        """How many events earlier runs compared, which this one did not look at."""
        remainder = self.known.seen.remainder
        return 0 if remainder is None else remainder.events_left_out

    def memory(self, run: str) -> ConsumerMemory:
        """What later runs shall know. Good until :meth:`close`."""
        return learnt(self.known, run)

    def close(self) -> None:
        """Throw the scratch paper away."""
        self.case.scratch.close()
