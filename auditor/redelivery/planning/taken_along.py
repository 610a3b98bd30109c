"""What a target that sends everything from an event on would send besides, although it must never be sent again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from auditor.config.targets import AnyTargetConfig, HttpTargetConfig, TargetConfig
from auditor.gather.consumer.matching import match_by_position
from auditor.redelivery.look import View
from auditor.redelivery.planning.places import stands
from auditor.redelivery.planning.scratch import PAGE
from auditor.stores.interface import ELIGIBLE, LogRow, Wanted

_HIGHEST = 2**63 - 1


def sends_all_from(target: AnyTargetConfig | TargetConfig) -> bool:
    """Whether the target sends everything from the first planned event on."""
    return target.kind == "cursor" or (isinstance(target, HttpTargetConfig) and target.shape == "from-position")


def takes_along(
    view: View, wanted: Wanted, target: AnyTargetConfig | TargetConfig, firsts: Sequence[tuple[str | None, int]]
) -> bool:
    """Whether from these positions on, by partition, there is something that is never sent, or whose stream has ended.

    ``wanted``: what those who hear the target should have; the rest does not reach them. What a cursor has not come to
    is not sent again by putting it back. StoreError.
    """
    ends = stands(view, [partition for partition, _ in firsts]) if target.kind == "cursor" else None
    return any(
        _has_never(view, wanted, target, partition, first, last)
        or _has_ended(view, wanted, target, partition, first, last)
        for partition, first in firsts
        if first <= (last := _HIGHEST if ends is None else ends[partition])
    )


def _has_never(view: View, wanted: Wanted, target: TargetConfig, partition: str | None, first: int, last: int) -> bool:
    if target.never is None:
        return False
    unwelcome = replace(wanted, also=target.never)
    return bool(view.log_side.rows_in(view.log, unwelcome, partition, [(first, last)], 1))


def _has_ended(view: View, wanted: Wanted, target: TargetConfig, partition: str | None, first: int, last: int) -> bool:
    if target.ended is None or view.log.stream is None:
        return False
    for rows in _rows(view, Wanted(target.ended), partition, first):
        ends = {row.stream or "": cast("int", row.position) for row in rows}
        match = match_by_position(view.log)
        for row in view.log_side.events_of_streams(view.log, match, wanted, list(ends)):
            is_there = row.scope == ELIGIBLE and row.partition == partition and row.position is not None
            if (
                is_there
                and first <= cast("int", row.position) <= last
                and cast("int", row.position) < ends.get(row.stream or "", 0)
            ):
                return True
    return False


def _rows(view: View, wanted: Wanted, partition: str | None, first: int) -> Iterator[Sequence[LogRow]]:
    """Two at one position are both there, or the second one's stream is looked at by the next page."""
    while rows := view.log_side.rows_in(view.log, wanted, partition, [(first, _HIGHEST)], PAGE):
        yield rows
        last = cast("int", rows[-1].position)
        if len(rows) < PAGE or last == _HIGHEST:
            return
        first = last if last > first else last + 1
