"""``auditor doctor``: whether audits can work as configured, what stands in their way, and what to do about it.

:func:`examine` is all that others need. It only reads, like an audit, and never looks at more than a few rows of a
table: what would take longer is said to be unknown.
"""

from auditor.doctor.examination import examine

__all__ = ["examine"]
