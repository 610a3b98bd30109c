"""How often an event was given to a target, out of the steps that were written down about it."""

from collections.abc import Iterable

from checks.model.redelivery import Step

_GIVEN = frozenset({Step.ACCEPTED, Step.UNKNOWN})
_NOT_GIVEN = frozenset({Step.FAILED, Step.REJECTED})


def attempts_in(steps: Iterable[Step]) -> int:
    """Count the attempts that may have reached the consumer, in steps of one event and consumer, the oldest first.

    One that was begun counts until it is said that nothing was sent, or that the target would not have it: whoever was
    killed in between may have sent it. What was seen at the consumer later changes nothing.

    >>> attempts_in([Step.SENDING, Step.ACCEPTED, Step.HEALED, Step.SENDING, Step.FAILED, Step.SENDING])
    2
    """
    count, is_open = 0, False
    for step in steps:
        if step is Step.SENDING or (step in _GIVEN and not is_open):
            count += 1
            is_open = step is not Step.ACCEPTED
        elif step is Step.ACCEPTED:
            is_open = False
        elif step in _NOT_GIVEN and is_open:
            count -= 1
            is_open = False
    return count
