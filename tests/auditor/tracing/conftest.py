"""The pipeline that the tests of this folder trace events through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.tracing.pipeline import Pipeline, pipeline_in


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """Empty tables, to be written to."""
    with pipeline_in(tmp_path) as opened:
        yield opened
