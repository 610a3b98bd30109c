"""Where a plan is kept: it comes there whole, or not at all, and takes nobody's place unasked."""

import os
from pathlib import Path

import pytest

from auditor.cli.redeliver.keeping import kept_at
from auditor.errors import UsageError
from auditor.redelivery.plan_file import read_plan, write_plan
from tests import plans


def write(place: Path, text: str, meanwhile: str) -> None:
    """Write a plan, while somebody else puts something in its place."""
    with kept_at(place, force=False) as file:
        file.write_text(text)
        place.write_text(meanwhile)


def fail(place: Path, text: str) -> None:
    """Fail in the midst of it."""
    with kept_at(place, force=True) as file:
        file.write_text(text)
        raise ZeroDivisionError


def test_a_plan_comes_to_its_place_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    with kept_at(place, force=False) as file:
        file.write_text("a plan")
        assert not place.exists()
    assert place.read_text() == "a plan"
    assert list(tmp_path.iterdir()) == [place]


def test_a_plan_of_nothing_is_replaced_and_one_of_something_is_not(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    write_plan(place, plans.plan(count=0), [])
    with kept_at(place, force=False) as file:
        write_plan(file, plans.plan(count=1), plans.events(1))
    assert read_plan(place).count == 1
    with pytest.raises(UsageError, match="is there already"), kept_at(place, force=False):
        pass


def test_a_file_that_came_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    with pytest.raises(UsageError, match="--force replaces it"):
        write(place, "a plan", meanwhile="another one")
    assert place.read_text() == "another one"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_that_takes_no_file_is_refused_before_anything_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that is mounted to be read only; root may write into every other one."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="no right to write there"), kept_at(tmp_path / "plan.json", force=False):
        pass


def test_a_link_to_nothing_is_somebodys_place_too(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    place.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UsageError, match="is there already"), kept_at(place, force=False):
        pass
    with kept_at(place, force=True) as file:
        file.write_text("a plan")
    assert place.is_symlink()
    assert (tmp_path / "elsewhere.json").read_text() == "a plan"


def test_a_plan_that_could_not_be_made_leaves_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    place.write_text("in use")
    with pytest.raises(ZeroDivisionError):
        fail(place, "half a pl")
    assert place.read_text() == "in use"
    assert list(tmp_path.iterdir()) == [place]


def test_without_a_place_it_vanishes() -> None:
    with kept_at(None, force=False) as file:
        file.write_text("a plan")
    assert not file.parent.exists()
