"""[ledger]: where the auditor remembers its runs, whether a config names it or not."""

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.redact import redact
from tests.auditor.configs import VALID, fault, read


def test_a_config_without_the_section_has_a_ledger_beside_it(tmp_path: Path) -> None:
    ledger = read(tmp_path, VALID).ledger
    assert (ledger.kind, ledger.file) == ("sqlite", tmp_path / ".auditor" / "ledger.db")
    assert (ledger.full_every, ledger.overlap) == (timedelta(days=7), timedelta(hours=1))
    assert ledger.recheck == timedelta(milliseconds=200)


def test_an_empty_section_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "[ledger]").ledger == read(tmp_path, "").ledger


def test_reading_a_config_makes_no_ledger(tmp_path: Path) -> None:
    read(tmp_path, "[ledger]")
    assert not (tmp_path / ".auditor").exists()


def test_what_the_section_says_arrives(tmp_path: Path) -> None:
    text = '[ledger]\nurl = "sqlite:///memory/runs.db"\nfull_every = "1d"\noverlap = "10m"\nrecheck = "0s"'
    ledger = read(tmp_path, text).ledger
    assert ledger.file == tmp_path / "memory" / "runs.db"
    assert (ledger.full_every, ledger.overlap, ledger.recheck) == (
        timedelta(days=1),
        timedelta(minutes=10),
        timedelta(0),
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_team_has_it_in_postgresql(tmp_path: Path, scheme: str) -> None:
    ledger = read(tmp_path, '[ledger]\nurl = "${TEAM}"', {"TEAM": f"{scheme}://u@h/team"}).ledger
    assert (ledger.kind, ledger.file) == ("postgresql", None)
    assert ledger.url.get_secret_value() == "postgresql://u@h/team"


def test_its_password_is_not_shown_and_learnt(tmp_path: Path) -> None:
    config = read(tmp_path, '[ledger]\nurl = "postgresql://u:geheim-4711@h/team"')
    assert "geheim" not in repr(config)
    assert "geheim" not in redact("the driver said geheim-4711")


def test_it_is_no_file_of_a_store(tmp_path: Path) -> None:
    text = '[stores.shop]\nurl = "sqlite:///shop.db"\n[ledger]\nurl = "sqlite:///./shop.db"'
    assert fault(tmp_path, text) == "[ledger] 'url' is the file of [stores.shop], which is only ever read"
