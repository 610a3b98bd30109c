"""The totals of a state: each stream counts once, and what does not add up is not shown."""

import pytest

from checks.mirroring import MismatchError, totals_of_state
from checks.model.result import Totals
from checks.model.state import Fault
from tests.checks.samples import difference, state_evidence


def test_each_stream_counts_once() -> None:
    evidence = state_evidence(
        difference(Fault.MISSING),
        difference(Fault.BEHIND, "b"),
        difference(Fault.BEHIND, "c", lasted=None),
        difference(Fault.BEHIND, "d", by_clock=True),
        difference(Fault.SILENT_CHANGE, "e"),
        difference(Fault.SILENT_CHANGE, "f", lasted=None),
        difference(Fault.UNEXPECTED, "g"),
        produced=17,
        received=12,
        excluded=4,
        unverifiable={"no-version": 1},
    )
    assert totals_of_state(evidence) == Totals(
        produced=17, received=12, pending=1, missing=2, unverifiable=2, unexpected=2, excluded=4
    )


def test_what_does_not_add_up_is_not_shown() -> None:
    with pytest.raises(MismatchError, match="accounts: the streams do not add up"):
        totals_of_state(state_evidence(difference(Fault.MISSING), produced=10))
