"""How the mark of an outbox is read, and whether anything tells for how long its rows have been waiting."""

from collections.abc import Iterator

from auditor.config import LogConfig
from auditor.doctor.about import About
from auditor.doctor.needs import Need
from auditor.doctor.uses import Use, section
from auditor.identity import Kind
from auditor.stores.interface import Snapshot
from checks.model.diagnosis import Examined
from checks.wording import quoted

_NO = {
    Kind.INTEGER: "NULL and 0",
    Kind.TEXT: 'NULL, an empty text, "0", "f" and "false"',
    Kind.TIME: "NULL",
    Kind.OTHER: "NULL and false",
}
"""What means not sent, by what the column holds."""
_ANY_VALUE = "sqlite"
"""Its columns hold values of any type."""


def mark(use: Use, log: LogConfig, snapshot: Snapshot) -> Iterator[Examined]:
    """What the column ``sent`` has to say for an event to count as not sent."""
    if log.sent is None:
        return
    no = _NO.get(snapshot.kind(log.table, log.sent), "NULL")
    if snapshot.family() == _ANY_VALUE:
        no = 'NULL, 0, and in text an empty one, "0", "f" and "false"'
    yield use.about("columns").fine(f"{use.section} sent: {quoted(log.sent)} means not sent where it holds {no}")


def need(log: LogConfig, snapshot: Snapshot) -> Iterator[Need]:
    """An index that has what was not sent: by the mark, or of nothing but rows that have one value of it."""
    if log.sent is not None:
        yield Need(
            what_for="the search for what was not sent",
            columns=(log.sent, log.position),
            prefixes=((log.sent,),),
            only=_conditions(log, log.sent, snapshot),
        )


def _conditions(log: LogConfig, sent: str, snapshot: Snapshot) -> tuple[str, ...]:
    """What a partial index may say that has all rows that are not sent. Where several values say no, none can."""
    name, kind = sent.lower(), snapshot.kind(log.table, sent)
    if snapshot.family() == _ANY_VALUE:
        return ()
    if kind is Kind.TIME:
        return (f"{name} is null",)
    if not snapshot.is_required(log.table, sent):
        return ()
    if kind is Kind.INTEGER:
        return (f"{name} = 0",)
    return (f"not {name}", f"{name} = false", f"{name} is not true") if kind is Kind.OTHER else ()


def age(log: LogConfig) -> Iterator[Examined]:
    """A row without a time is as old as its first sighting, which only a ledger remembers."""
    if log.sent is not None and log.time is None:
        message = (
            f"{log.name} names no time: that something was not sent for longer than max_delay is only found by the "
            "runs after the one that saw it first, and only where a ledger remembers that"
        )
        advice = f"name the key time in {section('logs', log.name)}, if it has such a column"
        yield About("log", log.name, "checks").warning(message, advice)
