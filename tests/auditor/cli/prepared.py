"""The program with the audit's outcome prepared: what is tested is what the CLI makes of it.

The audit itself is tested elsewhere, against databases. Here its ``run`` is replaced by one that returns, raises or
does what ``behaviour`` says. What makes a process, real streams and signals, is tested on processes; all else is called
within that of the tests, for the start of a Python takes longer than what most tests look at.
"""

import gc
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from auditor.observer import Observer
from checks.model.result import Result
from tests.reports import samples

ROOT = Path(__file__).parents[3]

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.secret]
url = "postgresql://u:sturgeon77@localhost/db"

[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"

[consumers.billing]
log = "orders"
store = "shop"
[consumers.billing.cursor]
table = "cursors"
position = "last_position"
"""


PATIENCE = 120.0
"""Seconds after which a process will not end any more, however slow the machine is."""

_ACTING = frozenset({"NO_COLOR", "AUDITOR_CONFIG", "GITHUB_STEP_SUMMARY"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the program ended."""

    code: int
    stdout: str
    stderr: str


def auditor(*arguments: str, behaviour: str = "consistent", env: Mapping[str, str] | None = None) -> Outcome:
    """Call the program with a prepared audit. ``env``: changes of the environment."""
    with patch("auditor.audit.run", _BEHAVIOURS[behaviour]):
        return called(*arguments, env=env)


def called(*arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> Outcome:
    """Call the program as it is within this process, which stays as it was. ``folder``: where, if not here."""
    from auditor.cli.program import run  # noqa: PLC0415 (what starts a process looks at what is imported there)

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace") for _ in range(2))
    usual = gc.get_threshold()
    try:
        with (
            patch.dict(os.environ, environment(env or {}), clear=True),
            chdir(folder or Path.cwd()),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = copy_context().run(run, arguments)
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
    return Outcome(int(code), _read(out), _read(err))


def _read(written: io.TextIOWrapper) -> str:
    """As it is read from a process: whatever ends a line is a newline."""
    written.flush()
    written.seek(0)
    return written.read()


def process(*arguments: str, behaviour: str = "consistent", **options: Any) -> Outcome:
    """Run the program to its end, as a process of its own. ``options`` are those of ``subprocess.run``."""
    options.setdefault("stdout", subprocess.PIPE)
    options["env"] = environment(options.get("env", {}))
    done = subprocess.run(
        program(*arguments, behaviour=behaviour), stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE,
        **options,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout or "", done.stderr)


def program(*arguments: str, behaviour: str = "consistent") -> list[str]:
    """The command line of the program with a prepared audit."""
    prelude = f"from tests.auditor.cli.prepared import prepare; prepare({behaviour!r})"
    return [sys.executable, "-c", f"{prelude}\nfrom auditor.cli import main\nmain()", *arguments]


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would colour or configure the program, or have it write more, plus ``changes``."""
    inherited = {name: value for name, value in os.environ.items() if name not in _ACTING}
    return {**inherited, "PYTHONPATH": str(ROOT), **changes}


def prepare(behaviour: str) -> None:
    """Put a prepared audit in the place of the real one."""
    module = ModuleType("auditor.audit")
    vars(module)["run"] = _BEHAVIOURS[behaviour]
    sys.modules["auditor.audit"] = module


def _returning(result: Result) -> Callable[..., Result]:
    def run(*_: object, **__: object) -> Result:
        return result

    return run


def _telling(
    _: object, *, names: tuple[str, ...], confirm: bool, max_findings: int | None, observer: Observer, **others: object
) -> Result:
    told = f"names={names} confirm={confirm} max_findings={max_findings}"
    usual = {"timeout": None, "ledger": True, "full": False, "baseline": True}
    more = "".join(f" {name}={value}" for name, value in others.items() if usual.get(name) != value)
    return replace(samples.CONSISTENT, run=told + more)


def _watched(_: object, *, observer: Observer, **__: object) -> Result:
    observer.phase("[red]orders: reading the log")
    observer.progress(1, 2)
    observer.statement("shop", "SELECT *\nFROM events WHERE a = :a", {"a": "\x1b[2J sturgeon77"})
    observer.progress(2, None)
    return samples.CONSISTENT


def _waiting(_: object, *, observer: Observer, **__: object) -> Result:
    """Goes on for as long as nobody ends it, or types something."""
    observer.looked(2, 7)
    observer.phase("billing: comparing with orders")
    observer.progress(500_000, 1_000_000)
    sys.stdin.readline()
    observer.phase("billing: looking again")
    sys.stdin.readline()
    return samples.CONSISTENT


def _crashing(*_: object, **__: object) -> Result:
    raise ZeroDivisionError("with\nsturgeon77 and \x1b[2J in it")


def _half_crashed(_: object, *, observer: Observer, **__: object) -> Result:
    observer.crash(KeyError("sturgeon77"))
    return samples.UNDECIDED


def _interrupted(*_: object, **__: object) -> Result:
    os.kill(os.getpid(), signal.SIGINT)
    return samples.INCONSISTENT


def _terminated(*_: object, **__: object) -> Result:
    os.kill(os.getpid(), signal.SIGTERM)
    return samples.INCONSISTENT


def _terminated_twice(*_: object, **__: object) -> Result:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        sys.stderr.write("cleared up\n")
    return samples.INCONSISTENT


_BEHAVIOURS: dict[str, Callable[..., Result]] = {
    **{name: _returning(result) for name, result in samples.ALL.items()},
    "telling": _telling,
    "watched": _watched,
    "waiting": _waiting,
    "crashing": _crashing,
    "half crashed": _half_crashed,
    "interrupted": _interrupted,
    "terminated": _terminated,
    "terminated twice": _terminated_twice,
}
