"""Whatever names and values a database holds, the file means them and nothing else."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.init import toml
from auditor.init.sections import Entry, Section, written

HOSTILE = (
    '"',
    "'",
    '"""',
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x7f",
    "\u2028",
    "\x85",
    "\u202e",
    "]",
    "#",
    "=",
    "a.b",
    "",
    " ",
    "é",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(HOSTILE)


@given(TEXTS, TEXTS)
@example("\x7f", "\x1b[2J\x00")
def test_a_key_and_a_text_come_back_as_they_went_in(key: str, text: str) -> None:
    assert tomllib.loads(f"{toml.key(key)} = {toml.value(text)}") == {key: text}


@given(st.lists(TEXTS), st.dictionaries(TEXTS, TEXTS | st.integers(-(2**63), 2**63 - 1)))
def test_lists_and_tables_do_too(texts: list[str], table: dict[str, str | int]) -> None:
    document = f"a = {toml.value(texts)}\nb = {toml.value(table)}"
    assert tomllib.loads(document) == {"a": texts, "b": table}


@pytest.mark.parametrize("value", [True, False, 0, -7])
def test_truth_and_numbers_are_no_texts(value: bool | int) -> None:
    assert tomllib.loads(f"a = {toml.value(value)}") == {"a": value}


SENTENCES = st.lists(TEXTS, max_size=3).map(tuple)
ENTRIES = st.lists(
    st.builds(Entry, key=TEXTS, value=TEXTS, remark=st.none() | TEXTS, active=st.booleans()),
    max_size=4,
    unique_by=lambda entry: entry.key,
).map(tuple)


@given(SENTENCES, ENTRIES, TEXTS, SENTENCES, st.booleans(), SENTENCES)
@example(("\n[evil]\n",), (Entry(key="a", value="b", remark="x\nevil = 1"),), "n", ("\r\nevil = 1",), True, ("\u2028",))
def test_what_counts_in_a_file_is_what_is_active_and_no_remark_adds_to_it(
    heading: tuple[str, ...],
    entries: tuple[Entry, ...],
    name: str,
    above: tuple[str, ...],
    active: bool,
    ending: tuple[str, ...],
) -> None:
    section = Section(path=("logs", name), entries=entries, above=above, active=active)
    counted = {entry.key: entry.value for entry in entries if entry.active}
    expected = {"logs": {name: counted}} if active else {}
    assert tomllib.loads(written(heading, [section], ending)) == expected


@given(ENTRIES)
def test_what_is_inactive_counts_once_its_marks_are_taken_away(entries: tuple[Entry, ...]) -> None:
    section = Section(path=("logs", "a"), entries=entries, above=("prose",), active=False)
    lines = written((), [section]).split("\n")
    freed = "\n".join(line.removeprefix("#") if not line.startswith("# ") else line for line in lines)
    active = {entry.key: entry.value for entry in entries if entry.active}
    assert tomllib.loads(freed)["logs"]["a"].items() >= active.items()


def test_a_remark_stands_beside_its_key_where_it_fits_and_above_where_not() -> None:
    entries = (Entry(key="a", value="b", remark="short"), Entry(key="c", value="d", remark="long " * 40))
    lines = written(("",), [Section(path=("logs", "x"), entries=entries)]).splitlines()
    assert [part.strip() for part in lines[3].split("#")] == ['a = "b"', "short"]
    assert lines[-1] == 'c = "d"'
    assert max(map(len, lines)) <= 120
