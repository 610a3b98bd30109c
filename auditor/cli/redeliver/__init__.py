"""``auditor redeliver``: what is missing is sent again."""

import typer

from auditor.cli import streams
from auditor.cli.check import CheckCommand
from auditor.cli.redeliver.log import log

app = typer.Typer(help="What is missing is sent again: the log of it.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def redeliver(context: typer.Context) -> None:
    """What is missing is sent again: the log of it."""
    if context.invoked_subcommand is None:
        streams.say(context.get_help() + "\n")


app.command("log", cls=CheckCommand)(log)
