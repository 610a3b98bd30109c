"""What was read of one event at one consumer, and the verdict that follows from it. Nothing is read here."""

from dataclasses import dataclass
from datetime import timedelta

from auditor.reach import Place
from auditor.tracing.receipts import Receipts
from checks.model.trace import HopVerdict
from checks.wording import lasting

Told = tuple[HopVerdict, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of one event of a log, at one consumer.

    - ``unwanted``: why it should not have it; ``nameless``: why its receipts cannot be found.
    - ``receipts``: ``None`` without an inbox. ``has_done``: the inbox tells received from processed.
    - ``past``: whether the cursor, or without one the highest received, is at or beyond the event; ``None``: it cannot
      be told. ``stands``: in words, ``cursor``: as numbers.
    - ``age``: on the clock of the log's store; ``patience``: how long a receipt may be late.
    - ``expired``: why the receipt may be gone; ``unbegun``: why the consumer may have begun after the event;
      ``behind``: why its server may lack it.
    """

    unwanted: str | None = None
    nameless: str | None = None
    receipts: Receipts | None = None
    has_done: bool = False
    parked: bool = False
    past: bool | None = None
    stands: str = ""
    cursor: Place | None = None
    age: timedelta | None = None
    patience: timedelta = timedelta(0)
    expired: str | None = None
    unbegun: str | None = None
    behind: str | None = None


def judge(facts: Facts) -> Told:
    """The verdict, and why."""
    if facts.receipts is not None and facts.receipts.count and (facts.receipts.done or not facts.parked):
        return _received(facts, facts.receipts)
    if facts.parked:
        return HopVerdict.PARKED, "it was set aside as failed"
    if facts.unwanted is not None:
        return HopVerdict.NOT_WANTED, facts.unwanted
    if facts.past is None:
        return HopVerdict.CANNOT_TELL, _sentence(facts.nameless, facts.stands)
    if not facts.past:
        return HopVerdict.NOT_YET, facts.stands
    return _passed(facts)


def _received(facts: Facts, receipts: Receipts) -> Told:
    said = [receipts.told]
    if facts.unwanted is not None:
        said.append(f"although it is not wanted: {facts.unwanted}")
    if facts.has_done and not receipts.done:
        said.append("not processed yet")
    verdict = HopVerdict.PROCESSED if facts.has_done and receipts.done else HopVerdict.RECEIVED
    return HopVerdict.RECEIVED_TWICE if receipts.count > 1 else verdict, _sentence(*said) or None


def _passed(facts: Facts) -> Told:
    """The cursor is past it, and no trace of it was found."""
    if facts.receipts is None:
        text = f"{facts.stands}, past it; without an inbox nothing shows whether it was processed"
        return HopVerdict.CANNOT_TELL, text
    doubt = facts.nameless or facts.behind or facts.expired or facts.unbegun
    if doubt is not None:
        return HopVerdict.CANNOT_TELL, _sentence(facts.stands, doubt)
    late = None
    if facts.age is not None and timedelta(0) <= facts.age < facts.patience:
        late = f"it is {lasting(facts.age)} old, and a receipt may come for {lasting(facts.patience)}"
    return HopVerdict.NOT_RECEIVED, _sentence(facts.stands, "there is no receipt", late)


def _sentence(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)
