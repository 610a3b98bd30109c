"""What a run did not decide stands at the top, and nobody is told that it is accounted for."""

import pytest

from checks.model.finding import Verdict
from checks.model.result import Result, Totals
from reports import Appearance, render
from reports.candidates import not_decided, on_their_way
from tests.reports import samples
from tests.reports.html.parsed import parsed

PENDING = Verdict.PENDING


def without_second_look() -> Result:
    return samples.result(
        samples.consumer(
            samples.finding(verdict=PENDING, count=12, reason="not-confirmed"),
            samples.finding("unexpected", PENDING, 1, reason="not-confirmed"),
            samples.finding("lagging", PENDING, 3, reason="younger-than-max-lag"),
            totals=Totals(produced=1350, received=1335, pending=15),
        )
    )


def told(*audits: tuple[str, str, int, str]) -> str:
    """Of consumers that have one pending finding each: name, check, count, reason."""
    return not_decided(
        samples.result(
            *(
                samples.consumer(samples.finding(check, PENDING, n, reason=why), name=who)
                for who, check, n, why in audits
            )
        )
    )


@pytest.mark.parametrize("format_name", ["terminal", "markdown", "html"])
def test_a_run_without_a_second_look_says_so_before_anything_else(format_name: str) -> None:
    text = render(without_second_look(), format_name, Appearance())
    top = parsed(text).one("main").text if format_name == "html" else text
    said = top.replace("`", "")[:400]
    assert "12 events of billing are not decided: no second look was taken (--no-confirm)" in said


def test_nothing_that_is_pending_is_called_accounted_for() -> None:
    undecided = parsed(render(without_second_look(), "html", Appearance())).one("main").text
    assert "Whether anything is lost is not decided" in undecided
    assert "15 events pending: whether they arrived, or will, this run does not say." in undecided
    assert "Every event that was produced" not in undecided
    young = samples.result(samples.consumer(totals=Totals(produced=10, received=7, pending=1, unverifiable=2)))
    waiting = parsed(render(young, "html", Appearance())).one("main").text
    assert "Nothing is known to be lost, as far as was looked" in waiting
    assert "1 event pending and 2 events unverifiable: whether" in waiting
    done = samples.result(samples.consumer(totals=Totals(produced=10, received=10)))
    assert on_their_way(done) == ""
    assert "Every event that was produced" in parsed(render(done, "html", Appearance())).one("main").text


def test_what_is_only_young_is_no_candidate() -> None:
    assert told(("billing", "lagging", 3, "younger-than-max-lag"), ("mail", "missing", 1, "within-grace")) == ""


def test_candidates_of_several_are_told_in_one_sentence() -> None:
    assert told(("billing", "missing", 1, "not-confirmed")).startswith("1 event of billing is not decided:")
    assert told(("a", "unexpected", 9, "not-confirmed"), ("b", "unsent", 2, "stuck-not-confirmed")).startswith(
        "1 finding of a and 2 events of b are not decided:"
    )
    many = told(*((name, "missing", 2, "not-confirmed") for name in "abcdef"))
    assert many.startswith("2 events of a, 2 events of b, 2 events of c, 2 events of d and some of 2 more audits are")
