"""Known findings as a file: what is written is read again, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.baseline_file import read, write
from auditor.errors import UsageError
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry, Unit

NOON = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"))
UNITS = st.builds(
    lambda name, first, more, each: Unit(name, first, first + more, each), TEXT, *[st.integers(1, 2**70)] * 3
)


def entry(audit: str = "billing", check: str = "missing", partition: str | None = None) -> BaselineEntry:
    named = Finding(check=check, verdict=Verdict.CONFIRMED, count=0, message="", partition=partition)
    return BaselineEntry(
        fingerprint=named.fingerprint(audit),
        audit=audit,
        check=check,
        partition=partition,
        verdict=Verdict.CONFIRMED,
        units=(Unit('["position",null,5]'), Unit('["versions",null,"s"]', 3, 7)),
        why="ticket 7",
        owner="kim",
        added=NOON,
        run="r-1",
    )


@given(TEXT, TEXT, st.none() | TEXT, TEXT.filter(bool), st.lists(UNITS, unique=True))
def test_what_is_written_is_read_again_whatever_its_words(
    audit: str, check: str, partition: str | None, words: str, units: list[Unit]
) -> None:
    made = replace(entry(audit, check, partition), why=words, owner=words, run=words, units=tuple(sorted(units)))
    made = replace(made, expires=NOON)
    [again] = read(write([made]), "known.toml")
    assert (again, again.id) == (made, made.id)


def test_the_text_does_not_depend_on_the_order() -> None:
    entries = [entry("mail"), entry(), replace(entry(), why="other"), entry(partition="eu")]
    assert write(entries) == write(entries[::-1])
    assert write(entries) == write(read(write(entries), "known.toml"))


def test_nothing_known_is_a_file_too() -> None:
    assert read(write([]), "known.toml") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schema =", "schemma =", "'schema'"),
        ("auditor.baseline/1", "auditor.baseline/2", "'schema': input should be 'auditor.baseline/1'"),
        ("owner =", "owwner =", "known 1: unknown key 'owwner' (did you mean 'owner'?)"),
        ('owner = "kim"\n', "", "known 1: needs the key 'owner'"),
        ("[[known]]", "colour = 'red'\n[[known]]", "unknown key 'colour'"),
        ('owner = "kim"', 'owner = "kim"\nuntil = 3', "known 1: unknown key 'until'"),
        ('reason = "ticket 7"', 'reason = ""', "known 1: 'reason': "),
        ('verdict = "confirmed"', 'verdict = "pending"', "known 1: 'verdict': "),
        ("added = 2026-03-01T12:00:00.000005Z", "added = 2026-03-01T12:00:00", "known 1: 'added': "),
        ('check = "missing"', 'check = "parked"', "known.toml: known 1: the fingerprint"),
        ("first = 3", "first = 8", "a unit ends before it begins: 8 to 7"),
        ("first = 3", "frist = 3", "known 1 units 2: unknown key 'frist' (did you mean 'first'?)"),
        ("units = [", "units = ", "known.toml: no TOML: "),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(old: str, new: str, said: str) -> None:
    text = write([entry()])
    assert old in text
    with pytest.raises(UsageError) as raised:
        read(text.replace(old, new), "known.toml")
    assert said in raised.value.message
    assert raised.value.message.startswith("known.toml: ")
