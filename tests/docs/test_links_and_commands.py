"""What people read leads somewhere, and what they are told to type works."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from auditor.cli.program import app
from docs.generator.markdown import slug

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    text = text_of(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {slug(heading) for heading in headings} | set(re.findall(r'<a id="([^"]+)">', text))


@every_page
def test_every_link_leads_to_a_file_and_a_place_in_it(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    broken = [link for link in links if not link.startswith("https://") and not _leads_somewhere(page, link)]
    assert broken == []


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, place = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not place or place in anchors(target))


def test_the_anchors_are_those_of_github() -> None:
    assert slug("Exit codes") == "exit-codes"
    assert slug("consumer/cursor-ahead") == "consumercursor-ahead"
    assert slug("`[consumers.NAME.cursor]`") == "consumersnamecursor"
    assert slug("`--fail-on` and `--exit-zero`") == "--fail-on-and---exit-zero"


# ---- commands --------------------------------------------------------------------------------------------------------


def typed(page: Path) -> Iterator[str]:
    """What a page tells its readers to type: lines of shell blocks, and commands in the midst of text.

    A command that is the text of a link is only named there.
    """
    text = page.read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language in ("", "console", "sh"):
            yield from re.findall(r"^(?:\$ )?((?:auditor|make) .*)$", block, re.MULTILINE)
    yield from re.findall(r"(?<!\[)`((?:auditor|make) [a-z-][^`]*)`", text_of(page))


def words(line: str) -> list[str]:
    """The line as the shell would split it, up to where another command, a redirection or a comment begins."""
    split = shlex.shlex(line, posix=True, punctuation_chars=True)
    split.whitespace_split = True
    split.commenters = "#"
    found = []
    for word in split:
        if set(word) <= set("|&;<>()"):
            break
        found.append(word)
    return found


COMMANDS = [(page.relative_to(ROOT), line) for page in PAGES for line in typed(page)]


def test_the_readme_shows_commands() -> None:
    readme = {line.split()[1] for page, line in COMMANDS if str(page) == "README.md"}
    assert readme >= {"check", "explain", "demo", "config"}


def commands_of(program: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("page", "line"), [each for each in COMMANDS if each[1].startswith(f"{program} ")])


@commands_of("auditor")
def test_the_program_takes_it(page: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # --no-color sets it for the process
    with suppress(typer.Exit):  # --help and --version end here
        parse(get_command(app), "auditor", words(line)[1:], None)


def parse(command: Any, name: str, arguments: list[str], parent: Any) -> None:
    """Go by the words as the program would, as far as to the command, and do not run it."""
    context = command.make_context(name, arguments, parent=parent)
    if left := [*context._protected_args, *context.args]:
        below, command_below, arguments_below = command.resolve_command(context, left)
        parse(command_below, below, arguments_below, context)


@pytest.mark.parametrize(
    "line", ["auditor chek", "auditor check --fromat json", "auditor config shema", "auditor explain a b"]
)
def test_the_program_would_not_take_a_mistake(line: str) -> None:
    with pytest.raises(typer.TyperException):
        parse(get_command(app), "auditor", words(line)[1:], None)


@commands_of("make")
def test_make_knows_it(page: Path, line: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    wanted = [word for word in words(line)[1:] if "=" not in word]
    assert set(wanted) <= set(targets)
