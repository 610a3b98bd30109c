"""How a verdict and a severity look: in a colour, and in a sign for those who see none of it."""

from collections.abc import Mapping
from types import MappingProxyType

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "inconsistent": "bold red",
        "unknown": "bold yellow",
        "consistent": "bold green",
        "error": "red",
        "warning": "yellow",
        "info": "cyan",
    }
)
"""Styles of Rich by the word, which stands beside them."""

_SIGNS = {
    "inconsistent": "✗",
    "unknown": "?",
    "consistent": "✓",
    "error": "✗",
    "warning": "!",
    "info": "·",
}
_IN_ASCII = {"✗": "x", "✓": "+", "·": "-"}


def sign(word: str, *, ascii_only: bool) -> str:
    """One column wide, and another one for each verdict."""
    return _IN_ASCII.get(_SIGNS[word], _SIGNS[word]) if ascii_only else _SIGNS[word]
