"""A diagnosis for people and for programs."""

import json

import pytest

from checks.model.diagnosis import Diagnosis, Examined, Level
from reports.appearance import Appearance
from reports.diagnosis import FORMATS, render
from tests.reports.samples import NASTY

GRANT = 'GRANT SELECT ON "public"."events" TO "auditor"'
DIAGNOSIS = Diagnosis(
    lines=(
        Examined(of="store", name="shop", topic="connection", level=Level.FINE, message="PostgreSQL 18"),
        Examined(of="store", name="shop", topic="clock", level=Level.WARNING, message="it is late", advice="use NTP"),
        Examined(
            of="log",
            name="orders",
            topic="rights",
            level=Level.FAILURE,
            message="the role may not read 'events'",
            advice="run",
            statements=(GRANT, GRANT),
        ),
        Examined(of="consumer", name="billing", topic="types", level=Level.UNKNOWN, message="took too long"),
    )
)
HOSTILE = Diagnosis(
    lines=(
        Examined(
            of="log", name=NASTY, topic="table", level=Level.FINE, message=NASTY, advice=NASTY, statements=(NASTY,)
        ),
    )
)


def test_people_get_the_tally_first_and_every_line_below_its_subject() -> None:
    assert render(DIAGNOSIS, "terminal") == (
        "failure: 1 failure, 1 unknown, 1 warning, 1 fine\n"
        "\n"
        "store shop\n"
        "  fine     connection: PostgreSQL 18\n"
        "  warning  clock: it is late\n"
        "    → use NTP\n"
        "\n"
        "log orders\n"
        "  failure  rights: the role may not read 'events'\n"
        "    → run\n"
        f"    {GRANT};\n"
        f"    {GRANT};\n"
        "\n"
        "consumer billing\n"
        "  unknown  types: took too long\n"
    )


def test_several_of_a_kind_are_counted_in_the_plural() -> None:
    twice = Diagnosis(lines=(*DIAGNOSIS.lines, *DIAGNOSIS.lines))
    assert render(twice, "terminal").startswith("failure: 2 failures, 2 unknown, 2 warnings, 2 fine\n")


def test_nothing_examined_is_said_and_is_no_success() -> None:
    assert render(Diagnosis(), "terminal") == "unknown: nothing was examined\n"


def test_a_terminal_gets_colours_and_its_width() -> None:
    shown = render(DIAGNOSIS, "terminal", Appearance(width=30))
    assert "\x1b[" in shown
    assert "\x1b" not in render(DIAGNOSIS, "terminal")


def test_programs_get_every_key_of_every_line() -> None:
    document = json.loads(render(DIAGNOSIS, "json"))
    assert (document["schema"], document["level"]) == ("auditor.doctor/1", "failure")
    assert document["counts"] == {"failure": 1, "unknown": 1, "warning": 1, "fine": 1}
    assert document["lines"][0] == {
        "of": "store",
        "name": "shop",
        "topic": "connection",
        "level": "fine",
        "message": "PostgreSQL 18",
        "advice": None,
        "statements": [],
    }
    assert document["lines"][2]["statements"] == [GRANT, GRANT]


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_comes_from_a_database_acts_on_nothing(format_name: str) -> None:
    text = render(HOSTILE, format_name)
    assert text.encode("utf-8")
    assert "\x1b" not in text
    assert "\u202e" not in text
    if format_name == "json":
        assert json.loads(text)["lines"][0]["message"].startswith("[red]x[/red]\n\x1b[2J")
    else:
        assert len(text.splitlines()) == 6
