"""What every test runs under."""

import signal

import pytest
from hypothesis import HealthCheck, settings

from auditor import redact

# A runner may have been started with interrupts ignored, which its children inherit; those that are tested must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no failure of the property. What is found is printed in a form that can be run again.
settings.register_profile("auditor", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("auditor")


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """One process runs many tests: what one of them learnt as a password would turn the words of another into stars."""
    vars(redact._known).update(vars(redact.Redactor()))
