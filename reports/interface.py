"""What a report format has to offer."""

from collections.abc import Iterator
from typing import Protocol

from checks.model.result import Result
from reports.appearance import Appearance


class Render(Protocol):
    """``render`` of a format's module."""

    def __call__(self, result: Result, appearance: Appearance) -> str:
        """The whole report, ending in a newline, in characters that any encoding of Unicode can write.

        Formats for programs leave ``appearance`` aside. Whatever comes from a store is data: it never acts as
        markup, as a control character or as syntax of the format.
        """
        ...


class Pieces(Protocol):
    """``pieces`` of a format that may grow large, in place of ``render``."""

    def __call__(self, result: Result, appearance: Appearance) -> Iterator[str]:
        """The report in pieces of bounded size, in their order. Joined they are what ``render`` promises."""
        ...
