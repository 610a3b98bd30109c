"""``auditor init`` on databases as people lay them out: what it writes audits at once, and finds a loss."""

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

import auditor
from auditor.cli.program import run
from checks.model.finding import Verdict
from checks.model.result import Result
from tests.integration.layouts import LAYOUTS, Layout
from tests.integration.shop import Database, postgres_at, sqlite_at
from tests.integration.sides import side
from tests.postgres import Server


@dataclass(frozen=True, slots=True)
class Places:
    """Empty databases: the producer's and, where they are apart, the consumer's."""

    producer: Database
    consumer: Database

    @property
    def urls(self) -> list[str]:
        return list(dict.fromkeys([self.producer.url, self.consumer.url]))


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    layout: Layout = request.node.callspec.params["layout"]
    with ExitStack() as stack:
        if request.param == "sqlite":
            files = [sqlite_at(tmp_path / name) for name in ("producer.db", "consumer.db")[: 1 + layout.apart]]
            found = [stack.enter_context(file) for file in files]
        else:
            server: Server = request.getfixturevalue("postgres18")
            urls = [stack.enter_context(server.database()) for _ in range(1 + layout.apart)]
            found = [stack.enter_context(postgres_at(url)) for url in urls]
        yield Places(found[0], found[-1])


def initialised(urls: list[str], path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was written, with the variables set that it asks for."""
    assert run(["init", *urls, "--output", str(path)]) == 0
    written = tomllib.loads(path.read_text())
    stores = [store["url"] for store in written["stores"].values()]
    for url, store in zip(urls, stores, strict=True):
        if store.startswith("${"):
            monkeypatch.setenv(store.removeprefix("${").removesuffix("}"), url)
    return written


def cases() -> Iterator[Any]:
    for layout in LAYOUTS:
        for kind in ("sqlite", "postgresql"):
            if layout.only in (None, kind):
                yield pytest.param(layout, kind, id=f"{layout.name}-{kind}")


@pytest.mark.parametrize(("layout", "places"), list(cases()), indirect=["places"])
def test_a_clear_layout_is_written_so_that_it_audits_at_once_and_finds_a_loss(
    layout: Layout,
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loss = layout.fill(side(places.producer), side(places.consumer))
    path = tmp_path / "auditor.toml"
    written = initialised(places.urls, path, monkeypatch)

    assert tuple(written["logs"]) == layout.logs
    # What nothing names is called after its store.
    called = dict.fromkeys(layout.consumers) | {"consumer": list(written["stores"])[-1]}
    assert sorted(written["consumers"]) == sorted(called[name] or name for name in layout.consumers)
    assert {n: tuple(c["types"]) for n, c in written["consumers"].items() if "types" in c} == layout.types
    assert [line for line in layout.says if line not in path.read_text()] == []

    said = path.read_text() + "".join(capsys.readouterr())
    assert [url for url in places.urls if (urlsplit(url).password or "no password") in said] == []

    clean = auditor.run(path)
    assert accusations(clean) == []
    assert {audit.verdict for audit in clean.audits} == {"consistent"}
    assert all(audit.totals and audit.totals.produced for audit in clean.audits)

    places.consumer.execute(loss.statement)
    lost = (loss.position, loss.position)
    assert accusations(auditor.run(path)) == [(called.get(loss.consumer) or loss.consumer, "missing", [lost])]


def test_a_table_that_somebody_keeps_locked_is_said_and_nothing_is_written(
    postgres18: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres18.database() as url, postgres_at(url) as database, psycopg.connect(url) as locker:
        LAYOUTS[0].fill(side(database), side(database))
        locker.execute("LOCK TABLE events")
        assert run(["init", url, "--output", str(tmp_path / "auditor.toml")]) == 3
    assert "another session kept it locked" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_log_whose_rows_cannot_be_looked_at_is_written_without_what_was_not_seen_and_ends_in_3(
    postgres18: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    role = postgres18.role("reader", "secret")
    with postgres18.database() as url, postgres_at(url) as database:
        LAYOUTS[0].fill(side(database), side(database))
        database.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        database.execute("CREATE POLICY broken ON events USING (1 / (version - version) = 1)")
        database.execute("ALTER TABLE events ENABLE ROW LEVEL SECURITY")
        theirs = postgres18.url(url.rpartition("/")[2], role)
        code = run(["init", theirs, "--output", str(tmp_path / "auditor.toml")])
    stdout, stderr = capsys.readouterr()
    assert (code, stdout.partition(":")[0]) == (3, "failure")  # of the doctor
    assert "not looked at: store" in stderr
    written = tomllib.loads((tmp_path / "auditor.toml").read_text())
    assert "version" not in written["logs"]["events"]
    assert "consumers" not in written
    text = (tmp_path / "auditor.toml").read_text()
    assert "it could not be looked at: division by zero" in text
    assert "the log could not be looked at, so whether it lags is not known" in text


def accusations(result: Result) -> list[tuple[str, str, list[tuple[int, int]]]]:
    """Everything that a run finds fault with: who, what, and where."""
    return [
        (audit.name, finding.check, list(finding.ranges))
        for audit in result.audits
        for finding in audit.findings
        if finding.verdict is Verdict.CONFIRMED and not finding.harmless
    ]
