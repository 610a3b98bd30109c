"""Fewer events than were gathered: what people are shown is a beginning of what programs get."""

from dataclasses import replace

import pytest

from auditor.sampling import sampled, with_all_events
from checks.model.event import Event
from checks.model.result import OneSided, Parity, Result
from tests.reports import samples

EVENTS = tuple(Event(position=position) for position in range(5))
LOSS = samples.loss(events=EVENTS)
FOUND = samples.finding(count=5, events=EVENTS, evidence={"gaps": [1, 2, 3], "why": "text", "pair": (1, 2, 3)})
PARITY = Parity(
    upstream="a", logs=("b", "c"), reached=(), compared=5, differences=(OneSided(lacking="c", count=5, events=EVENTS),)
)
RESULT = replace(samples.result(samples.consumer(FOUND, losses=(LOSS,)), samples.log()), parities=(PARITY,))


def sizes(result: Result) -> tuple[int, int, int]:
    """Events of the finding, of the loss and of the difference between two logs."""
    [audit, _] = result.audits
    return len(audit.findings[0].events), len(audit.losses[0].events), len(result.parities[0].differences[0].events)


@pytest.mark.parametrize(("most", "left"), [(0, 0), (2, 2), (5, 5), (9, 5), (None, 5)])
def test_samples_are_so_many_everywhere_and_all_of_a_finding_stays_beside_them(most: int | None, left: int) -> None:
    assert sizes(sampled(RESULT, most)) == (left, left, left)
    assert sizes(with_all_events(RESULT, most)) == (5, left, left)


def test_nothing_but_samples_is_left_out() -> None:
    few, whole = sampled(RESULT, 2), with_all_events(RESULT, 2)
    [finding] = few.audits[0].findings
    assert (finding.count, finding.events, finding.evidence) == (
        5,
        EVENTS[:2],
        {"gaps": [1, 2], "why": "text", "pair": (1, 2, 3)},
    )
    assert whole.audits[0].findings == RESULT.audits[0].findings
    assert (whole.verdict, whole.run, whole.audits[1]) == (RESULT.verdict, RESULT.run, RESULT.audits[1])
    assert sampled(RESULT, None) == with_all_events(RESULT, None) == RESULT
