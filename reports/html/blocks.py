"""Findings packed in blocks, each of which the page's script unpacks when one of its findings is opened."""

import json
from collections.abc import Iterable

from checks.model.finding import Finding, Severity
from reports.html.packing import compact, exact, packed

BLOCK = 250
MOST_IN_BLOCK = 500_000
"""A block ends with so many findings, or characters before it is packed."""
MOST_PACKED = 12_000_000
"""Characters of all blocks, packed."""
_AS_ZERO = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))  # noqa: PLR2004
_LONG_NUMBER = b"0" * 16


class _Blocks:
    """Those of the findings of one severity, as they come."""

    def __init__(self) -> None:
        self.packed: list[str] = []
        self.sizes: list[int] = []
        self._texts: list[bytes] = []
        self._size = 0
        self._room = MOST_PACKED

    def add(self, text: bytes) -> None:
        """One more finding, in JSON. Where there is no room any more, nothing happens."""
        if self._room < 0:
            return
        if self._texts and (len(self._texts) == BLOCK or self._size + len(text) > MOST_IN_BLOCK):
            self.end()
        self._texts.append(text)
        self._size += len(text)

    def end(self) -> None:
        """What was added since the last block becomes a block."""
        if self._texts and self._room >= 0:
            block = packed(_readable(b"[" + b",".join(self._texts) + b"]"))
            self.packed.append(block)
            self.sizes.append(len(self._texts))
            self._room -= len(block)
        self._texts, self._size = [], 0


def blocks(findings: Iterable[tuple[Finding, bytes]]) -> tuple[list[str], list[int]]:
    """Packed arrays of findings and how many are in each, the heaviest first, as long as there is room."""
    by_severity = {severity: _Blocks() for severity in Severity}
    for finding, text in findings:
        by_severity[finding.severity].add(text)
    made: list[str] = []
    sizes: list[int] = []
    room = MOST_PACKED
    for severity in Severity:
        its = by_severity[severity]
        its.end()
        for block, size in zip(its.packed, its.sizes, strict=True):
            room -= len(block)
            if room < 0:
                return made, sizes
            made.append(block)
            sizes.append(size)
    return made, sizes


def _readable(text: bytes) -> bytes:
    """The same with integers as text, where JavaScript would read another number. Most blocks have none of them."""
    if _LONG_NUMBER not in text.translate(_AS_ZERO):
        return text
    return compact(exact(json.loads(text))).encode()
