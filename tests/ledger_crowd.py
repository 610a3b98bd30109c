"""Many processes that use one ledger at the same time: a program of its own, so that they are forked from little.

``python -m tests.ledger_crowd URL COUNT`` forks that many, lets them all go at once, and ends with 0 if each recorded
its run. ``python -m tests.ledger_crowd URL`` records run after run until it is killed, and says which ones came back.
"""

import os
import sys
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count

import sqlalchemy.dialects.postgresql.psycopg  # once, and not by each of the many

from auditor.ledger import files, open_ledger, servers
from auditor.ledger.locks import locked
from auditor.memory import ConsumerMemory, LogMemory, Memory
from auditor.result import Result
from checks.model.previous import CursorBefore
from tests.ledgers import audit, config_of, finding, run

assert sqlalchemy.dialects.postgresql.psycopg.dialect.name == "postgresql"
PATIENCE_SECONDS = 600
"""For everything that one of the many waits for: how long they all take together is the machine's affair."""
KEYS_OF_LOGS, KEYS_OF_CONSUMERS = {"orders": "key"}, {f"consumer-{number}": "key" for number in range(5)}


def result(number: int) -> Result:
    """A run of two audits that it shares with others, each with what everybody finds and something of its own."""
    names = sorted(KEYS_OF_CONSUMERS)
    shared = [names[number % 5], names[(number + number // 5) % 5 - 1], "orders"]
    audits = [audit(finding([5, 1000 + number]), name=name) for name in dict.fromkeys(shared)]
    now = datetime.now(UTC)
    return replace(run(number, *audits), started=now, finished=now)


def learnt(recorded: Result) -> Memory:
    """What that run leaves."""
    cursor = CursorBefore(position=5, since=recorded.started)
    return Memory(
        logs={"orders": LogMemory(run=recorded.run, at=recorded.started, heads={None: 5})},
        consumers={
            name: ConsumerMemory(run=recorded.run, at=recorded.started, cursors={None: cursor})
            for name in reversed(KEYS_OF_CONSUMERS)
        },
    )


def be_patient() -> None:
    """Wait for the others for as long as it takes."""
    vars(files).update(BUSY_SECONDS=PATIENCE_SECONDS, locked=partial(locked, patience=PATIENCE_SECONDS))
    milliseconds = PATIENCE_SECONDS * 1000
    vars(servers).update(CONNECT_SECONDS=PATIENCE_SECONDS, _READ_MS=milliseconds, _WRITE_MS=milliseconds)


def use(url: str, number: int) -> None:
    """What one process does: all that a run asks of a ledger."""
    ledger = open_ledger(config_of(url))
    ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
    one = result(number)
    ledger.record(one, learnt(one), KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
    ledger.close()


def crowd(url: str, size: int) -> int:
    """Fork, let go, wait. Returns how many failed."""
    gate, opener = os.pipe()
    children = []
    for number in range(size):
        child = os.fork()
        if child == 0:
            os.close(opener)
            os._exit(_go(url, number, gate))
        children.append(child)
    os.close(opener)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def _go(url: str, number: int, gate: int) -> int:
    os.read(gate, 1)  # ends when the gate's other end is closed
    try:
        use(url, number)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def without_end(url: str) -> None:
    """Record until somebody puts an end to it."""
    _say("ready")
    ledger = open_ledger(config_of(url))
    for number in count():
        one = replace(result(number), run=f"{os.getpid()}-{number}")
        ledger.record(one, learnt(one), KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
        _say(one.run)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    be_patient()
    if len(sys.argv) == 2:
        without_end(sys.argv[1])
    sys.exit(crowd(sys.argv[1], int(sys.argv[2])) > 0)
