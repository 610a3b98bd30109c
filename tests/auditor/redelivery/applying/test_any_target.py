"""However a target behaves, and however often the same plan is applied: nothing is lost, doubled or out of order."""

import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.redelivery.targets.interface import Answer
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import ACCEPTED, Case

OUTCOMES = st.sampled_from([*[Outcome.ACCEPTED] * 3, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN])
ATTEMPTS = st.lists(st.lists(OUTCOMES, min_size=8, max_size=8), min_size=1, max_size=3)


def answering(outcomes: list[Outcome], accepted: list[int]) -> Callable[[int], Answer]:
    """One outcome after the other; what is accepted is noted."""
    left = iter(outcomes)

    def answer(position: int) -> Answer:
        outcome = next(left)
        if outcome is Outcome.ACCEPTED:
            accepted.append(position)
        return Answer(outcome)

    return answer


@settings(max_examples=15)
@given(attempts=ATTEMPTS, batch=st.integers(1, 4), ordered=st.booleans())
def test_every_event_is_accepted_in_the_end_once_and_streams_keep_their_order(
    attempts: list[list[Outcome]], batch: int, ordered: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = {"batch": batch if not ordered else 1}  # of one request nobody knows in which order it is taken
        case = Case(Path(folder), count=9, missing=range(1, 9), target=target, consumer={"ordered": ordered})
        accepted: list[int] = []
        for outcomes in [*attempts, [Outcome.ACCEPTED] * 8]:
            recorder = case.recorder(answer=answering(outcomes, accepted))
            said = case.apply(recorder, error_share=1, again=True)
            balanced = said.total("planned") - said.total("before") - said.total("sent") - said.total("healed")
            assert balanced == sum(said.skipped().values())
        assert sorted(accepted) == list(range(1, 9)), "each once"
        if ordered:
            streams: dict[int, list[int]] = defaultdict(list)
            for position in accepted:
                streams[position % 2].append(position)
            assert all(positions == sorted(positions) for positions in streams.values())
        assert case.apply(case.recorder(answer=lambda _: ACCEPTED)).total("before") == 8
