"""All checks, in the order in which they are reported: what hurts most first.

A new check is one file in the folder of what it judges and its place in a list here.
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
from checks.derived import duplicate as derived_duplicate
from checks.derived import out_of_order as derived_out_of_order
from checks.derived import underived
from checks.derived import unexpected as derived_unexpected
from checks.log import head_regressed, position_gap, unsent, version_conflict, version_gap
from checks.model.check import Check, check_of
from checks.model.consumer import ConsumerEvidence
from checks.model.derived import DerivedEvidence
from checks.model.log import LogEvidence
from checks.model.state import StateEvidence
from checks.state import silent_change, state_behind, state_missing, state_unexpected

LOG: tuple[Check[LogEvidence], ...] = (
    check_of(head_regressed),
    check_of(version_gap),
    check_of(version_conflict),
    check_of(unsent),
    check_of(position_gap),
)

DERIVED: tuple[Check[DerivedEvidence], ...] = (
    check_of(underived),
    check_of(derived_unexpected),
    check_of(derived_out_of_order),
    check_of(derived_duplicate),
)

STATE: tuple[Check[StateEvidence], ...] = (
    check_of(silent_change),
    check_of(state_missing),
    check_of(state_behind),
    check_of(state_unexpected),
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

AnyCheck = Check[LogEvidence] | Check[DerivedEvidence] | Check[StateEvidence] | Check[ConsumerEvidence]

ALL: tuple[AnyCheck, ...] = (*LOG, *DERIVED, *STATE, *CONSUMER)

_OF_DERIVED_LOGS = frozenset(check.name for check in DERIVED) - frozenset(check.name for check in LOG)


def checks_of(of: str, *, derived: bool = False) -> tuple[AnyCheck, ...]:
    """The checks of an audit of that kind, in their order. ``derived``: it is of a log made out of another one.

    >>> len(checks_of("log")) < len(checks_of("log", derived=True))
    True
    """
    if of == "log":
        return (*LOG, *DERIVED) if derived else LOG
    return STATE if of == "state" else CONSUMER


def find(name: str) -> tuple[AnyCheck, ...]:
    """The checks that ``name`` means: ``consumer/duplicate`` one, a bare ``duplicate`` all of that name, else none."""
    return tuple(check for check in ALL if name in (check.title, check.name))


def title_of(of: str, check: str) -> str:
    """In full the name of a check with a finding in an audit of that kind: that of a log may have some of ``derived``.

    >>> title_of("log", "version-gap"), title_of("log", "underived"), title_of("consumer", "duplicate")
    ('log/version-gap', 'derived/underived', 'consumer/duplicate')
    """
    return f"{'derived' if of == 'log' and check in _OF_DERIVED_LOGS else of}/{check}"
