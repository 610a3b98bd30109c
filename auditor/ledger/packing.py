"""JSON in few bytes: documents that are written at every run, and hardly ever read."""

import json
import zlib
from typing import Any

from auditor.ledger.failures import DamagedError

_LEVEL = 6


def pack(document: object) -> bytes:
    """A document, compressed. Its numbers are exact; halves of surrogate pairs survive."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode("ascii"), _LEVEL)


def unpack(body: bytes) -> Any:
    """The document again. DamagedError: these bytes are none."""
    try:
        return json.loads(zlib.decompress(body))
    except (zlib.error, ValueError) as error:
        raise DamagedError("a document in it is damaged") from error
