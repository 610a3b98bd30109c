"""``auditor trace``: where one event is, across every log, state and consumer of a config, at this moment.

:func:`trace` is all that others need. It only reads, in short snapshots, upstream before downstream, and finds rows by
what they are, never by reading a table through.
"""

from auditor.tracing.asked import AmbiguousEventError
from auditor.tracing.journey import trace

__all__ = ["AmbiguousEventError", "trace"]
