"""The table for spreadsheets and databases: what was written is read back, and no name in it acts."""

import csv
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Outcome, Result
from reports import Appearance, By, pieces, render
from reports.csv_table import ROWS_AT_ONCE, TABLES, harmless
from reports.tables.frames import to_pandas
from reports.tables.rows import ROWS, Table
from reports.visible import HIDDEN
from tests.reports import samples

NUMBERS = {By.EVENT: ["finding", "position", "version"], By.FINDING: ["finding", "count", "events"]}
FORMULAS = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "\n=1", "=\x00\ud800"]


def text_of(*events: Event) -> str:
    return render(samples.result(samples.consumer(samples.finding(events=events))), "csv")


def rows_of(text: str) -> list[dict[str, str]]:
    """As any reader of RFC 4180 has them, cells as they stand in the file."""
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def read(text: str, by: By = By.EVENT) -> pd.DataFrame:
    """As the documentation says."""
    table = pd.read_csv(StringIO(text), dtype="string", keep_default_na=False, na_values=[""])
    return table.astype(dict.fromkeys(NUMBERS[by], "Int64"))


def without_our_mark(text: str) -> str:
    return text.removeprefix("'")


# ---- what is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", By)
def test_it_looks_so(by: By, snapshot: SnapshotAssertion) -> None:
    assert render(samples.INCONSISTENT, "csv", Appearance(by=by)) == snapshot
    assert render(samples.HOSTILE, "csv", Appearance(by=by)).replace("y" * 10_000, "y…") == snapshot


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_its_columns_are_those_of_the_table_whatever_was_found(by: By, result: Result) -> None:
    text = render(result, "csv", Appearance(by=by))
    columns = [field.name for field in fields(ROWS[TABLES[by]])]
    assert text.partition("\n")[0].split(",") == columns
    assert sum(row["finding"] != "" for row in rows_of(text)) == len(to_pandas(result, TABLES[by]))
    assert all(list(row) == columns for row in rows_of(text))


def test_a_row_is_an_event_of_every_finding_and_one_for_a_finding_that_names_none() -> None:
    found = [(row["finding"], row["check"], row["position"]) for row in rows_of(render(samples.INCONSISTENT, "csv"))]
    assert found == [
        ("1", "position-gap", ""),
        ("2", "parked", ""),
        ("3", "missing", "5"),
        ("3", "missing", "12"),
        ("4", "missing", ""),
        ("", "", ""),  # why mail could not be audited
    ]


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_a_table_is_never_empty_unless_the_run_is_consistent(by: By, result: Result) -> None:
    rows = rows_of(render(result, "csv", Appearance(by=by)))
    assert rows or result.verdict is Outcome.CONSISTENT
    errors = [row for row in rows if (row["verdict"], row["severity"]) == ("confirmed", "error")]
    assert bool(errors) is (result.verdict is Outcome.INCONSISTENT)


def test_what_could_not_be_decided_has_a_row_that_says_why() -> None:
    def told(result: Result) -> list[tuple[str, ...]]:
        rows = rows_of(render(result, "csv", Appearance(by=By.FINDING)))
        return [tuple(row[name] for name in ("audit", "of", "check", "verdict", "reason", "message")) for row in rows]

    assert told(samples.UNDECIDED) == [("mail", "consumer", "", "unknown", "unreachable", "store 'mail': refused")]
    assert told(samples.result()) == [("", "", "", "unknown", "nothing-audited", "nothing was audited")]


def test_by_finding_says_how_many_there_are_and_how_many_are_named() -> None:
    text = render(samples.INCONSISTENT, "csv", Appearance(by=By.FINDING))
    assert [(row["finding"], row["count"], row["events"]) for row in rows_of(text)] == [
        ("1", "22", "0"),
        ("2", "1", "0"),
        ("3", "4", "2"),
        ("4", "3", "0"),
        ("", "", ""),
    ]


@pytest.mark.parametrize("events", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 2 * ROWS_AT_ONCE])
def test_a_large_table_comes_in_pieces_that_make_one(events: int) -> None:
    found = samples.finding(events=tuple(Event(position=position) for position in range(events)))
    result = samples.result(samples.consumer(found))
    made = list(pieces(result, "csv"))
    assert len(made) == max(1, -(-events // ROWS_AT_ONCE))
    text = "".join(made)
    assert text.count("finding,audit,of") == 1
    assert [row["position"] for row in rows_of(text)] == ([str(position) for position in range(events)] or [""])


# ---- what was written is read back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, -(2**63)])
def test_integers_are_exact_beside_one_that_is_not_known(number: int) -> None:
    table = read(text_of(samples.event(number, version=None), Event(), samples.event(1, version=number)))
    assert [None if value is pd.NA else value for value in table.position] == [number, None, 1]
    assert [None if value is pd.NA else value for value in table.version] == [None, None, number]


def test_integers_beyond_64_bits_are_exact_too() -> None:
    rows = rows_of(text_of(samples.event(10**30, version=None), samples.event(-(10**30), version=7)))
    assert [(row["position"], row["version"]) for row in rows] == [(str(10**30), ""), (str(-(10**30)), "7")]


@pytest.mark.parametrize(
    "name", ["NA", "null", "None", "nan", "0012", "1e5", "True", "2026-03-01", " x ", 'a"b', "a,b"]
)
def test_text_that_looks_like_something_else_stays_text(name: str) -> None:
    assert list(read(text_of(samples.event(1, stream=name))).stream) == [name]


def test_what_is_not_known_is_no_empty_text() -> None:
    known, unknown = rows_of(text_of(samples.event(1, stream=""), samples.event(2, stream=None)))
    assert (known["stream"], unknown["stream"]) == ("'", "")


def test_times_are_those_of_the_json_document() -> None:
    time = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    events = [replace(samples.event(1), time=each) for each in (time, time - timedelta(microseconds=123456), None)]
    cells = [row["time"] for row in rows_of(text_of(*events))]
    assert cells == ["2026-03-01T12:00:00.123456Z", "2026-03-01T12:00:00Z", ""]


texts = st.none() | st.text(st.characters(codec=None), max_size=8) | st.sampled_from(FORMULAS)
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
events = st.builds(
    Event,
    position=numbers,
    id=texts,
    stream=texts,
    version=numbers,
    type=texts,
    partition=texts,
    time=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(st.lists(events, min_size=1, max_size=4), texts, st.text(max_size=5))
def test_pandas_reads_back_what_was_written(some: list[Event], reason: str | None, name: str) -> None:
    found = Finding(check="missing", verdict=Verdict.CONFIRMED, count=4, message="m", events=tuple(some), reason=reason)
    result = samples.result(samples.consumer(found, name=name))
    expected = to_pandas(result, Table.EVENTS)
    back = read(render(result, "csv"))
    assert list(back) == list(expected)
    for column in expected.columns:
        if column == "time":
            back[column] = pd.to_datetime(back[column], format="ISO8601", utc=True).astype("datetime64[us, UTC]")
        elif expected[column].dtype == "string":
            back[column] = back[column].map(without_our_mark, na_action="ignore").astype("string")
            expected[column] = (
                expected[column].map(lambda text: without_our_mark(harmless(text)), na_action="ignore").astype("string")
            )
        assert back[column].equals(expected[column]), column


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"], include_characters=" \n")))
def test_text_of_characters_with_pictures_comes_back_to_the_letter(text: str) -> None:
    [row] = rows_of(text_of(samples.event(1, stream=text)))
    assert without_our_mark(row["stream"]) == text


# ---- nothing in it acts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_no_text_is_a_formula(name: str) -> None:
    result = samples.result(
        samples.consumer(
            samples.finding(events=(samples.event(-1, id=name, stream=name, type=name),), message=name, partition=name),
            name=name,
        )
    )
    for by in By:
        for row in rows_of(render(result, "csv", Appearance(by=by))):
            acting = {column for column, cell in row.items() if cell.startswith((*"=+-@＝\t\r\n",))}
            assert acting == ({"position"} if by is By.EVENT else set())  # a number, minus one
    [row] = rows_of(render(result, "csv"))
    assert (row["position"], row["stream"][0]) == ("-1", "'")


@given(st.text(st.characters(codec=None), max_size=20))
def test_whatever_a_name_holds_the_file_can_be_written_and_shown(name: str) -> None:
    text = text_of(samples.event(1, stream=name), samples.event(2))
    text.encode("utf-8")
    assert not {character for character in text if unicodedata.category(character) in HIDDEN} - {"\n"}
    rows = rows_of(text)
    assert [row["position"] for row in rows] == ["1", "2"]
    assert rows[0]["stream"] == harmless(name)


def test_lines_within_a_name_stay_within_its_quotes() -> None:
    text = text_of(samples.event(1, stream='two\nlines, "quoted"'), samples.event(2))
    assert '"two\nlines, ""quoted"""' in text
    assert [row["stream"] for row in rows_of(text)] == ['two\nlines, "quoted"', "order-1"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a\x00b", r"a\x00b"),
        ("a\tb\r\n", "a\\tb\\r\n"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202ex", r"\u202ex"),
        ("\udc80", r"\udc80"),
    ],
)
def test_a_character_without_a_picture_is_its_escape(name: str, cell: str) -> None:
    assert [row["stream"] for row in rows_of(text_of(samples.event(1, stream=name)))] == [cell]
