"""What the wording promises in its examples holds."""

import doctest

from checks import wording
from checks.wording import LONGEST_NAME, quoted


def test_the_examples_hold() -> None:
    result = doctest.testmod(wording)
    assert result.attempted
    assert not result.failed


def test_a_name_of_ten_thousand_characters_keeps_its_ends_only() -> None:
    name = quoted("a" * 5_000 + "z" * 5_000)
    assert len(name) <= LONGEST_NAME + len("''…")
    assert name.startswith("'aaa")
    assert name.endswith("zzz'")


def test_control_characters_do_not_reach_a_message() -> None:
    assert quoted("\x1b[31m\n") == r"'\x1b[31m\n'"
