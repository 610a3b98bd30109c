"""What every test runs under."""

from hypothesis import HealthCheck, settings

# A slow machine is no failure of the property. What is found is printed in a form that can be run again.
settings.register_profile("auditor", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("auditor")
