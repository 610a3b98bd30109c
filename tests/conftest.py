"""What every test runs under."""

import signal

from hypothesis import HealthCheck, settings

# A runner may have been started with interrupts ignored, which its children inherit; those that are tested must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no failure of the property. What is found is printed in a form that can be run again.
settings.register_profile("auditor", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("auditor")
