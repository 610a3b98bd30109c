"""``auditor config``: about the config itself."""

import typer

from auditor.cli import streams

app = typer.Typer(help="About the config: its JSON Schema.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    """About the config: its JSON Schema."""
    if context.invoked_subcommand is None:
        streams.say(context.get_help() + "\n")


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of auditor.toml, for editors."""
    import json

    from auditor.config.json_schema import schema as schema_of_config

    streams.say(json.dumps(schema_of_config(), indent=2) + "\n")
