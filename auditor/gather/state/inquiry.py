"""The evidence about one state: a first look at both sides, a second at what is in doubt, a third after waiting."""

from datetime import datetime

from auditor.gather.rereadable import Rereadable
from auditor.gather.state.case import StateCase
from auditor.gather.state.first_look import first_look
from auditor.gather.state.later_looks import Later, LaterLooks
from checks.model.state import Difference, StateEvidence


class StateInquiry:
    """The gathering of evidence about one state. Making it takes the first look; the others are optional."""

    of = "state"
    waits_whether = "changes are only late"

    def __init__(self, case: StateCase) -> None:
        self.case = case
        self.name, self.upstream = case.state.name, case.log.name
        self._later = Later(behind=case.store.behind(case.sleep))
        self._seen = first_look(case)
        self._looks = LaterLooks(case, self._seen, self._later)

    def view(self) -> datetime:
        """When the log was read: where it ends, nobody asked."""
        return self._seen.clocks.log

    def seconds_until_second_look(self) -> float:
        """No time: a younger snapshot is all that it takes."""
        return 0.0

    def second_look(self) -> None:
        """Look again at what is in doubt."""
        self._looks.take()

    def seconds_until_third_look(self) -> float | None:
        """How long until a third look would decide what is still open; ``None``: it would decide nothing."""
        return self._looks.seconds_left()

    def third_look(self) -> None:
        """After ``max_delay``: what still differs has lasted."""
        self._looks.take()

    def evidence(self) -> StateEvidence:
        """What the checks judge, as known by now. Good until :meth:`close`."""
        case, seen, later = self.case, self._seen, self._later
        return StateEvidence(
            name=self.name,
            upstream=self.upstream,
            produced=seen.produced,
            received=seen.received,
            excluded=seen.excluded,
            differences=Rereadable(
                lambda: (
                    Difference(
                        fault=note.fault,
                        event=note.event,
                        row=note.row,
                        head=note.head,
                        by_clock=note.by_clock,
                        lasted=note.lasted,
                        appeared=case.late_commits.of(note.event, seen.clocks.log),
                    )
                    for note in case.scratch.notes()
                )
            ),
            unverifiable=dict(seen.unverifiable),
            has_version=case.state.version is not None,
            has_changed=case.state.changed is not None,
            confirmed_reads=later.done,
            in_flight=later.in_flight,
            behind=later.behind,
            on_standby=later.on_standby,
            retention=case.log.retention,
            lets_go=case.lets_go,
            deletes=later.deletes,
            max_delay=case.state.max_delay,
            sample_limit=case.sample_limit,
            unmatched_types=seen.unmatched_types,
        )

    def close(self) -> None:
        """Throw the scratch paper away."""
        self.case.scratch.close()
