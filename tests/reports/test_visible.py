"""Names are shown so that they neither act nor hide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.visible import visible


@pytest.mark.parametrize("text", ["order-1", "[red]x", "'; drop table", "Ärger 🦑 订单", r"C:\temp", ""])
def test_what_has_a_picture_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x00\x1b[2J\x7f", r"\x00\x1b[2J\x7f"),
        ("a\u202eb\u200b\ufeff", r"a\u202eb\u200b\ufeff"),
        ("a\u00a0b\u2028", r"a\xa0b\u2028"),
        ("\ud800\U000e0041", r"\ud800\U000e0041"),
    ],
)
def test_what_has_none_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_any_text_becomes_one_line_that_can_be_encoded(text: str) -> None:
    assert len(visible(text).splitlines()) <= 1
    visible(text).encode()
