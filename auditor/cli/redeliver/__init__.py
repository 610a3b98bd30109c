"""``auditor redeliver``: what is missing is planned, sent again, and looked for at the consumer."""

import typer

from auditor.cli import streams
from auditor.cli.check import CheckCommand
from auditor.cli.redeliver.apply import apply
from auditor.cli.redeliver.log import log
from auditor.cli.redeliver.plan import plan
from auditor.cli.redeliver.show import show
from auditor.cli.redeliver.verify import verify

app = typer.Typer(help="Targeted redelivery: plan, show, apply, verify, log.", rich_markup_mode=None)
app.command("plan")(plan)
app.command("show", cls=CheckCommand)(show)
app.command("apply", cls=CheckCommand)(apply)
app.command("verify", cls=CheckCommand)(verify)
app.command("log", cls=CheckCommand)(log)


@app.callback(invoke_without_command=True)
def redeliver(context: typer.Context) -> None:
    """Send again what is missing: exactly that, with a plan, a record, and a look whether it arrived."""
    if context.invoked_subcommand is None:
        streams.say(context.get_help() + "\n")
