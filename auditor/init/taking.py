"""What a consumer takes of its log, as far as a sample shows it: its types, and whether it began with the log."""

from dataclasses import replace
from datetime import datetime, timedelta

from auditor.init.coverage import Coverage, TypeSeen
from auditor.init.proposals import ConsumerProposal, LogProposal
from checks.wording import counted, quoted

_TYPES_AT_MOST = 100
_NAMED = 8
_LONGEST_MEMORY = timedelta(days=8)
"""Longer than inboxes usually remember that forget at all: minutes, a day, a week."""


def with_types_and_start(
    consumer: ConsumerProposal, log: LogProposal, seen: Coverage, now: datetime
) -> ConsumerProposal:
    """The consumer with the types that it was seen to take where those are not all, and its start where it is shown.

    Many inboxes forget their receipts after a while. That the first one is still there shows that this one does not
    only where it is old enough.
    """
    consumer = _with_types(consumer, log, seen)
    if not seen.types or consumer.doubt:
        return consumer
    is_old = seen.first_time is not None and now - seen.first_time > _LONGEST_MEMORY
    if log.partition is None and seen.first and is_old:
        remark = "shown: the log's first event that it takes was received"
        return replace(consumer, start="first", start_remark=remark)
    remark = 'should it have everything from the beginning on? Then say so: start = "first"'
    if seen.first:
        remark = "its first event was received; say so if its receipts are kept for ever, not only for some days"
    elif seen.first is False:
        remark = (
            "what lies before its first receipt is not judged. Should it have everything from the beginning on, say "
            'start = "first"; the log\'s first event that it takes was not received'
        )
    return replace(consumer, start_remark=remark)


def _with_types(consumer: ConsumerProposal, log: LogProposal, seen: Coverage) -> ConsumerProposal:
    if not seen.types or not seen.left:
        return consumer
    if log.type is None or not seen.taken:
        return consumer
    text = _left(seen)
    if len(seen.taken) > _TYPES_AT_MOST or not all(map(_can_be_said, seen.taken)):
        doubt = f"it takes {counted(len(seen.taken), 'type')} out of more, which cannot be listed here"
        return replace(consumer, doubt=consumer.doubt or doubt, notes=(*consumer.notes, text))
    return replace(consumer, types=seen.taken, types_remark=text)


def _can_be_said(type_: str) -> bool:
    """Whether a type can stand in the config as a pattern that means itself."""
    return bool(type_.strip()) and not any(part in type_ for part in ("*", "?", "${", "\0"))


def _left(seen: Coverage) -> str:
    left = sorted(seen.left, key=lambda each: str(each.type))
    named = ", ".join(_described(each) for each in left[:_NAMED])
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return f"as received so far, out of {counted(seen.looked_up, 'event')} looked up. Left out: {named}{more}"


def _described(seen: TypeSeen) -> str:
    name = "events without a type" if seen.type is None else quoted(seen.type)
    if seen.begins_late:
        return f"{name} (not received at first, later it was)"
    return f"{name} (none of {seen.looked_up} received)"
