"""What somebody asks of a plan."""

from dataclasses import dataclass
from datetime import timedelta

from auditor.redelivery.planning.filters import EVERYTHING, Filters
from checks.model.redelivery import Order

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The wishes for one plan.

    - ``order``: what is sent of streams that went on without what is missing.
    - ``limit``: only so many of the missing events, the first of the plan; ``None``: all.
    - ``first_sighting``: what one run alone confirmed, too. ``again``: what was sent in vain too often, too.
    - ``baseline``: without what is known. ``accept_duplicates``: for which reason events may come twice.
    - ``valid_for``: after that long the plan has to be made anew.
    """

    order: Order = Order.AS_IS
    filters: Filters = EVERYTHING
    limit: int | None = None
    first_sighting: bool = False
    again: bool = False
    baseline: bool = True
    accept_duplicates: str | None = None
    valid_for: timedelta = DAY
