"""The most memory that a process of its own ever held, in KB: what grows with the number of events is seen there.

On Linux the peak that a process is charged with begins with that of whoever started it, and whoever runs many tests is
large. So it is read there from what is kept for a program alone.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.auditor.cli.prepared import environment

PATIENCE = 900.0
"""Seconds after which a process will not end any more: what works on 100,000 events takes minutes on a slow machine."""
_TELLS_ITS_PEAK = """
import resource, sys
try:
    {work}
finally:
    if sys.platform == "linux":
        with open("/proc/self/status", "rb") as status:
            print(next(int(line.split()[1]) for line in status if line.startswith(b"VmHWM:")))
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def aside(function: Callable[[str, str], None], folder: Path, count: int) -> None:
    """Call ``function(folder, count)``, one of a module's, in a process of its own, and wait for its end."""
    _run(_call(function, folder, count), folder)


def peak_of(function: Callable[[str, str], None], folder: Path, count: int) -> int:
    """The same, and the peak of that process."""
    return _peak(_call(function, folder, count), folder)


def peak_of_command(folder: Path, *arguments: str) -> int:
    """The peak of the program itself, called in a folder, which has to end well."""
    return _peak("from auditor.cli import main; main()", folder, *arguments)


def _call(function: Callable[[str, str], None], folder: Path, count: int) -> str:
    name = function.__name__
    return f"from {function.__module__} import {name}; {name}({str(folder)!r}, '{count}')"


def _peak(work: str, folder: Path, *arguments: str) -> int:
    return int(_run(_TELLS_ITS_PEAK.format(work=work), folder, *arguments).splitlines()[-1])


def _run(script: str, folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment({}), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
