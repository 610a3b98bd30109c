"""The third act: what was lost is sent again, exactly that, and is seen to arrive.

A library, two services that lost events, and a real redelivery endpoint on loopback. A plan is made, applied and
verified by what the command line calls, and held against what was lost; so is what was left out of it on purpose.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from shlex import quote

from auditor.demo.redelivery import library, services
from auditor.demo.redelivery.services import Losses

ABOUT = """\
A library's log, and two services that lost events of it. The library has an
interface that sends events again; it listens on loopback now. What follows is
what these commands say, typed beside the act's auditor.toml; checks in brief.
"""
ENDPOINT = "endpoint.py"
SABOTAGE = "DELETE FROM inbox WHERE number BETWEEN 400 AND 402"
"""Makes accounts lose three events that it had received."""


def produce(folder: Path, now: datetime) -> Losses:
    """Write the databases and the endpoint into the folder; what was done. Raises OSError and sqlite3.Error."""
    losses = services.build(folder, library.open_library(folder, now))
    (folder / ENDPOINT).write_bytes(files(__name__).joinpath(ENDPOINT).read_bytes())
    return losses


def to_try(folder: Path, config: Path) -> Sequence[str]:
    """Commands for whoever kept the act: a loss of one's own, sent again."""
    with_config, plan = f"--config {quote(str(config))}", quote(str(folder / "again.json"))
    endpoint = f"{quote(sys.executable)} {quote(str(folder / ENDPOINT))}"
    return (
        f"{endpoint}  # the library's endpoint; leave it running, and go on elsewhere",
        f"sqlite3 {quote(str(folder / 'accounts.db'))} {quote(SABOTAGE)}",
        f"auditor check {with_config}",
        f"auditor redeliver plan {with_config} -o {plan}",
        f"auditor redeliver apply {with_config} {plan} --execute --verify",
        f"auditor redeliver log {with_config}",
    )
