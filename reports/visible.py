r"""Text from a database or a command line, made safe to show to a person.

A stream name may hold a newline, an escape sequence that repaints the terminal, or a mark that turns the reading
direction round. Such characters are shown as an escape (``\n``, ``\x1b``, ``\u202e``), so that a name stays on its
line and two names that differ look different. It is no quoting that could be undone: a backslash stays as it is.
"""

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories without a picture: controls, formats (bidi marks among them), surrogates, separators."""


def visible(text: str) -> str:
    """``text`` with every character that has no picture escaped; text that needs nothing comes back as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii") if _is_hidden(character) else character for character in text
    )


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category in HIDDEN or (category == "Zs" and character != " ")


def well_formed(text: str) -> str:
    r"""``text`` for programs: half of a surrogate pair, which no encoding of Unicode takes, as ``\udc80`` spells it."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
