"""A JSON pointer leads to one place, or nowhere."""

import doctest

import pytest

from auditor.redelivery.targets.http import pointer
from auditor.redelivery.targets.http.pointer import look_up

DOCUMENT = {"": 0, "a": [1, {"b": 2}], "x/y": 3, "m~n": 4, "~1": 5, "0": 6, "ä": None}


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(pointer)
    assert (result.failed, result.attempted) == (0, 1)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("", DOCUMENT),
        ("/", 0),
        ("/a/0", 1),
        ("/a/1/b", 2),
        ("/x~1y", 3),
        ("/m~0n", 4),
        ("/~01", 5),
        ("/0", 6),
        ("/ä", None),
    ],
)
def test_a_pointer_leads_to_what_stands_there(where: str, what: object) -> None:
    assert look_up(DOCUMENT, where) == what


@pytest.mark.parametrize("where", ["a", "/b", "/a/2", "/a/-", "/a/01", "/a/-1", "/a/٠", "/a/0/b", "/ä/x", "//", "/a/"])
def test_a_pointer_to_nothing_is_told(where: str) -> None:
    with pytest.raises(LookupError):
        look_up(DOCUMENT, where)
