"""``auditor doctor``: whether audits can work as configured, and what to do where they cannot."""

from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs, ShowSql
from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.config import Config

_UNDECIDED = 3


def doctor(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Stores, logs, states and consumers to examine; all if none is named."),
    ] = None,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Whether audits can work as configured: connections, rights, tables, indexes, clocks. And what to do.

    Ends with 0 nothing failed, 2 usage or config, 3 something failed or could not be looked at, 130 interrupted.
    """
    from auditor.cli.check import typed_outputs
    from auditor.cli.outputs import pair_outputs, refuse_unwritable
    from auditor.cli.watching import watching
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.diagnosis import FORMATS, render

    destinations = pair_outputs(typed_outputs(context), FORMATS)
    for destination in destinations:
        if destination.path is not None:
            refuse_unwritable(destination.path)
    loaded = load(config)
    wanted = _known(names or (), loaded)

    from auditor.doctor import examine

    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        diagnosis = examine(loaded, wanted, observer)
    with_config = None if config is None else str(config)
    written = write_reports(destinations, lambda name, look: render(diagnosis, name, look), with_config)
    return 0 if written and diagnosis.decided else _UNDECIDED


def _known(names: list[str] | tuple[str, ...], config: "Config") -> tuple[str, ...]:
    """The names, each once. UsageError: the config has nothing of that name."""
    from auditor.config.problems import quoted, suggestion

    known = [*config.stores, *config.logs, *config.states, *config.consumers]
    for name in names:
        if name not in known:
            near = suggestion(name, known, listed=True)
            message = f"the config has no store, log, state or consumer called {quoted(name)}{near}"
            raise UsageError(message)
    return tuple(dict.fromkeys(names))
