"""What people call tables and columns. A name is a hint and never a proof; the rest of this package looks further.

Names are taken apart where their writers put them together: ``lastPosition``, ``last_position`` and ``Last-Position``
are the same two words. Plural and singular are one word.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import pairwise

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def vocabulary(text: str) -> frozenset[str]:
    """Words between blanks."""
    return frozenset(text.split())


class Role(StrEnum):
    """What a table's name says that it is."""

    EVENTS = "events"
    OUTBOX = "outbox"
    MAYBE_EVENTS = "maybe-events"
    INBOX = "inbox"
    PARKED = "parked"
    CURSOR = "cursor"
    OTHER = "other"


_ANYWHERE: tuple[tuple[Role, frozenset[str]], ...] = (
    (Role.PARKED, vocabulary("dead deadletter dlq failed parked poison quarantine quarantined rejected")),
    (
        Role.INBOX,
        vocabulary(
            "inbox processed received handled consumed delivered dedup deduplication idempotency seen applied "
            "projected acknowledged incoming"
        ),
    ),
)
_AT_THE_END: tuple[tuple[Role, frozenset[str]], ...] = (
    (
        Role.CURSOR,
        vocabulary(
            "cursor checkpoint offset progress progression subscription tracking tracker bookmark watermark position "
            "token reader processor follower"
        ),
    ),
    (Role.PARKED, vocabulary("failure error")),
    (Role.INBOX, vocabulary("receipt delivery")),
    (
        Role.OTHER,
        vocabulary(
            "snapshot migration version schema session lock setting config tag attachment payload header metadata stat "
            "summary archive backup tmp temp type name"
        ),
    ),
)
_LOGS: tuple[tuple[Role, frozenset[str]], ...] = (
    (Role.OUTBOX, vocabulary("outbox outgoing published")),
    (Role.EVENTS, vocabulary("event eventlog eventstore eventstream domainevent")),
    (
        Role.MAYBE_EVENTS,
        vocabulary("journal message notification stream log history commit feed movement change fact publication"),
    ),
)
_CURSOR_STARTS = ("last", "high")
ROLES = frozenset(word for _, spoken in (*_ANYWHERE, *_AT_THE_END[:3], *_LOGS) for word in spoken)
"""Words that say what a table is for, not whose it is."""

POSITIONS = (
    "global_position", "globalposition", "position", "global_sequence", "global_index", "globalindex", "sequence",
    "seq", "seq_id", "sequence_number", "sequence_id", "event_seq", "event_sequence", "event_number", "event_position",
    "ordering", "offset", "log_position", "notification_id", "event_nr", "number", "nr", "no", "index", "idx", "pos",
)  # fmt: skip
"""Columns that say where an event stands in its log, the plainest first."""
POSITION_WORDS = vocabulary("position seq sequence offset number nr no index pos")
VERSIONS = (
    "version", "stream_version", "aggregate_version", "entity_version", "revision", "stream_revision",
    "stream_position", "sequence_number", "aggregate_sequence_number", "originator_version", "sequence", "seq",
    "event_number", "sequence_nr", "number", "nr", "no", "position", "index", "ordinal",
)  # fmt: skip
VERSION_WORDS = vocabulary("version revision sequence seq")
STREAMS = (
    "stream_id", "stream", "stream_name", "streamid", "aggregate_id", "aggregate", "aggregateid",
    "aggregate_identifier", "aggregate_root_id", "entity_id", "entity", "originator_id", "persistence_id", "subject",
    "subject_id", "source_id", "root_id", "stream_id_internal",
)  # fmt: skip
PARTITIONS = vocabulary("tenant partition shard realm organisation organization org workspace region")
FLAGS = vocabulary("is archived deleted active")
IDS = (
    "event_id", "eventid", "message_id", "messageid", "event_uuid", "event_guid", "event_identifier", "id", "uuid",
    "guid", "event_key", "identifier",
)  # fmt: skip
TYPES = (
    "event_type", "eventtype", "payload_type", "type", "message_type", "messagetype", "type_name", "event_name",
    "eventname", "kind", "topic", "name", "event_kind", "event_class",
)  # fmt: skip
PAYLOADS = vocabulary("data payload body content state json detail metadata")
RECORDED = vocabulary("recorded stored inserted created appended written persisted committed booked logged")
HAPPENED = vocabulary("timestamp time occurred happened at date when ts raised emitted on added")
NOT_RECORDED = vocabulary(
    "published sent processed dispatched updated modified deleted expire expired available scheduled start "
    "end valid delivered handled enqueued completed completion due last next retry locked cancelled"
)
SENT = vocabulary("published sent dispatched enqueued relayed forwarded")
CONSUMERS = vocabulary(
    "consumer subscriber subscription handler listener processor service group reader projection queue endpoint "
    "application app follower receiver projector worker module client"
)
CURSOR_NAMES = CONSUMERS | vocabulary("name id key")
CURSOR_POSITIONS = vocabulary(
    "position checkpoint offset sequence seq cursor notification progress token processed seen index ordering number"
)
CURSOR_POSITIONS_IN_SHORT = vocabulary("pos idx seqno seqnr ordinal watermark bookmark lsn")
"""What says a position where the table's name says cursor; elsewhere a place in some list."""
RECEIVED = vocabulary("received processed handled consumed delivered arrived created recorded inserted applied at")
FOREIGN = vocabulary("event message source notification upstream origin original")
"""Columns that name an event that somebody else wrote."""


def words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters and in the singular: ``("last", "position")``."""
    return tuple(_singular(part.lower()) for part in _PARTS.findall(_HUMPS.sub("_", name)))


def role(table: str) -> Role | None:
    """What a table's bare name says that it is, or ``None`` where it says nothing of the kind.

    ``subscription_events`` are events about subscriptions, ``event_subscriptions`` are none; ``failed_events`` are
    events that failed elsewhere, whatever stands behind.
    """
    parts = words(table)
    if not parts:
        return None
    if parts[0] in _CURSOR_STARTS and len(parts) > 1:
        return Role.CURSOR
    if parts[-1] in _AT_THE_END[0][1]:
        return Role.CURSOR
    for found, spoken in _ANYWHERE:
        if says(table, spoken):
            return found
    for found, spoken in _AT_THE_END:
        if parts[-1] in spoken:
            return found
    return next((found for found, spoken in _LOGS if says(table, spoken)), None)


def says(name: str, spoken: Iterable[str]) -> bool:
    """Whether a name has one of the words in it, alone or with the next one: ``dead_letters`` says ``deadletter``."""
    parts = words(name)
    joined = {first + second for first, second in pairwise(parts)}
    return not {*parts, *joined}.isdisjoint(spoken)


def rank(name: str, names: Iterable[str]) -> int | None:
    """How high a column's name stands in a list of plain ones, from 0; ``None`` where it does not."""
    plain = "_".join(words(name))
    for place, candidate in enumerate(names):
        if plain in ("_".join(words(candidate)), candidate) or name.lower() == candidate:
            return place
    return None


def label(name: str) -> str | None:
    """What is left of a name without the words that say its role: ``billing`` of ``billing_inbox``."""
    parts = (part.lower() for part in _PARTS.findall(_HUMPS.sub("_", name)))
    left = [part for part in parts if _singular(part) not in ROLES | _FILLERS]
    return "-".join(left) or None


def is_about(said: str, table: str) -> bool:
    """Whether a name has all of the words in it that are left of a table's (see :func:`label`)."""
    own = label(table)
    return own is not None and set(words(said)).issuperset(words(own))


def slug(name: str) -> str:
    """A name for a section of the config that needs no quotes there; never empty."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-_") or "unnamed"


_FILLERS = vocabulary("letter queue last table db database row entry")
_INVARIABLE = vocabulary("progress news status address previous index pos")


def _singular(word: str) -> str:
    if word in _INVARIABLE or len(word) <= 2 or not word.endswith("s") or word.endswith("ss"):  # noqa: PLR2004
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1]
