"""All checks, in the order in which they are reported: what hurts most first.

A new check is one file in ``checks/log`` or ``checks/consumer`` and its place in a list here.
"""

from checks.consumer import (
    backfill_incomplete,
    conflict,
    cursor_absent,
    cursor_ahead,
    cursor_jumped,
    cursor_rewound,
    duplicate,
    lagging,
    missing,
    out_of_order,
    out_of_retention,
    parked,
    stalled,
    unexpected,
    unprocessed,
)
from checks.log import head_regressed, position_gap, unsent, version_conflict, version_gap
from checks.model.check import Check, check_of
from checks.model.consumer import ConsumerEvidence
from checks.model.log import LogEvidence

LOG: tuple[Check[LogEvidence], ...] = (
    check_of(head_regressed),
    check_of(version_gap),
    check_of(version_conflict),
    check_of(unsent),
    check_of(position_gap),
)

CONSUMER: tuple[Check[ConsumerEvidence], ...] = (
    check_of(missing),
    check_of(backfill_incomplete),
    check_of(out_of_retention),
    check_of(cursor_jumped),
    check_of(cursor_absent),
    check_of(stalled),
    check_of(lagging),
    check_of(cursor_rewound),
    check_of(cursor_ahead),
    check_of(unexpected),
    check_of(conflict),
    check_of(unprocessed),
    check_of(out_of_order),
    check_of(duplicate),
    check_of(parked),
)

ALL: tuple[Check[LogEvidence] | Check[ConsumerEvidence], ...] = (*LOG, *CONSUMER)


def find(name: str) -> tuple[Check[LogEvidence] | Check[ConsumerEvidence], ...]:
    """The checks that ``name`` means: ``consumer/duplicate`` one, a bare ``duplicate`` all of that name, else none."""
    return tuple(check for check in ALL if name in (check.title, check.name))
