"""Which logs come last in a run whose time is limited."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from auditor.auditing.turns import logs_that_can_wait
from auditor.gather.log.notes import Carried, Progress
from auditor.memory import LogMemory, Memory, Verified
from tests.auditor.configs import PIPELINE, read
from tests.ledgers import began

REMEMBERED = Memory(logs={"orders": LogMemory(run="r", at=began(0))})


def begun(*, complete: bool, is_another: bool) -> Memory:
    """After a full audit, or a part of one, maybe of a log that turned out to be another one than it was."""
    notes = {} if complete else Carried(progress=Progress(through=1, is_another=is_another)).as_notes()
    verified = Verified(basis="", salt=0, begun_run="r", begun_at=began(0), complete=complete, notes=notes)
    return Memory(logs={"orders": LogMemory(run="r", at=began(0), verified=verified)})


@pytest.mark.parametrize(
    ("recorded", "memory", "last"),
    [
        (0, Memory(), set()),
        (1, Memory(), {"orders"}),
        (2, Memory(), set()),
        (3, Memory(), {"orders"}),
        (1, REMEMBERED, set()),
        (1, begun(complete=True, is_another=False), set()),
        (1, begun(complete=False, is_another=False), {"orders"}),
        (2, begun(complete=False, is_another=False), set()),
        (1, begun(complete=False, is_another=True), set()),
    ],
)
def test_a_log_without_a_finished_audit_comes_last_every_other_time(
    tmp_path: Path, recorded: int, memory: Memory, last: set[str]
) -> None:
    def counted(names: Iterable[str]) -> dict[str, int]:
        return dict.fromkeys(names, recorded)

    config = read(tmp_path, PIPELINE)
    assert logs_that_can_wait(config, {"orders", "outbox", "billing"}, memory, counted) == last, "no derived one"
    assert logs_that_can_wait(config, {"billing"}, memory, counted) == set()
