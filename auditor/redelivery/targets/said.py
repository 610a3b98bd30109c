"""What a program, a server or a library said, as a journal keeps it."""

from auditor.redact import redact
from reports.visible import visible

_SHOWN = 200  # characters that are kept
LOOKED_THROUGH = 4_000
"""Characters of which those are taken, so that no secret is cut before it is hidden."""


def shown(text: str) -> str:
    """The beginning of it: one line, no secret, nothing that would upset a terminal."""
    line = visible(" ".join(redact(text[:LOOKED_THROUGH]).split()))
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
