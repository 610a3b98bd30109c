"""Processes that apply a plan, begun so quickly that hundreds of them can be killed.

One process imports everything and then forks for each plan, so that a new one begins with its first look at the plan.
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
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
class Appliers:
    """Forks a process for each plan."""

    process: "subprocess.Popen[str]"

    def apply(self, folder: Path, kill_after: float | None = None) -> int:
        """Apply the plan of a folder; killed after so many seconds, if it still runs. Returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(pid, signal.SIGKILL)  # where it has ended, it is not waited for yet, so nobody else has its number
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        else:
            self.process.stdin.write("\n")
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
    """A line names a folder; the next one says that the process may be waited for."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_apply(Path(line.rstrip("\n"))))
        print(pid, flush=True)  # noqa: T201 (for whoever started it)
        sys.stdin.readline()
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 (likewise)


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
