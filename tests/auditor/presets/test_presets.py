"""Every preset is whole: a valid file, keys that a config takes, a piece to paste that loads, words for people."""

import json
import re
import tomllib
from pathlib import Path
from textwrap import dedent
from typing import get_args

import pytest
from pydantic import ValidationError

from auditor.cli.program import run
from auditor.config import CursorConfig, InboxConfig, LogConfig, load
from auditor.config.keys import known_keys
from auditor.config.urls import Kind
from auditor.presets import presets
from auditor.presets.description import description
from auditor.presets.layout import Layout, Preset

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "auditor" / "presets"
PRESETS = pytest.mark.parametrize("preset", presets().values(), ids=list(presets()))
LAYOUTS = pytest.mark.parametrize(
    "layout",
    [layout for preset in presets().values() for layout in preset.layouts],
    ids=[f"{preset.name}, {layout.name}" for preset in presets().values() for layout in preset.layouts],
)


def told(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    code = run(line.split())
    stdout, stderr = capsys.readouterr()
    assert (code, stderr) == (0, "")
    return stdout


def test_every_file_is_a_preset_of_its_own_name() -> None:
    assert list(presets()) == sorted(file.stem for file in FOLDER.glob("*.toml"))
    assert presets()


@LAYOUTS
def test_a_layout_is_for_a_kind_of_store_that_the_auditor_reads(layout: Layout) -> None:
    assert layout.kind in get_args(Kind)


@LAYOUTS
def test_the_keys_of_a_layout_are_what_a_config_takes(layout: Layout) -> None:
    log = LogConfig.model_validate({"name": "orders", "store": "shop", **layout.log.keys})
    assert set(layout.log.keys) <= set(known_keys(LogConfig)) - {"store", "preset"}
    assert log.table == layout.log.table
    if layout.cursor is not None:
        assert CursorConfig.model_validate(layout.cursor.keys).table == layout.cursor.table
    if layout.cursor is not None and layout.cursor.row_an_event is not None:
        assert InboxConfig.model_validate({"table": "inbox", **layout.cursor.row_an_event.keys}).retention is None


@LAYOUTS
def test_a_layout_names_no_column_that_it_is_not_recognised_by(layout: Layout) -> None:
    columns = {layout.log.keys.get(word) for word in ("id", "position", "stream", "version", "type", "time", "data")}
    assert columns - {None, "rowid"} <= set(layout.log.columns)
    if layout.cursor is not None:
        assert {layout.cursor.keys["position"], layout.cursor.subscription} <= set(layout.cursor.columns)


@PRESETS
@pytest.mark.parametrize("url", ["postgresql://auditor@shop/shop", "sqlite:///shop.db"])
def test_its_example_is_a_config(preset: Preset, url: str, tmp_path: Path) -> None:
    file = tmp_path / "auditor.toml"
    file.write_text(preset.example)
    config = load(file, {"SHOP_DATABASE_URL": url})
    assert {log.preset for log in config.logs.values()} == {preset.name}
    assert config.consumers


def test_the_list_has_a_line_for_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told("presets", capsys).splitlines()
    assert [line.split()[0] for line in lines] == list(presets())


@PRESETS
def test_all_that_it_says_is_told(preset: Preset, capsys: pytest.CaptureFixture[str]) -> None:
    told_of_it = told(f"presets {preset.name}", capsys)
    in_one_line = " ".join(told_of_it.split())
    for layout in preset.layouts:
        for table in (layout.log, layout.cursor):
            if table is None:
                continue
            assert f"On {layout.name}" in told_of_it
            lines = [f"{key} = {json.dumps(value)}" for key, value in table.keys.items() if key != "table"]
            assert all(line in told_of_it for line in lines)
            assert ", ".join(table.columns) in in_one_line
            assert table.table in told_of_it
        marks = {} if layout.cursor is None else layout.cursor.no_consumers
        assert all(f"no consumer: {mark} ({what})" in in_one_line for mark, what in marks.items())
    assert all(f"- {note}" in in_one_line for note in preset.notes)
    assert all(line.strip() in told_of_it for line in preset.example.splitlines())


def test_what_the_documentation_shows_is_a_config_and_a_preset(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "presets.md").read_text()
    config, preset = (dedent(block) for block in re.findall(r"^ *```toml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE))
    file = tmp_path / "auditor.toml"
    file.write_text(config)
    assert load(file, {"SHOP_DATABASE_URL": "sqlite:///shop.db"}).logs["orders"].preset == "eventsourcing"
    shown = Preset.model_validate(tomllib.loads(preset))
    assert (shown.name, shown.layouts[0].cursor is not None) == ("shopkeeper", True)


def test_a_preset_without_cursors_says_so() -> None:
    preset = presets()["eventsourcing"]
    log_alone = preset.layouts[0].model_copy(update={"cursor": None})
    assert "It keeps no cursors." in description(preset.model_copy(update={"layouts": (log_alone,)}))


def test_a_table_without_a_default_name_is_no_layout() -> None:
    layout = presets()["eventsourcing"].layouts[0].model_dump()
    del layout["log"]["keys"]["table"]
    with pytest.raises(ValidationError, match="keys lack 'table'"):
        Layout.model_validate(layout)


def test_a_pattern_without_an_application_is_no_name() -> None:
    layout = presets()["eventsourcing"].layouts[0].model_dump()
    layout["log"]["named"] = "events"
    with pytest.raises(ValidationError, match=r"must hold \{application\} once"):
        Layout.model_validate(layout)


def test_two_layouts_for_one_kind_of_store_are_refused() -> None:
    preset = presets()["eventsourcing"].model_dump()
    preset["layouts"] = [preset["layouts"][0]] * 2
    with pytest.raises(ValidationError, match="two layouts for one kind of store"):
        Preset.model_validate(preset)


def test_a_misspelt_word_in_a_preset_is_refused() -> None:
    preset = presets()["eventsourcing"].model_dump() | {"titel": "x"}
    with pytest.raises(ValidationError, match="titel"):
        Preset.model_validate(preset)
