"""What a line of a diagnosis is about, and the four ways to end it. Whatever is said passes the redactor here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.errors import StoreError
from auditor.observer import Observer
from auditor.redact import redact
from checks.model.diagnosis import Examined, Level

Topic = Literal[
    "config", "ledger", "connection", "role", "standby", "clock", "table", "rights", "columns", "identity", "where",
    "cursor", "types", "settling", "indexes", "statistics", "visibility", "checks", "redelivery",
]  # fmt: skip
"""What can be examined; docs/doctor.md has a section for each."""

_LEVELS = {"timeout": Level.UNKNOWN, "failed": Level.UNKNOWN}
"""Reasons of a StoreError that show nothing but that nothing was seen; all others are failures."""


@dataclass(frozen=True, slots=True)
class About:
    """The subject of a line (``of`` and ``name`` as in :class:`Examined`) and its topic."""

    of: str
    name: str
    topic: Topic

    def fine(self, message: str, advice: str | None = None, statements: Sequence[str] = ()) -> Examined:
        """Nothing has to be done. ``advice``: what would be better still."""
        return self._line(Level.FINE, message, advice, statements)

    def warning(self, message: str, advice: str | None = None, statements: Sequence[str] = ()) -> Examined:
        """Audits work, but say less or take longer than they could."""
        return self._line(Level.WARNING, message, advice, statements)

    def failure(self, message: str, advice: str | None = None, statements: Sequence[str] = ()) -> Examined:
        """Audits that need this cannot work."""
        return self._line(Level.FAILURE, message, advice, statements)

    def unknown(self, message: str, advice: str | None = None) -> Examined:
        """It could not be looked at."""
        return self._line(Level.UNKNOWN, message, advice, ())

    def error(self, error: StoreError, advice: str | None = None) -> Examined:
        """What a store raised instead of an answer."""
        return self._line(_LEVELS.get(error.reason, Level.FAILURE), error.message, advice, ())

    def _line(self, level: Level, message: str, advice: str | None, statements: Sequence[str]) -> Examined:
        return Examined(
            of=self.of,
            name=self.name,
            topic=self.topic,
            level=level,
            message=redact(message),
            advice=None if advice is None else redact(advice),
            statements=tuple(statements),
        )


def guarded(about: About, work: Callable[[About], Iterable[Examined]], observer: Observer) -> list[Examined]:
    """The lines of one topic; what goes wrong with it is a line, too, and costs no other topic."""
    try:
        return list(work(about))
    except StoreError as error:
        return [about.error(error)]
    except Exception as error:
        observer.crash(error)
        return [about.unknown(f"the examination failed unexpectedly: {type(error).__name__}: {error}")]


def failed(lines: Iterable[Examined]) -> bool:
    """Whether one of the lines is a failure, or could not be looked at."""
    return any(line.level in (Level.FAILURE, Level.UNKNOWN) for line in lines)
