"""The URLs that are typed, and what of them may stand in a file: everything but secrets."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.init.sources import Source, sources

SECRET = "postgresql://auditor:sturgeon77@db.example:5432/shop"


def one(typed: str, folder: Path = Path(), environment: Mapping[str, str] | None = None) -> Source:
    [source] = sources([typed], folder, environment or {})
    return source


def test_a_url_with_a_password_is_written_as_a_variable_of_its_database() -> None:
    source = one(SECRET)
    assert (source.name, source.written, source.variable) == ("shop", "${SHOP_DATABASE_URL}", "SHOP_DATABASE_URL")
    assert source.url.get_secret_value() == SECRET
    assert source.hint == "export SHOP_DATABASE_URL='postgresql://auditor:PASSWORD@db.example:5432/shop'"
    assert "sturgeon77" not in repr(source)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://auditor@db.example/shop",
        "postgresql:///shop?host=/run/postgresql",
        "postgresql://auditor@db.example/shop?sslmode=verify-full&connect_timeout=3",
    ],
)
def test_a_url_without_a_secret_is_written_as_it_is(url: str) -> None:
    assert (one(url).written, one(url).hint) == (url, None)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example/shop?user=a&password=sturgeon77",
        "postgresql://db.example/shop?sslpassword=sturgeon77",
        "postgresql://db.example/shop?passfile=/home/me/secret",
        "postgresql://auditor:@db.example/shop",
        "postgresql://au${ditor@db.example/shop",
    ],
)
def test_what_may_hold_a_secret_or_a_reference_is_written_as_a_variable(url: str) -> None:
    source = one(url)
    assert source.written == "${SHOP_DATABASE_URL}"
    assert "sturgeon77" not in (source.hint or "")


@pytest.mark.parametrize("typed", ["${MY_URL}", "$MY_URL"])
def test_a_variable_stays_a_variable(typed: str) -> None:
    source = one(typed, environment={"MY_URL": SECRET})
    assert (source.name, source.written, source.hint) == ("shop", "${MY_URL}", None)


def test_nothing_typed_is_database_url() -> None:
    [source] = sources([], Path(), {"DATABASE_URL": SECRET})
    assert source.written == "${DATABASE_URL}"


@pytest.mark.parametrize(
    ("typed", "environment", "message"),
    [
        ([], {}, "which database? Name one: auditor init postgresql://user@host/database"),
        (["${NONE}"], {}, "the environment variable NONE is not set"),
        (
            ["mysql://a:sturgeon77@h/b"],
            {},
            "'mysql://a:***@h/b': the URL names a 'mysql' store, which is not supported yet",
        ),
        (["shop.db"], {}, "'shop.db': neither a URL like postgresql://… or sqlite:///… nor a SQLite file"),
        (["postgresql://a:stur@sturgeon77@h/b"], {}, "the URL has more than one '@'"),
        (["host=h password=sturgeon77"], {}, "neither a URL like postgresql://…"),
        (["${X}"], {"X": "nonsense sturgeon77"}, "$X is no URL like"),
    ],
)
def test_what_cannot_be_a_database_is_a_usage_error(
    typed: list[str], environment: Mapping[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        sources(typed, Path(), environment)
    assert str(caught.value).startswith(message)
    assert "sturgeon77" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("gone.db", "database 2 of 2 (gone.db): neither a URL"),
        ("mysql://a:sturgeon77@h/b", "database 2 of 2 (mysql://a:***@h/b): the URL names a 'mysql' store"),
        ("${NONE}", "database 2 of 2 (${NONE}): the environment variable NONE is not set"),
        ("postgresql://a:stur@sturgeon77@h/b", "database 2 of 2: the URL has more than one '@'"),
        ("postgresql://a:b@h:sturgeon77/b", "database 2 of 2: the URL has a port"),
        ("host=h password=sturgeon77", "database 2 of 2: neither a URL"),
        ("a:sturgeon77@h/b", "database 2 of 2: neither a URL"),
    ],
)
def test_of_several_the_one_that_cannot_be_a_database_is_named_without_its_secret(typed: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        sources([SECRET, typed], Path(), {})
    assert str(caught.value).startswith(named)
    assert "sturgeon77" not in str(caught.value)


def test_a_sqlite_path_is_written_relative_to_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "shop.db").touch()
    monkeypatch.chdir(tmp_path / "here")
    for typed in ("sqlite:///shop.db", "shop.db", f"sqlite:///{tmp_path}/here/shop.db"):
        source = one(typed, tmp_path / "there")
        assert source.written == "sqlite:///../here/shop.db"
        assert source.config().file == tmp_path / "here" / "shop.db"


def test_a_path_that_looks_like_a_variable_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = one("sqlite:///${HOME}.db")
    assert (source.written, source.variable) == ("${HOME_DATABASE_URL}", "HOME_DATABASE_URL")


def test_the_same_database_twice_is_one_and_two_of_a_name_are_two() -> None:
    found = sources([SECRET, SECRET, SECRET.replace("db.example", "other.example")], Path(), {})
    assert [(source.name, source.variable) for source in found] == [
        ("shop", "SHOP_DATABASE_URL"),
        ("shop-2", "SHOP_2_DATABASE_URL"),
    ]


def test_a_variable_that_holds_something_else_is_not_taken() -> None:
    taken = one(SECRET, environment={"SHOP_DATABASE_URL": "postgresql://elsewhere/shop"})
    assert (taken.variable, taken.is_set) == ("SHOP_DATABASE_URL_2", False)
    held = one(SECRET, environment={"SHOP_DATABASE_URL": SECRET})
    assert (held.variable, held.hint) == ("SHOP_DATABASE_URL", None)


def test_a_path_that_is_not_utf_8_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = one(os.fsdecode(b"sqlite:///shop\xff.db"))
    assert (source.written, source.variable) == ("${SHOP_DATABASE_URL}", "SHOP_DATABASE_URL")
    assert os.fsencode(source.config().file or "").endswith(b"shop\xff.db")
