"""Names that somebody may have given tables are data for ``auditor init``."""

from pathlib import Path

import pytest

import auditor
from tests.integration.happened import happened
from tests.integration.test_init import accusations
from tests.integration.unknown_folder import EVENTS, Folder, inbox, log


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("name", ['say "events"', "événements events", "events\n[evil]", "events #1", "' events"])
def test_a_hostile_name_is_audited_as_it_is(folder: Folder, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    events = happened()
    folder.fill(EVENTS.replace("TABLE events", f"TABLE {quoted}"))
    rows = [(str(e.id), str(e.stream), e.version, e.type, e.time.isoformat()) for e in events]
    insert = f"INSERT INTO {quoted} (event_id, stream_id, version, type, recorded_at) VALUES (?, ?, ?, ?, ?)"
    folder.fill((insert, rows), *inbox(events))
    assert folder.init() == 0
    [written] = folder.written["logs"].values()
    assert written["table"] == name
    assert accusations(auditor.run(folder.config)) == []


@pytest.mark.parametrize("name", ["${HOME}_events", "a.b.events", " "])
def test_a_table_that_no_config_can_name_is_said_and_left_out(folder: Folder, name: str) -> None:
    folder.fill(*log(happened()), EVENTS.replace("TABLE events", f'TABLE "{name}"'))
    assert folder.init() == 0
    assert list(folder.written["logs"]) == ["events"]
    assert f"{name}: auditor.toml cannot say its name".lstrip() in folder.prose


def test_nothing_is_written_into_the_databases_that_are_looked_at(folder: Folder) -> None:
    folder.fill(*log(happened()), *inbox(happened()))
    before = (folder.path / "shop.db").read_bytes()
    assert folder.init() == 0
    assert (folder.path / "shop.db").read_bytes() == before
    assert sorted(each.name for each in folder.path.iterdir()) == ["auditor.toml", "shop.db"]


def test_of_several_databases_the_one_that_cannot_be_looked_at_is_named(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.fill(*log(happened()))
    monkeypatch.setenv("BILLING", "postgresql://reader:sturgeon77@127.0.0.1:1/app")
    assert folder.init("${BILLING}") == 3
    said = capsys.readouterr().err
    assert said.startswith("error: store 'app': ")
    assert said.endswith(" (${BILLING})\n")
    assert "sturgeon77" not in said
