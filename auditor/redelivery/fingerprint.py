"""What a target's section comes down to: one hash of all that decides where something is sent, and what.

A plan keeps it, and is refused where the section says something else by then. No value can be read from it, and what is
secret is no part of it at all: a token may be another one tomorrow.
"""

import json
from hashlib import sha256

from auditor.config import Config
from auditor.config.targets import TargetConfig
from auditor.redact import redact

_OF_THE_WAY = frozenset({"name", "batch", "rate", "retries", "timeout", "auth", "tls_verify", "tls_ca"})
"""How fast and how safely something is sent, and by whom: neither where to nor what."""

_LOOKED_AT_ANEW = frozenset({"heard_by", "never", "ended", "max_attempts"})
"""What applying goes by as it is now, beside what the plan says."""

_OF_THE_OUTBOX = ("store", "table", "position", "partition", "id", "stream", "version", "type", "time", "data")
_OF_ITS_ROWS = ("where", "sent", "derived_from", "source", "source_key")


def fingerprint(config: Config, target: TargetConfig) -> str:
    """The same for as long as the target sends the same to the same place: 64 hexadecimal digits."""
    # What looks like a time or a tuple is written in one way, whatever pydantic was told of it.
    said = target.model_dump(mode="json", warnings="none", exclude=set(_OF_THE_WAY | _LOOKED_AT_ANEW))
    box = config.logs.get(getattr(target, "log", ""))
    if box is not None:
        said["outbox"] = box.model_dump(mode="json", warnings="none", include={*_OF_THE_OUTBOX, *_OF_ITS_ROWS})
    return sha256(redact(json.dumps(said, sort_keys=True)).encode()).hexdigest()
