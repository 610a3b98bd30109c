"""What every test runs under."""

import signal
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from auditor import redact

# A runner may have been started with interrupts ignored, which its children inherit; those that are tested must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no failure of the property, and what passes on one machine passes on the next: each run tries the
# same examples, unless it is asked to search for others. What is found is printed in a form that can be run again.
settings.register_profile(
    "auditor", deadline=None, print_blob=True, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "search", settings.get_profile("auditor"), derandomize=False, database=settings.get_profile("default").database
)
settings.load_profile("auditor")

UNMEASURED = ("benchmarks", "browser", "integration")
"""Folders whose tests run whole programs against real servers."""


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Count branch coverage without what it would make twice as long, and what runs the same branches over and over."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in UNMEASURED or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def _processes_of_the_unmeasured_are_not_measured(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("no_cover") is not None:
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """One process runs many tests: what one of them learnt as a password would turn the words of another into stars."""
    vars(redact._known).update(vars(redact.Redactor()))
