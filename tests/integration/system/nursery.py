"""A process that starts the system's processes and kills them, as it is told on stdin, a line at a time.

Each is a process of its own, forked from here because Python and its database driver are loaded here already: the
hundreds of starts of a test would else take longer than all that they do. A killed one has no chance to say good-bye:
its end of the database connection closes, and that is all that the server learns.

Lines in: ``start NAME SEED``, ``kill NAME``, ``stop NAME``. Lines out: ``started NAME``, ``ended NAME STATUS`` (0, or
minus the signal), and whatever the programs say, each line after their name.
"""

import os
import signal
import sys
import traceback

from tests.integration.system.programs import Told, run

CRASHED = 70


def serve(url: str) -> None:
    """Obey until stdin ends, and then leave nobody behind."""
    living: dict[str, int] = {}
    try:
        for line in iter(sys.stdin.readline, ""):
            word, name, *seed = line.split()
            if word == "start":
                living[name] = _fork(name, url, *seed)
                _say(f"started {name}")
            else:
                os.kill(living[name], signal.SIGKILL if word == "kill" else signal.SIGTERM)
                _say(f"ended {name} {_status(living.pop(name))}")
    finally:
        for pid in living.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _fork(name: str, url: str, seed: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.close(0)
        run(name, url, seed, Told(lambda words: _say(f"{name} {words}")))
    except BaseException:
        traceback.print_exc()
        os._exit(CRASHED)
    os._exit(0)


def _status(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _say(line: str) -> None:
    """In one piece: several processes write to the same pipe."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    serve(sys.argv[1])
