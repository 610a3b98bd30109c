"""A list of runs, for people and for programs."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from checks.model.recorded import History, RunEntry
from checks.model.result import Outcome
from reports.appearance import Appearance
from reports.history import FORMATS, render
from tests.reports.samples import NASTY, STARTED

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

WORSE = RunEntry(
    run="20260301T120000Z-5ba1ad",
    started=STARTED,
    finished=STARTED + timedelta(seconds=0.42),
    verdict=Outcome.INCONSISTENT,
    errors=3,
    warnings=1,
    audits={
        "orders": Outcome.CONSISTENT,
        "billing": Outcome.INCONSISTENT,
        "mail": Outcome.UNKNOWN,
        "search": Outcome.INCONSISTENT,
        "stock": Outcome.CONSISTENT,
    },
)
BETTER = replace(
    WORSE,
    run="20260228T120000Z-77aa01",
    started=STARTED - timedelta(days=1),
    finished=STARTED - timedelta(days=1) + timedelta(seconds=83),
    verdict=Outcome.CONSISTENT,
    errors=0,
    warnings=0,
    audits={"orders": Outcome.CONSISTENT, "billing": Outcome.CONSISTENT},
)
HISTORY = History(runs=(WORSE, BETTER))
HOSTILE = History(runs=(replace(WORSE, run=NASTY, audits={NASTY: Outcome.INCONSISTENT}),))
ALL = {"two": HISTORY, "hostile": HOSTILE, "none": History()}


def test_without_a_terminal_every_run_is_one_line() -> None:
    assert render(HISTORY, "terminal") == (
        "run                      started               verdict       took        errors  warnings  audits\n"
        "20260301T120000Z-5ba1ad  2026-03-01T12:00:00Z  inconsistent  0.4 s            3         1  "
        "inconsistent: billing, search; unknown: mail; 2 consistent\n"
        "20260228T120000Z-77aa01  2026-02-28T12:00:00Z  consistent    1 min 23 s       0         0  2 consistent\n"
    )


def test_a_run_that_audited_a_part_only_says_so() -> None:
    partial = replace(BETTER, incremental=frozenset(), left_out=3)
    assert render(History(runs=(partial,)), "terminal").endswith("2 consistent (full); 3 not audited\n")


def test_a_narrow_terminal_has_two_lines_a_run() -> None:
    assert ESCAPE.sub("", render(HISTORY, "terminal", Appearance(width=80))).splitlines() == [
        "inconsistent  20260301T120000Z-5ba1ad  took 0.4 s",
        "    2026-03-01T12:00:00Z, 3 errors, 1 warning; inconsistent: billing, search;",
        "    unknown: mail; 2 consistent",
        "consistent    20260228T120000Z-77aa01  took 1 min 23 s",
        "    2026-02-28T12:00:00Z; 2 consistent",
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("history", ALL.values(), ids=ALL)
def test_no_line_is_wider_than_the_terminal_or_ends_in_space(history: History, width: int) -> None:
    lines = ESCAPE.sub("", render(history, "terminal", Appearance(width=width))).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_that_there_is_no_run_is_said_and_whether_others_were_left_out() -> None:
    assert render(History(), "terminal") == "no run is recorded yet\n"
    assert render(History(narrowed=True), "terminal") == "no run is recorded that was asked for\n"


@pytest.mark.parametrize(
    ("incremental", "said"),
    [
        (None, "2 consistent"),
        (frozenset(), "2 consistent (full)"),
        ({"billing"}, "2 consistent (1 incremental)"),
        ({"billing", "orders"}, "2 consistent (incremental)"),
    ],
)
def test_whether_everything_was_looked_at_is_said_where_it_is_known(
    incremental: frozenset[str] | None, said: str
) -> None:
    run = replace(BETTER, incremental=None if incremental is None else frozenset(incremental))
    assert render(History(runs=(run,)), "terminal").endswith(f"  {said}\n")
    [entry] = json.loads(render(History(runs=(run,)), "json"))["runs"]
    expected = [None, None] if incremental is None else [name in incremental for name in ("orders", "billing")]
    assert [audit["incremental"] for audit in entry["audits"]] == expected


def test_a_run_that_audited_nothing_says_so() -> None:
    assert "nothing was audited" in render(History(runs=(replace(WORSE, audits={}),)), "terminal")


def test_nothing_in_a_name_acts_on_a_terminal() -> None:
    escaped = r"[red]x[/red]\n\x1b[2J\u202e\x00'; drop table\ud800"
    for text in (render(HOSTILE, "terminal"), ESCAPE.sub("", render(HOSTILE, "terminal", Appearance(width=300)))):
        assert text.count(escaped) == 2
        assert not set("\x1b\u202e\x00\ud800") & set(text)


def test_programs_get_one_document_with_every_key() -> None:
    read = json.loads(render(HISTORY, "json"))
    assert read["schema"] == "auditor.history/1"
    assert read["runs"][0] == {
        "run": "20260301T120000Z-5ba1ad",
        "started": "2026-03-01T12:00:00Z",
        "finished": "2026-03-01T12:00:00.420000Z",
        "verdict": "inconsistent",
        "errors": 3,
        "warnings": 1,
        "audits": [
            {"name": name, "verdict": verdict.value, "incremental": None} for name, verdict in WORSE.audits.items()
        ],
    }
    assert json.loads(render(HOSTILE, "json"))["runs"][0]["run"] == NASTY.replace("\ud800", r"\ud800")
    assert json.loads(render(History(), "json"))["runs"] == []


def test_every_format_has_a_rendering() -> None:
    assert all(render(HISTORY, name).endswith("\n") for name in FORMATS)
