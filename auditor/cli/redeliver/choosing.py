"""What was typed to say what is wanted in a plan. UsageError: it means nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.redelivery.planning.filters import Filters
    from checks.model.redelivery import Order


def order_of(text: str) -> "Order":
    """The order of that name."""
    from checks.model.redelivery import Order

    _expect_one_of("--order", text, list(Order))
    return Order(text)


def expect_format(name: str) -> None:
    """There must be such a format."""
    from reports.redelivery.plan import FORMATS

    _expect_one_of("--format", name, list(FORMATS))


def _expect_one_of(option: str, text: str, names: Sequence[str]) -> None:
    from auditor.config.problems import quoted, suggestion

    if text not in names:
        message = f"{option} {quoted(text)}: there is no such{suggestion(text, names, listed=True)}"
        raise UsageError(message)


def reason_of(reason: str | None, *, accepted: bool) -> str | None:
    """Why duplicates are accepted, if they are: somebody has to answer for that."""
    if accepted and not (reason or "").strip():
        raise UsageError("--accept-duplicates: say --reason TEXT, why they do no harm")
    if reason is not None and not accepted:
        raise UsageError("--reason: says why duplicates are accepted, and needs --accept-duplicates")
    return reason


def filters_of(
    stream: Sequence[str] | None,
    type_: Sequence[str] | None,
    position: Sequence[str] | None,
    id_: Sequence[str] | None,
    since: str | None,
    until: str | None,
) -> "Filters":
    """Which events are wanted."""
    from auditor.asked_time import moment_of
    from auditor.redelivery.planning.filters import Filters, span_of

    now = datetime.now(UTC)
    return Filters(
        streams=tuple(stream or ()),
        types=tuple(type_ or ()),
        positions=tuple(span_of("--position", each) for each in position or ()),
        ids=tuple(id_ or ()),
        since=None if since is None else moment_of("--since", since, now),
        until=None if until is None else moment_of("--until", until, now, end_of_day=True),
    )
