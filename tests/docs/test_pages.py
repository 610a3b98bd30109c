"""The pages that are made from the code are what the code says, and leave nothing out."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from auditor import errors
from auditor.cli.check import check as check_command
from auditor.config.keys import SECTIONS, SUBSECTIONS, known_keys
from auditor.exit_codes import ExitCode
from checks.catalogue import ALL
from checks.model.check import Check
from docs.generator import charts, config_page, notebook
from docs.generator.commands_page import Command, commands
from docs.generator.markdown import escaped, slug, table
from docs.generator.pages import FOLDER, PAGES
from reports import FORMATS
from reports.tables.rows import Table

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """A page from a heading to the next one of its level or above."""
    _, found, rest = page(name).partition(f"\n{heading}\n")
    assert found, f"{name} has no {heading!r}"
    level = len(heading.split(maxsplit=1)[0])
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", PAGES)
def test_it_is_what_the_code_says(name: str) -> None:
    assert page(name) == PAGES[name](), f"docs/{name} is stale: run `make docs`"


@pytest.mark.parametrize("name", charts.CHARTS)
def test_the_charts_of_the_html_report_are_what_altair_makes(name: str) -> None:
    text = (charts.FOLDER / name).read_text(encoding="utf-8")
    assert text == charts.text_of(charts.CHARTS[name]()), f"{name} is stale: run `make docs`"


def test_every_page_is_in_the_index_of_the_folder() -> None:
    pages = {file.name for file in FOLDER.glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", page("README.md"))) == pages


# ---- nothing is left out ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.title)
def test_every_check_is_there_with_all_that_it_says(check: Check[Any]) -> None:
    said = section("checks.md", f"### {check.title}")
    words = re.findall(r"\w+", check.text)
    assert re.findall(r"\w+", re.sub(r"\]\(#[\w-]*\)", "]", said)) == words
    assert f"(#{slug(check.title)})" in page("checks.md")


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command.name)
def test_every_command_is_there_with_its_help(command: Command) -> None:
    assert command.help.startswith(f"Usage: {command.name} ")
    assert section("commands.md", f"## {command.name}").strip() == f"```text\n{command.help.rstrip()}\n```"


def test_the_commands_are_those_that_the_program_lists() -> None:
    listed = section("commands.md", "## auditor").partition("Commands:\n")[2]
    names = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert names
    assert [f"auditor {name}" for name in names] == [each.name for each in commands() if each.name.count(" ") == 1]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        *((f"[{word}.NAME]", model) for word, model in SECTIONS.items()),
        *((f"[{word}.NAME.{part}]", model) for word, parts in SUBSECTIONS.items() for part, model in parts.items()),
    ],
)
def test_every_key_is_there_with_its_meaning(name: str, model: type[BaseModel]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.*) \| (.+) \|$", section("config.md", f"## `{name}`"), re.MULTILINE)
    parts = SUBSECTIONS.get(name.strip("[]").removesuffix(".NAME"), {})
    wanted = [key for key in known_keys(model) if key not in parts]
    assert [key for key, *_ in rows] == wanted


def test_every_section_of_the_schema_is_there() -> None:
    named = {f"[{word}.NAME]" for word in SECTIONS}
    named |= {f"[{word}.NAME.{part}]" for word, parts in SUBSECTIONS.items() for part in parts}
    assert {each.name for each in config_page.sections()} >= named


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_there_with_its_endings_and_a_report(name: str) -> None:
    assert "```" in section("formats.md", f"## {name}")
    [row] = re.findall(rf"^\| \[`{name}`\].*", page("formats.md"), re.MULTILINE)
    assert all(f"`{ending}`" in row for ending in FORMATS[name].endings)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_named_in_the_help(name: str) -> None:
    [help_of_check] = [each.help for each in commands() if each.name == f"auditor {check_command.__name__}"]
    [choice] = re.findall(r"--format (\S+)", help_of_check)
    assert name in choice.split("|")


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_there_with_its_meaning(code: ExitCode) -> None:
    assert table((), [(f"**{code.value}**", escaped(code.meaning))]).splitlines()[-1] in page("exit-codes.md")


def test_every_error_ends_with_a_code_that_is_documented() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert {kind.exit_code for kind in kinds if issubclass(kind, errors.AuditorError)} <= set(ExitCode)
    assert kinds


# ---- the notebook ----------------------------------------------------------------------------------------------------


def test_a_block_shows_what_it_printed_and_what_its_last_line_is_worth() -> None:
    first, second, third = (
        "```python\nprint('a')\nx = 1\nx + 1\n```\n",
        "```python\nx = 3\n```\n",
        "```python\nx\n```\n",
    )
    page = f"{first}\nand\n{second}\n{third}\n```text\nold\n```\n"
    executed = f"{first}\n```text\na\n2\n```\n\nand\n{second}\n{third}\n```text\n3\n```\n"
    assert notebook.executed(page) == executed


def test_a_block_that_does_not_run_fails_with_its_own_lines() -> None:
    with pytest.raises(notebook.CellError, match="ZeroDivisionError: division by zero, in\n1 / 0"):
        notebook.executed("```python\n1 / 0\n```\n")


def test_the_notebook_takes_every_table_there_is() -> None:
    tables = set(re.findall(r'to_pandas\("(\w+)"\)', page("pandas.md"))) | {"events"}
    assert tables == set(Table) == set(re.findall(r'^\| `"(\w+)"` \|', page("pandas.md"), re.MULTILINE))
