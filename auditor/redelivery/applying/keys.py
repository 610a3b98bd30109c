"""The key by which a receiver can tell that it was given an event before."""

import hashlib
import json

_LENGTH = 32


def idempotency_key(plan: str, event: str, receiver: str) -> str:
    """The same for every attempt of one plan (its hash) to send an event (its key) to a receiver.

    ``receiver``: the consumer; of a target that does not say for whom it sends, the target. 32 hexadecimal digits.
    """
    said = json.dumps([plan, event, receiver], separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()[:_LENGTH]
