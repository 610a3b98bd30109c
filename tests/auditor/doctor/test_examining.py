"""What holds for every line: a topic that crashes costs no other, what is said has no password in it, docs know it."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from auditor.config import load
from auditor.doctor import examine
from auditor.doctor.about import About, Topic, guarded
from auditor.doctor.examination import Examination
from auditor.doctor.servers import Difference, clocks
from auditor.errors import StoreError, UsageError
from auditor.observer import Silent
from auditor.redact import learn
from checks.model.diagnosis import Examined, Level

ROOT = Path(__file__).parents[3]
ABOUT = About("log", "orders", "table")


class Witness(Silent):
    """Remembers what crashed."""

    def __init__(self) -> None:
        self.crashes: list[Exception] = []

    def crash(self, error: Exception) -> None:
        """Remember it."""
        self.crashes.append(error)


def crashing(_: About) -> list[Examined]:
    raise ZeroDivisionError("by chance")


def test_a_crash_is_unknown_and_told_to_the_observer() -> None:
    witness = Witness()
    [line] = guarded(ABOUT, crashing, witness)
    assert (line.level, line.message) == (
        Level.UNKNOWN,
        "the examination failed unexpectedly: ZeroDivisionError: by chance",
    )
    assert len(witness.crashes) == 1


@pytest.mark.parametrize(
    ("reason", "level"), [("timeout", Level.UNKNOWN), ("failed", Level.UNKNOWN), ("denied", Level.FAILURE)]
)
def test_what_was_not_seen_is_unknown_and_what_was_refused_a_failure(reason: str, level: Level) -> None:
    assert ABOUT.error(StoreError("shop", reason, "so it is")).level == level


def test_no_line_has_a_password_that_was_learnt() -> None:
    learn("postgresql://u:haddock4711@h/d")
    line = ABOUT.warning("haddock4711", "use haddock4711")
    assert "haddock4711" not in f"{line.message}{line.advice}"


@pytest.mark.parametrize(("seconds", "matters"), [(1, False), (3, True), (-3, True), (-1, False)])
def test_clocks_differ_only_beyond_what_can_be_borne(seconds: int, matters: bool) -> None:
    difference = Difference(timedelta(seconds=seconds), timedelta(milliseconds=5))
    assert difference.matters is matters
    assert (clocks(ABOUT, "shop", difference) is not None) is matters


def test_clocks_whose_answer_took_long_are_not_accused() -> None:
    assert not Difference(timedelta(seconds=3), timedelta(seconds=2)).matters


def test_two_clocks_are_held_against_each_other_by_way_of_a_third() -> None:
    ahead = Difference(timedelta(seconds=5), timedelta(seconds=1)) - Difference(timedelta(seconds=-5), timedelta(0))
    assert (ahead.ahead, ahead.within) == (timedelta(seconds=10), timedelta(seconds=1))
    line = clocks(ABOUT, "shop", ahead)
    assert line is not None
    assert "10s ahead of that of 'shop'" in line.message


def test_the_docs_have_a_section_for_every_topic() -> None:
    sections = [
        line for line in (ROOT / "docs/doctor.md").read_text(encoding="utf-8").splitlines() if line[:4] == "### "
    ]
    assert sections == [f"### {topic}" for topic in get_args(Topic)]


def config_at(folder: Path, text: str) -> Examination:
    (folder / "auditor.toml").write_text(text, encoding="utf-8")
    return Examination(load(folder / "auditor.toml"), Silent())


def test_a_config_without_a_log_leaves_nothing_to_audit(tmp_path: Path) -> None:
    lines = list(config_at(tmp_path, "").lines(set()))
    assert [(line.of, line.level) for line in lines] == [
        ("config", Level.FINE),
        ("config", Level.WARNING),
        ("ledger", Level.FINE),
    ]
    assert lines[1].message == "it names no log, so there is nothing to audit"


@pytest.mark.parametrize(("used", "warned"), [(True, False), (False, True)])
def test_a_store_is_of_use_if_a_state_is_in_it(tmp_path: Path, used: bool, warned: bool) -> None:
    lines = """[stores.shop]\nurl = "sqlite:///shop.db"\n[stores.side]\nurl = "sqlite:///side.db"
[logs.orders]\nstore = "shop"\ntable = "t"\nposition = "p"\nstream = "s"\n"""
    state = '[states.rows]\nlog = "orders"\nstore = "side"\ntable = "u"\nstream = "s"\n'
    found = list(config_at(tmp_path, lines + state * used).lines(set()))
    assert found[0].message == ("2 stores, 1 log, 1 state, 0 consumers" if used else "2 stores, 1 log, 0 consumers")
    said = [line.message for line in found if line.of == "config" and line.level is Level.WARNING]
    assert said == ["store 'side' is used by no log, state or consumer"] * warned


def test_an_unknown_name_is_a_matter_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no store, log, state or consumer named 'nobody'"):
        examine(config_at(tmp_path, "").config, ["nobody"])
