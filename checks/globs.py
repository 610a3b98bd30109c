"""Type globs: ``*`` and ``?`` only, case-sensitive, the whole type; a type that is not known matches none."""

import re
from collections.abc import Sequence

_WILD = {"*": ".*", "?": "."}


def matches(type_: str | None, globs: Sequence[str] | None) -> bool:
    """Whether a type matches one of the globs; ``None``: every type is wanted, also an unknown one.

    >>> matches("OrderPlaced", ["Order*"]), matches("order", ["Order*"]), matches(None, ["*"]), matches(None, None)
    (True, False, False, True)
    """
    if globs is None:
        return True
    return type_ is not None and any(re.fullmatch(_as_regex(glob), type_, re.DOTALL) for glob in globs)


def _as_regex(glob: str) -> str:
    return "".join(_WILD.get(character, re.escape(character)) for character in glob)
