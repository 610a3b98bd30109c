"""Who sends something again is asked for its number on a terminal, and named in the ledger."""

import getpass
import os
import platform
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from auditor.cli import streams
from auditor.observer import Observer
from checks.wording import counted, listed
from reports.visible import visible

if TYPE_CHECKING:
    from auditor.redelivery.applying.apply import Question
    from checks.model.redelivery import Part


def can_ask() -> bool:
    """Whether somebody can read a question and answer it."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def asking(observer: Observer) -> "Callable[[Question], bool]":
    """Ask on the terminal; whoever types anything but the number of events does not agree."""

    def confirm(question: "Question") -> bool:
        with _paused(observer):
            streams.tell(_told(question))
            streams.tell(f"type {question.count} to send, anything else to leave it:")
            return sys.stdin.readline().strip().replace(",", "") == str(question.count)

    return confirm


def _told(question: "Question") -> str:
    names = listed([visible(part.consumer) for part in question.plan.parts])
    targets = listed([visible(target) for target in question.plan.targets])
    said = f"{counted(question.count, 'event')} would be sent again, for {names}, by {targets}"
    return "".join([said, *(f"\n{_besides(part)}" for part in question.plan.parts if part.comes_again)])


def _besides(part: "Part") -> str:
    """Nobody should agree to three events and bring about fifty."""
    verb = "comes" if part.comes_again == 1 else "come"
    again = counted(part.comes_again or 0, "event")
    return f"{again} that {visible(part.consumer)} has already {verb} again with them"


def _paused(observer: Observer) -> AbstractContextManager[object]:
    """A progress bar that is drawn on would hide what is typed."""
    paused = getattr(observer, "paused", None)
    return nullcontext() if paused is None else paused()


def user() -> str:
    """Who this process belongs to."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list, as in many a container
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def host() -> str:
    """What this machine calls itself."""
    return platform.node() or "unknown"
