"""Processes that apply a plan, begun so quickly that hundreds of them can be killed.

One process imports everything and then forks for each plan, so that a new one begins with its first look at the plan.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import auditor.redelivery.targets.http.target
import auditor.stores.sqlite  # noqa: F401 (both before the first fork, so that no child has to)
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from tests.auditor.cli.prepared import environment

_START = "from tests.integration.appliers import fork_for_each_line; fork_for_each_line()"
DONE, UNFINISHED, FAILED = 0, 3, 4
"""How a process ends by itself."""


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after the producer's file has so many rows of the shop that is applied."""

    file: Path
    rows: int
    pause: float

    def has_come(self, shop: str) -> bool:
        """Whether the producer has written down as many as that."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM sent WHERE folder = ?", (shop,)).fetchone()
        return int(rows) >= self.rows


@dataclass(frozen=True)
class Appliers:
    """Forks a process for each plan."""

    process: "subprocess.Popen[str]"

    def apply(self, folder: Path, killed: Moment | None = None) -> int:
        """Apply the plan of a folder; killed at a moment, if it still runs then. Returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        moment = [str(killed.file), killed.rows, killed.pause] if killed else None
        self.process.stdin.write(f"{json.dumps([str(folder), moment])}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def appliers() -> Iterator[Appliers]:
    """Ready to apply."""
    with subprocess.Popen(
        [sys.executable, "-c", _START],
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Appliers(process)
        finally:
            process.kill()


def fork_for_each_line() -> None:
    """A line names a folder, and when whoever applies its plan is killed; the answer is how that one ended."""
    for line in sys.stdin:
        name, moment = json.loads(line)
        folder = Path(name)
        pid = os.fork()
        if pid == 0:
            os._exit(_apply(folder))
        status = _killed(pid, folder.name, Moment(Path(moment[0]), *moment[1:])) if moment else os.waitpid(pid, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 (for whoever started it)


def _killed(pid: int, shop: str, moment: Moment) -> int:
    """The status of a process that was killed, or that ended before its moment came."""
    while not moment.has_come(shop):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.0005)
    time.sleep(moment.pause)
    os.kill(pid, signal.SIGKILL)  # where it has ended, it is not waited for yet, so nobody else has its number
    return os.waitpid(pid, 0)[1]


def _apply(folder: Path) -> int:
    terms = Terms(execute=True, unknown_wait=timedelta(), lock_wait=timedelta(seconds=30))
    try:
        done = apply(folder / "auditor.toml", folder / "plan.json", terms, confirm=lambda _: True)
    except BaseException:
        sys.stderr.write(traceback.format_exc())
        return FAILED
    if done.stopped is not None:
        sys.stderr.write(f"{done.stopped}\n")
        return FAILED
    return UNFINISHED if done.total("left") else DONE
