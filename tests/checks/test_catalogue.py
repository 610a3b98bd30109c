"""The catalogue is whole: each check is listed, explained, tested, and silent where all is well."""

import re
from pathlib import Path
from typing import Any

import pytest

import checks
from checks.catalogue import ALL, CONSUMER, DERIVED, LOG, STATE, find, title_of
from checks.model.check import Check
from checks.model.consumer import Cursor
from checks.model.log import Shared
from checks.model.previous import ConsumerBefore
from checks.model.recalled import LogBefore, LowerHead
from checks.model.state import Fault
from tests.checks.samples import (
    DAY,
    NOW,
    absence,
    ahead,
    conflict,
    copy,
    derived,
    difference,
    double,
    event,
    evidence,
    gap,
    hole,
    inversion,
    log_evidence,
    overtaken,
    repeat,
    state_evidence,
    stood,
    stranger,
    stray,
    unsent,
)

HEADINGS = ["What it means", "How it is proven", "What it cannot know", "What to do"]
HERE = Path(__file__).parent

every_check = pytest.mark.parametrize("check", ALL, ids=lambda check: check.title)


@every_check
def test_it_explains_itself_under_the_four_headings(check: Check[Any]) -> None:
    paragraphs = check.text.split("\n\n")
    assert [paragraph.partition("\n")[0] for paragraph in paragraphs[1:]] == HEADINGS
    assert all(len(paragraph.splitlines()) > 1 for paragraph in paragraphs[1:])
    assert paragraphs[0] == f"{check.summary}."


@every_check
def test_its_text_fits_a_terminal(check: Check[Any]) -> None:
    assert max(len(line) for line in check.text.splitlines()) <= 79


@every_check
def test_it_has_a_test_file(check: Check[Any]) -> None:
    assert (HERE / check.of / f"test_{check.name.replace('-', '_')}.py").is_file()


@every_check
def test_what_its_text_refers_to_exists(check: Check[Any]) -> None:
    for title in re.findall(r"\b(?:log|derived|state|consumer)/[a-z-]+", check.text):
        assert find(title), title


@pytest.mark.parametrize("of", ["log", "derived", "state", "consumer"])
def test_every_file_of_the_folder_is_listed_once(of: str) -> None:
    files = (Path(checks.__file__).parent / of).glob("*.py")
    names = {file.stem.replace("_", "-") for file in files if file.stem != "__init__"}
    assert sorted(check.name for check in ALL if check.of == of) == sorted(names)


@pytest.mark.parametrize("check", LOG, ids=lambda check: check.name)
def test_a_clean_log_is_judged_by_all_and_found_clean(check: Check[Any]) -> None:
    assert check.lacks(log_evidence()) is None
    assert list(check.judge(log_evidence())) == []


@pytest.mark.parametrize("check", STATE, ids=lambda check: check.name)
def test_a_clean_state_is_judged_by_all_and_found_clean(check: Check[Any]) -> None:
    assert check.lacks(state_evidence()) is None
    assert list(check.judge(state_evidence())) == []


@pytest.mark.parametrize("check", CONSUMER, ids=lambda check: check.name)
def test_a_clean_consumer_is_judged_by_all_and_found_clean(check: Check[Any]) -> None:
    assert check.lacks(evidence()) is None
    assert list(check.judge(evidence())) == []


@pytest.mark.parametrize("check", DERIVED, ids=lambda check: check.name)
def test_a_clean_derived_log_is_judged_by_all_and_found_clean(check: Check[Any]) -> None:
    assert check.lacks(derived()) is None
    assert list(check.judge(derived())) == []


def test_findings_carry_the_name_of_their_check() -> None:
    broken_log = log_evidence(
        gaps=(gap("order-1", (2, 2)),),
        doubles=(double(Shared.ID, 7, 5),),
        holes=(hole(3, 4),),
        unsent=(unsent(7),),
        before=LogBefore(run="earlier", at=NOW, lower_heads=[LowerHead(seen=9, now=8, run="earlier", at=NOW)]),
    )
    broken_consumer = evidence(
        absence(1, before_first_receipt=True),
        absence(5, crossed=True),
        absence(6, parked=True),
        absence(7, received=True),
        ahead(8),
        ahead(9, event_is=event(9, partition="b")),
        ahead(10, event_is=event(10, partition="c")),
        repeats=(repeat(2),),
        inversions=(inversion(3),),
        strangers=(stranger(500, DAY),),
        conflicts=(conflict(4),),
        cursors=(
            Cursor(position=7, partition=None, head=5, floor=9, crossed=1),
            Cursor(position=None, partition="b", absent=True),
            Cursor(position=5, partition="c"),
        ),
        previous=ConsumerBefore(run="r1", at=NOW, cursors={None: stood(4), "b": stood(3), "c": stood(5)}),
    )
    broken_copy = derived(absence(5), extras=(copy(2),), overtaken=(overtaken(3),), strays=(stray(4),))
    found = [{finding.check for finding in check.judge(broken_log)} for check in LOG]
    found += [{finding.check for finding in check.judge(broken_copy)} for check in DERIVED]
    broken_state = state_evidence(*map(difference, Fault))
    found += [{finding.check for finding in check.judge(broken_state)} for check in STATE]
    found += [{finding.check for finding in check.judge(broken_consumer)} for check in CONSUMER]
    assert found == [{check.name} for check in ALL]


def test_a_name_in_full_means_one_check_and_a_bare_name_all_of_that_name() -> None:
    assert [check.title for check in find("consumer/missing")] == ["consumer/missing"]
    assert [check.title for check in find("missing")] == ["consumer/missing"]
    assert find("log/missing") == ()


def test_a_finding_of_a_log_is_explained_by_the_check_that_made_it() -> None:
    of_logs = [check for check in ALL if check.of in ("log", "derived")]
    assert [title_of("log", check.name) for check in of_logs] == [check.title for check in of_logs]
    assert [title_of("consumer", check.name) for check in CONSUMER] == [check.title for check in CONSUMER]
