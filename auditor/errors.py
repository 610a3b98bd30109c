"""The errors that a user is meant to read: what, where, why and what to do, in one line without a traceback.

Whatever a driver or a parser said is wrapped once, at the edge where it came in, ``from exc``. A message passes
:func:`auditor.redact.redact` when the error is made, so that no password of a store that the auditor knows of
travels with it. Errors of the program itself are no business of this module.
"""

from typing import ClassVar

from auditor.exit_codes import ExitCode
from auditor.redact import redact
from reports.visible import visible


class AuditorError(Exception):
    """An error with a message for people.

    ``exit_code`` is what the process ends with: could not decide, unless a subclass says otherwise.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNDECIDED

    def __init__(self, message: str) -> None:
        """``message``: lower case, no full stop, what to do in brackets at its end."""
        self.message = redact(message)
        super().__init__(self.message)

    def lines(self) -> tuple[str, ...]:
        """``error: …``, one for each line of the message, without characters that would upset a terminal."""
        return tuple(f"error: {visible(line)}" for line in str(self).split("\n") if line.strip())


class UsageError(AuditorError):
    """The command line asks for something that there is not."""

    exit_code = ExitCode.USAGE


class ConfigError(AuditorError):
    """The configuration is wrong, as the file, its environment variables or its absence alone show."""

    exit_code = ExitCode.USAGE


class StoreError(AuditorError):
    """A store did not give what was asked of it. The audits that need it become unknown, the others go on.

    ``reason`` is one of :attr:`REASONS` and ends up in the result, as ``problems[].reason``.
    """

    REASONS: ClassVar[frozenset[str]] = frozenset(
        {"unreachable", "missing-table", "missing-column", "denied", "timeout", "wrong-type", "failed"}
    )

    def __init__(self, store: str, reason: str, message: str) -> None:
        """``message`` may be what a driver said, over several lines; it becomes one. ValueError: unknown reason."""
        if reason not in self.REASONS:
            unknown = f"unknown reason {reason!r}"
            raise ValueError(unknown)
        self.store = store
        self.reason = reason
        super().__init__(" ".join(message.split()))

    def __str__(self) -> str:
        """The message, and which store it is about."""
        return f"store {self.store!r}: {self.message}"


class RefusedError(AuditorError):
    """What was asked for would do harm, or does not hold any more: nothing was sent. The message says why."""
