"""What a log's own rows say about a proposal: where versions begin and whether they count, and what is no id or type.

A column that its rows contradict is taken out of the proposal, with the reason; a false alarm is worse than a check
that is not made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.identity import Kind
from auditor.init.looks import LogLook, SeenEvent
from auditor.init.proposals import LogProposal, Sureness
from auditor.init.shape import is_unclear
from auditor.moment import looks_like_epoch, to_moment
from checks.wording import counted

_MOST = 0.8
"""The share of what was looked at that has to bear a proposal out."""
_NOT_SEEN = "left out: whether it counts without holes was not seen"
_ENOUGH = 20
_MANY = 3


def checked(log: LogProposal, look: LogLook) -> LogProposal:
    """The proposal without what the sample speaks against, and with what it shows."""
    if look.failure is not None:
        log = _remarked(log, "table", f"it could not be looked at: {look.failure}")
        return log if log.version is None else _remarked(replace(log, version=None), "version", _NOT_SEEN)
    if not look.events:
        return replace(log, remarks={**log.remarks, "table": "it was empty when this was written"})
    for check in (_without_doubtful_id, _without_doubtful_type, _without_doubtful_time, _with_first_version):
        log = check(log, look)
    return _surer(log, look)


def _surer(log: LogProposal, look: LogLook) -> LogProposal:
    """Versions that count in many streams are what hardly anything but a log of events has."""
    streams = _versions(look.beginning)
    if log.sureness is not Sureness.UNSURE or log.version is None or len(streams) < _MANY or is_unclear(log):
        return log
    if not any(len(versions) > 1 for versions in streams):
        return log
    reasons = (*log.reasons, f"{log.version} counts without holes in {counted(len(streams), 'stream')} looked at")
    return replace(log, sureness=Sureness.LIKELY, reasons=reasons)


def _without_doubtful_id(log: LogProposal, look: LogLook) -> LogProposal:
    if log.id is None or log.table.is_unique(log.id):
        return log
    ids = Counter(event.id for event in look.events if event.id is not None)
    if ids and ids.most_common(1)[0][1] == 1:
        return _remarked(log, "id", f"no key says that it is unique, but it is in {look.described}")
    return _remarked(replace(log, id=None), "id", f"{log.id} is left out: its values are not unique")


def _without_doubtful_type(log: LogProposal, look: LogLook) -> LogProposal:
    types = [event.type for event in look.events if event.type is not None]
    if log.type is None or len(types) < _ENOUGH or len(set(types)) < len(types) * _MOST:
        return log
    return _remarked(replace(log, type=None), "type", f"{log.type} is left out: hardly two events have the same")


def _without_doubtful_time(log: LogProposal, look: LogLook) -> LogProposal:
    if log.time is None:
        return log
    column = log.table.column(log.time)
    if column is not None and column.zoneless:
        log = _remarked(log, "time", "it holds no time zone and is taken as UTC: leave it out if it is not")
    if column is not None and column.kind is Kind.TIME:
        return log
    times = [event.time for event in look.events if event.time is not None]
    readable = [time for time in times if to_moment(time) is not None and _is_no_counter(time)]
    if times and len(readable) >= len(times) * _MOST:
        return log
    return _remarked(replace(log, time=None), "time", f"{log.time} is left out: it does not read as a time")


def _is_no_counter(value: object) -> bool:
    return not isinstance(value, int) or looks_like_epoch(value)


def _with_first_version(log: LogProposal, look: LogLook) -> LogProposal:
    """Versions are told from the log's beginning: there, and only there, each stream is seen from its first event."""
    if log.version is None:
        return log
    streams = _versions(look.beginning)
    if not streams:
        return log
    first = 0 if any(0 in versions for versions in streams) else 1
    whole = sum(sorted(versions) == list(range(first, first + len(versions))) for versions in streams)
    seen = f"{whole} of {counted(len(streams), 'stream')} at its beginning"
    if whole >= len(streams) * _MOST:
        return _remarked(replace(log, first_version=first), "version", f"counts from {first} without holes in {seen}")
    text = (
        f"{log.version} is left out: it counts from {first} without holes in no more than {seen} (older events purged?)"
    )
    return _remarked(replace(log, version=None), "version", text)


def _versions(events: Sequence[SeenEvent]) -> list[list[int]]:
    streams: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for event in events:
        if event.stream is not None and event.version is not None:
            streams[event.partition, event.stream].append(event.version)
    return list(streams.values())


def types_of(events: Sequence[SeenEvent]) -> Iterator[str]:
    """The types in a sample, the most frequent first."""
    counts = Counter(event.type for event in events if event.type is not None)
    return (type_ for type_, _ in counts.most_common())


def _remarked(log: LogProposal, key: str, remark: str) -> LogProposal:
    return replace(log, remarks={**log.remarks, key: remark})
