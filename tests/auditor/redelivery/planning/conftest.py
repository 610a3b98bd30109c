"""The log and its consumers that the tests of this folder plan for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.redelivery.planning.world import World, world_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Empty tables, to be written to."""
    with world_in(tmp_path) as opened:
        yield opened
