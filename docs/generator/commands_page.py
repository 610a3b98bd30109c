"""``docs/commands.md``: every command with its help, as the program prints it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from typer.main import get_command

from auditor.cli.program import app
from docs.generator.markdown import code, document, escaped, fenced, link, sentence, slug, table

WIDTH = 100
"""Columns of the help, whatever the terminal that makes the page."""

INTRODUCTION = """\
Each command says the same with `--help`. The report of a command goes to standard output, everything else to
standard error. Without a terminal, with `--no-color` or with `NO_COLOR` set, text is plain and never cut or
wrapped. [Exit codes](exit-codes.md) and [formats](formats.md) have pages of their own, and so has [the
config](config.md)."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command by its full name, as in ``auditor config schema``, with what it says of itself."""

    name: str
    help: str

    @property
    def summary(self) -> str:
        """What it does, in its first sentence."""
        _, _, after_usage = self.help.partition("\n\n")
        return sentence(after_usage).rstrip(".")

    @property
    def ends(self) -> str:
        """What it says of its exit codes, after "Ends with"; nothing where they mean what they always mean."""
        _, _, said = self.help.partition("\n  Ends with ")
        return sentence(said).rstrip(".")


def page() -> str:
    """The whole page."""
    program, *others = commands()
    rows = ((link(code(each.name), f"#{slug(each.name)}"), escaped(each.summary)) for each in others)
    blocks = [block for each in (program, *others) for block in (f"## {each.name}", fenced(each.help))]
    return document("# Commands", INTRODUCTION, table(("command", "does"), rows), *blocks)


def commands() -> Iterator[Command]:
    """The program itself and every command of it, in the program's order."""
    return _walk(get_command(app), "auditor", None)


def _walk(command: Any, name: str, parent: Any) -> Iterator[Command]:
    """``command``: of Typer, which has no public name for the type of all commands."""
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    yield Command(context.command_path, context.get_help())
    for below, each in getattr(command, "commands", {}).items():
        yield from _walk(each, below, context)
