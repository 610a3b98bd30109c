"""A small real system, its processes killed all the time: what one service loses is named, what the others do is not.

The dual writer changes its state and then publishes, in two transactions; whoever kills it in between loses an event.
The event-sourced service writes both in one, its publishers and consumers move their cursors in the transaction of
their work: killed as often, they lose nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.audit import run
from checks.model.result import Result
from tests.integration.system.operation import Operation, Plan, operating
from tests.integration.system.programs import PROGRAMS
from tests.integration.system.tables import KINDS, Lost, lost
from tests.postgres import Server

CONFIG = Path(__file__).with_name("system") / "auditor.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A system that has come to rest, and what was said of it while it was at work."""

    operation: Operation
    config: Path
    during: list[Result] = field(default_factory=list)

    @property
    def lost(self) -> frozenset[Lost]:
        return lost(self.operation.url)


@pytest.fixture(scope="module")
def watched(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Every second audit has a ledger, and so goes on from what the one before it verified."""
    folder = tmp_path_factory.mktemp("system")
    with postgres.database() as url:
        config = folder / "auditor.toml"
        text = CONFIG.read_text(encoding="utf-8")
        config.write_text(text.replace("${SYSTEM_DATABASE_URL}", url), encoding="utf-8")
        with operating(url, Plan(seed=postgres.version)) as operation:
            watched = Watched(operation=operation, config=config)
            while not operation.over:
                watched.during.append(run(config, ledger=len(watched.during) % 2 == 1))
        yield watched


def test_processes_are_killed_all_the_time_and_the_dual_writer_loses_the_first_the_last_and_others(
    watched: Watched,
) -> None:
    assert watched.operation.between >= 40
    assert {name for name, kills in watched.operation.kills.items() if kills >= 20} == set(PROGRAMS)
    assert {loss.kind for loss in watched.lost} == set(KINDS)
    assert len(watched.during) > 2
