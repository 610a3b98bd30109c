"""Whether the auditor's own memory of its runs can be had, what it holds, and what to do where it is lost to audits.

Audits work without a ledger, and remember nothing, so nothing about it is a failure.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor.config import LedgerConfig
from auditor.doctor.about import About
from auditor.doctor.causes import cause_of
from auditor.ledger import LedgerError
from auditor.ledger.holdings import Age, Survey
from auditor.ledger.survey import survey
from checks.model.diagnosis import Examined
from checks.wording import counted, lasting

MANY_RUNS = 500_000
MANY_BYTES = 1_000_000_000
_AGES = (timedelta(days=90), timedelta(days=30), timedelta(days=7), timedelta(days=1))
_WITHOUT = "audits work without it, and remember nothing of earlier runs"


def examine(about: About, config: LedgerConfig, now: datetime) -> Iterator[Examined]:
    """Every line about the ledger of a config. ``now``: this machine's clock, by which runs are dated."""
    try:
        found = survey(config)
    except LedgerError as error:
        yield unavailable(about, str(error), is_server=config.file is None)
        return
    yield usable(about, found)
    if found.runs is not None:
        yield holdings(about, found, now)


def unavailable(about: About, message: str, *, is_server: bool) -> Examined:
    """The line about a ledger that cannot be had. What SQLite says comes with what it means."""
    cause = cause_of(message) if is_server else None
    message = message.removeprefix("ledger ").replace(": connection failed: ", ": ", 1)
    advice = "correct the url in [ledger], or what it names" if cause is None else f"{cause.code}: {cause.advice}"
    return about.warning(f"{message}; {_WITHOUT}", advice)


def usable(about: About, found: Survey) -> Examined:
    """The line about whether the next run can record itself."""
    if found.age is Age.NEWER:
        message = f"{found.label} was made by a newer auditor (revision {found.revision}): no run is recorded in it"
        return about.warning(f"{message}; {_WITHOUT}", "update this auditor, or give another ledger as url in [ledger]")
    if found.hindrances:
        message = f"{found.label} {_CANNOT[found.age]}: {', '.join(found.hindrances)}"
        return about.warning(message, found.remedy, found.grants)
    return about.fine(f"{found.label} {_CAN[found.age].format(revision=found.revision)}")


_CAN = {
    Age.ABSENT: "is not there yet: it will be made by the first run",
    Age.OLDER: "is that of an older auditor (revision {revision}): it will be moved by the next run",
    Age.CURRENT: "can be read and written",
}
_CANNOT = {
    Age.ABSENT: f"is not there and cannot be made; {_WITHOUT}",
    Age.OLDER: f"is that of an older auditor and cannot be moved; {_WITHOUT}",
    Age.CURRENT: "cannot be written, so no run is recorded",
}


def holdings(about: About, found: Survey, now: datetime) -> Examined:
    """The line about what it holds, and how to make it smaller where it is large."""
    size = _sized(found.bytes)
    if not found.runs or found.oldest is None:
        return about.fine(f"no run is recorded yet ({size})")
    age = now - found.oldest
    ago = f"the oldest {lasting(max(age, timedelta(0)))} ago"
    is_large = found.runs > MANY_RUNS or found.bytes > MANY_BYTES
    return about.fine(f"{counted(found.runs, 'run')}, {ago} ({size})", _smaller(age) if is_large else None)


def _smaller(age: timedelta) -> str | None:
    """By an age that some of the runs have."""
    kept = next((each for each in _AGES if each < age), None)
    return None if kept is None else f"auditor prune --older-than {kept.days}d removes what is old and not needed"


def _sized(size: int) -> str:
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{-(-size // 1000)} kB"
