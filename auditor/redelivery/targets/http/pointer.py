"""JSON pointers (RFC 6901): where in an answer something stands."""

import re

_INDEX = re.compile(r"0|[1-9][0-9]*")


def look_up(document: object, pointer: str) -> object:
    """What stands there. Raises LookupError where nothing does.

    >>> look_up({"result": [{"a/b": 1}]}, "/result/0/a~1b")
    1
    """
    if pointer and not pointer.startswith("/"):
        raise LookupError(pointer)
    found = document
    for part in pointer.split("/")[1:]:
        found = _member(found, part.replace("~1", "/").replace("~0", "~"))
    return found


def _member(document: object, name: str) -> object:
    match document:
        case dict() if name in document:
            return document[name]
        case list() if _INDEX.fullmatch(name) and int(name) < len(document):
            return document[int(name)]
        case _:
            raise LookupError(name)
