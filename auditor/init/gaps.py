"""Whether what a consumer lacks looks like losses, or like a part of the log that it never takes.

Losses are few, or lie in a row: a reader that skipped single events, a cursor that jumped. A consumer of one tenant,
one category or one shard lacks whole streams, among others of which it has all. To call that a loss would be wrong,
and the config has no word for such a part yet.
"""

from collections import defaultdict
from collections.abc import Sequence

from auditor.init.looks import SeenEvent
from checks.wording import counted

_FEW = 0.1
_MOST = 0.8
_IN_ROWS = 0.3
_WHOLE = 2
_TELLING = 10


def explained_by_parts(judged: Sequence[SeenEvent], received: frozenset[SeenEvent]) -> str | None:
    """What speaks for a part, or ``None``. ``judged``: what it should have, by position."""
    absent = [event for event in judged if event not in received]
    if absent and len(judged) - len(absent) < _TELLING:
        return f"it has no more than {counted(len(judged) - len(absent), 'receipt')}, and not of all events"
    if len(absent) > max(1, len(judged) * _FEW) and not _lie_in_rows(judged, received):
        percent = round((len(judged) - len(absent)) / len(judged) * 100)
        return f"it has {percent} % of the events that it should have"
    streams = _wholly_absent(judged, received)
    lacking = sum(streams.values())
    if len(streams) >= _WHOLE and lacking >= len(absent) * _MOST and not _lie_in_rows(judged, received):
        return f"it has nothing of {counted(len(streams), 'stream')}, and of the others all"
    return None


def _lie_in_rows(judged: Sequence[SeenEvent], received: frozenset[SeenEvent]) -> bool:
    """Whether the absent events stand together, with few received ones between them."""
    marks = [event in received for event in judged]
    rows = sum(not mark and (n == 0 or marks[n - 1]) for n, mark in enumerate(marks))
    return rows <= marks.count(False) * _IN_ROWS


def _wholly_absent(judged: Sequence[SeenEvent], received: frozenset[SeenEvent]) -> dict[tuple[str | None, str], int]:
    streams: dict[tuple[str | None, str], list[bool]] = defaultdict(list)
    for event in judged:
        if event.stream is not None:
            streams[event.partition, event.stream].append(event in received)
    return {stream: len(marks) for stream, marks in streams.items() if len(marks) >= _WHOLE and not any(marks)}
