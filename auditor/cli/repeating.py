"""The command that comes to the same verdict again, out of the one that was typed."""

from collections.abc import Iterator
from shlex import join

import typer

KEPT = (
    "config",
    "fail_on",
    "no_confirm",
    "max_findings",
    "timeout",
    "full",
    "no_ledger",
    "no_baseline",
)
"""What bears on what a run finds and how it ends. Where its reports go, and how they look, does not."""


def command_to_repeat(context: typer.Context) -> str:
    """The command with the options of :data:`KEPT` that were typed, and with its names, quoted for a shell."""
    names = list(context.params["names"] or ())
    marked = ["--", *names] if any(name.startswith("-") for name in names) else names
    return join([*context.command_path.split(), *_options(context), *marked])


def _options(context: typer.Context) -> Iterator[str]:
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if parameter.name not in KEPT or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[parameter.name]
        for each in value if isinstance(value, list | tuple) else [value]:
            yield parameter.opts[0]
            if each is not True:
                yield str(each)
