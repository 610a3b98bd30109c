"""What counts as an attempt: whatever may have reached the consumer, and nothing that certainly did not."""

import pytest

from checks.attempts import attempts_in
from checks.model.redelivery import Step

CASES = {
    "nothing was done": ("", 0),
    "it was skipped": ("skipped", 0),
    "accepted": ("sending accepted", 1),
    "accepted, without a word of its beginning": ("accepted", 1),
    "killed while it was sent": ("sending", 1),
    "nobody answered": ("sending unknown", 1),
    "nobody answered, and it turned out that nothing was sent": ("sending unknown failed", 0),
    "nobody answered, and it turned out that it was taken": ("sending unknown accepted", 1),
    "nobody answered, and the consumer has it": ("sending unknown healed", 1),
    "certainly not sent": ("sending failed", 0),
    "rejected": ("sending rejected", 0),
    "healed": ("sending accepted healed", 1),
    "sent three times, still missing": ("sending accepted missing " * 3, 3),
    "killed while it was sent, then failed": ("sending sending failed", 1),
    "a failure takes back its own attempt only": ("sending accepted sending failed failed rejected", 1),
}


@pytest.mark.parametrize(("steps", "expected"), CASES.values(), ids=CASES.keys())
def test_attempts_are_counted(steps: str, expected: int) -> None:
    assert attempts_in(Step(step) for step in steps.split()) == expected
