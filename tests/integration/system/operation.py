"""The system in operation: everything runs at once, and somebody pulls plugs.

Who is killed when is drawn from a seed; where that finds the processes is not, as in real life. What was lost is
known to the event all the same, see ``tables``.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from random import Random

from tests.auditor.cli.prepared import environment
from tests.integration.system.programs import FOLLOWERS, PROGRAMS, WRITERS
from tests.integration.system.tables import KINDS, create, lost, waiting

AT_ANY_MOMENT = 0.25
"""How often whoever is killed may have done nothing yet."""
PATIENCE = 120.0
"""Seconds after which a process that does not do what it was told has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much happens. ``between``: how often the dual writer is killed between its two transactions, at the least;
    ``each``: how often every other process is killed at some moment, at the least.
    """

    seed: int
    between: int = 45
    each: int = 12


class Operation:
    """A system at work. See :func:`operating`."""

    def __init__(self, url: str, plan: Plan, nursery: "subprocess.Popen[str]") -> None:
        """``nursery``: the process that starts and kills."""
        self.url = url
        self.kills: Counter[str] = Counter()
        self.between = 0
        self._plan = plan
        self._nursery = nursery
        self._chance = Random(plan.seed)
        self._starts: Counter[str] = Counter()
        self._at_work: set[str] = set()
        self._lines: Queue[str | None] = Queue()
        self._released = threading.Event()
        self._done = threading.Event()

    @property
    def over(self) -> bool:
        """Whether everything has ended, and everybody had the time to catch up."""
        return self._done.is_set()

    def release(self) -> None:
        """It has been watched for long enough: let it come to rest once all that was planned has happened."""
        self._released.set()

    def run(self) -> None:
        """Start everything, kill until ``release`` and the plan allow to end, and let everybody come to rest.

        The writers are stopped, the others finish first.
        """
        listener = threading.Thread(target=self._listen)
        listener.start()
        try:
            for name in PROGRAMS:
                self._start(name)
            while not self._is_enough():
                self._kill_somebody()
            for name in WRITERS:
                self._end("stop", name)
            self._let_them_finish()
            for name in FOLLOWERS:
                self._end("stop", name)
        finally:
            assert self._nursery.stdin is not None
            self._nursery.stdin.close()
            listener.join(PATIENCE)
            self._done.set()

    def _is_enough(self) -> bool:
        """As many kills as the plan says, and losses of every kind: two, as the very last change may bring an event."""
        if self.between < self._plan.between or any(self.kills[name] < self._plan.each for name in PROGRAMS):
            return False
        if not self._released.is_set():
            return False
        kinds = Counter(loss.kind for loss in lost(self.url))
        return all(kinds[kind] >= 2 for kind in KINDS)

    def _kill_somebody(self) -> None:
        """The dual writer where it stands between its transactions, or else whose turn it is, wherever it stands.

        Most are at work by then: who is killed again and again before it has done anything does never get done.
        """
        try:
            said = self._lines.get(timeout=self._chance.uniform(0.002, 0.03))
        except Empty:
            anybody = self._chance.random() < AT_ANY_MOMENT
            name = self._chance.choice([each for each in PROGRAMS if anybody or each in self._at_work] or [None])
        else:
            name = self._heard(said)
        if name is not None:
            self._end("kill", name)
            self._start(name)

    def _heard(self, said: str | None) -> str | None:
        """Who is to be killed because of what it said."""
        name, _, words = (said or "").partition(" ")
        if words == "works":
            self._at_work.add(name)
            return None
        if name != "accounts" or not words.startswith("between "):
            raise RuntimeError(f"the nursery said: {said}")
        self.between += 1
        return name

    def _start(self, name: str) -> None:
        self._starts[name] += 1
        self._tell(f"start {name} {self._plan.seed}/{name}/{self._starts[name]}")
        self._hear(f"started {name}", name)

    def _end(self, word: str, name: str) -> None:
        """RuntimeError where the process had ended by itself: its traceback is on stderr."""
        self._tell(f"{word} {name}")
        status = self._hear(f"ended {name} ", name).split()[-1]
        if status != ("-9" if word == "kill" else "0"):
            raise RuntimeError(f"{name} ended with {status}")
        self.kills[name] += word == "kill"
        self._at_work.discard(name)

    def _let_them_finish(self) -> None:
        end = time.monotonic() + PATIENCE
        while left := waiting(self.url):
            if time.monotonic() > end:
                raise TimeoutError(f"{left} events did not reach everybody")
            time.sleep(0.02)

    def _tell(self, line: str) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(f"{line}\n")
        self._nursery.stdin.flush()

    def _hear(self, start: str, name: str) -> str:
        """The answer; what the process in question said before it no longer matters."""
        kept: list[str] = []
        while not (line := self._lines.get(timeout=PATIENCE) or "").startswith(start):
            if not line:
                raise RuntimeError("the nursery has ended")
            if not line.startswith(f"{name} "):
                kept.append(line)
        for other in kept:
            self._lines.put(other)
        return line

    def _listen(self) -> None:
        assert self._nursery.stdout is not None
        for line in self._nursery.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@contextmanager
def operating(url: str, plan: Plan) -> Iterator[Operation]:
    """Run the system in an empty database while the body runs: audit until ``over``. Leaving waits for it."""
    create(url)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.system.nursery", url],
        env=environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        operation = Operation(url, plan, nursery)
        failures: list[BaseException] = []
        thread = threading.Thread(target=_run, args=(operation, failures))
        thread.start()
        try:
            yield operation
        finally:
            operation.release()
            thread.join()
    for failure in failures:
        raise failure


def _run(operation: Operation, failures: list[BaseException]) -> None:
    try:
        operation.run()
    except BaseException as failure:
        failures.append(failure)
