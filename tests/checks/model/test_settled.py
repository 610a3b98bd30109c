"""When holes can be judged, and who stands in the way."""

from datetime import timedelta

import pytest

from checks.model.settled import Holder, How, Settlement


@pytest.mark.parametrize(
    ("how", "provable"),
    [(How.PROVEN, True), (How.ONE_WRITER, True), (How.BY_AGE, False), (How.UNKNOWN, False)],
)
def test_age_is_no_proof(how: How, provable: bool) -> None:
    assert Settlement(how=how).provable is provable


@pytest.mark.parametrize(
    ("holder", "phrase"),
    [
        pytest.param(
            Holder(
                transaction="3/17",
                relation="events",
                pid=4711,
                application="writer",
                state="idle in transaction",
                age=timedelta(minutes=12),
            ),
            "pid 4711 (writer, idle in transaction, for 720 s)",
            id="all is known",
        ),
        pytest.param(Holder(transaction="3/17", relation="events", pid=4711), "pid 4711", id="few rights"),
        pytest.param(
            Holder(transaction="-1/5", relation="events", prepared="batch-7"),
            "prepared transaction 'batch-7'",
            id="prepared",
        ),
    ],
)
def test_a_holder_is_described_by_what_is_known(holder: Holder, phrase: str) -> None:
    assert holder.describe() == phrase
