"""The consumers of the demo: five services that follow the shop's log ``orders``, each in a database of its own.

No two of them keep their books alike: other tables, other names, other ways to write an id or a cursor. That is how it
is outside, and the config is all that the auditor needs to read any of them. Four have gone wrong, each in its own
way. The last is right, though it is behind and looks as if it were not.

Each is one file with a ``build``, and its place in the list here.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from auditor.demo.consumers import accounting, billing, notifications, search, shipping
from auditor.demo.faults import Fault
from auditor.demo.producer import Written

Build = Callable[[Path, Sequence[Written]], tuple[Fault, ...]]
"""Writes a consumer's database into the folder, as it looks after the events, and returns what was done to it."""

ALL: tuple[Build, ...] = (billing.build, shipping.build, search.build, notifications.build, accounting.build)
