"""What a whole process costs: seconds on the clock, and the most memory it ever held.

Each run is started by a Python of its own that does nothing else (this file, run as a script). A process is charged
with the memory of whoever it was forked from, and whoever builds databases and reads results is large.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


class FailedError(Exception):
    """A measured program ended in a way that leaves nothing to compare."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One command, run several times: the median of its seconds, its highest peak, and how the last run ended."""

    seconds: float
    peak_mb: float
    exit_code: int
    output: str


def measured(
    command: Sequence[str],
    *,
    folder: Path,
    runs: int,
    environment: Mapping[str, str] | None = None,
    expected: Sequence[int] = (0,),
) -> Cost:
    """Run the command that many times in a folder. FailedError, with what it said, for an unexpected exit code."""
    told = [_run_once(command, folder, {**_installed(), **(environment or {})}) for _ in range(runs)]
    exit_code, output = int(told[-1]["exit_code"]), (folder / "stdout").read_text(encoding="utf-8")
    if exit_code not in expected:
        errors = (folder / "stderr").read_text(encoding="utf-8")
        raise FailedError(f"{Path(command[0]).name} ended with {exit_code}:\n{errors or output}")
    return Cost(
        seconds=statistics.median(one["seconds"] for one in told),
        peak_mb=max(one["peak_mb"] for one in told),
        exit_code=exit_code,
        output=output,
    )


def _installed() -> dict[str, str]:
    """The environment of somebody who has installed the programs: Python compiles a module once, and not each time."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run_once(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    launcher = [sys.executable, "-I", "-S", __file__, *command]
    done = subprocess.run(launcher, cwd=folder, env=dict(environment), check=True, stdout=subprocess.PIPE)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _launch(command: Sequence[str]) -> dict[str, float]:
    with tempfile.TemporaryFile() as nothing, Path("stdout").open("wb") as out, Path("stderr").open("wb") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=nothing, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = usage.ru_maxrss * _BYTES_OF_MAXRSS / 1e6
    return {"seconds": seconds, "peak_mb": peak_mb, "exit_code": process.returncode}


if __name__ == "__main__":
    print(json.dumps(_launch(sys.argv[1:])))
