"""``auditor demo``: a shop, a bank and a library with known faults, audited as anybody's would be.

It shows a stranger in seconds what the auditor says, and it proves a little: what was injected is held against what
was found, place by place. It does not show how an audit fares on a live system, where writers and readers are at
work; everything here stands still.
"""

import shlex
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from auditor.audit import run
from auditor.config import load
from auditor.config.reading import FILE_NAME
from auditor.demo import agreement, consumers, pipeline, redelivery
from auditor.demo.faults import Fault
from auditor.demo.producer import produce
from auditor.demo.redelivery.reckoning import reckon
from auditor.demo.redelivery.services import Losses
from auditor.demo.redelivery.steps import Steps
from auditor.errors import AuditorError, UsageError
from auditor.tracing import trace
from reports import Appearance, render
from reports import trace as traces
from reports.page import Page
from reports.visible import visible

Done = TypeVar("Done")

SABOTAGE = "DELETE FROM journal WHERE entry BETWEEN 100 AND 102"
"""Makes the healthy consumer, accounting, lose three events that its cursor has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where an act is played: its folder, which may be gone afterwards, and to whom.

    ``config``: what the reader may call the config, ``None``: there will be none. ``say`` takes text with its newlines.
    """

    folder: Path
    config: Path | None
    say: Callable[[str], None]
    appearance: Appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A set-up that is built, audited and held against what was done to it.

    ``folder``: where, below the demo's. ``play`` says all of it, and returns whether injected and found agree.
    """

    title: str
    about: str
    folder: str
    play: Callable[[Stage], bool]


def acts() -> tuple[Act, ...]:
    """All that the demo shows, in order."""
    return (
        Act(
            title="act 1: a log and its consumers",
            about="A web shop writes what happens to a log, and five services follow it.",
            folder="",
            play=partial(_audited, build, whom="the shop"),
        ),
        Act(
            title="act 2: every hop of an event's way",
            about=pipeline.ABOUT,
            folder="bank",
            play=partial(_audited, build_pipeline, whom="the bank and its readers", traced=pipeline.TRACED),
        ),
        Act(title="act 3: sent again", about=redelivery.ABOUT, folder="library", play=_sent_again),
    )


def run_demo(keep: Path | None, *, say: Callable[[str], None], appearance: Appearance) -> bool:
    """Build, audit, and hold what was found against what was injected; whether the two agree in every act.

    ``keep``: a folder for the databases and the configs, made if need be; ``None``: a temporary one. ``say`` takes text
    with its newlines. Raises UsageError where ``keep`` cannot be used, AuditorError where building fails.
    """
    agreed = []
    with _folder(keep) as folder:
        for number, act in enumerate(acts()):
            say("\n\n" if number else "")
            say(_curtain(act, appearance))
            config = None if keep is None else keep / act.folder / FILE_NAME
            agreed.append(act.play(Stage(folder=folder / act.folder, config=config, say=say, appearance=appearance)))
    say(_farewell(keep))
    return all(agreed)


def _audited(
    build: Callable[[Path], tuple[Fault, ...]], stage: Stage, *, whom: str, traced: Sequence[str] = ()
) -> bool:
    """One audit of all there is. ``traced``: events to be followed at the end, as ``auditor trace`` takes them."""
    faults = build(stage.folder)
    result = run(stage.folder / FILE_NAME)
    config = None if stage.config is None else str(stage.config)
    stage.say("\n")
    stage.say(render(result, "terminal", replace(stage.appearance, config=config)))
    lines = agreement.compare(faults, result)
    tables = (agreement.compare_hops(faults, result),) if any(fault.hop for fault in faults) else ()
    stage.say(agreement.render(lines, stage.appearance, whom=whom, tables=tables))
    for event in traced:
        stage.say(_traced(stage.folder / FILE_NAME, event, stage.appearance))
    return agreement.agree(lines, tables)


def _sent_again(stage: Stage) -> bool:
    """Losses are found, sent again by a real endpoint, and looked for."""
    losses = build_redelivery(stage.folder)
    lines, table = reckon(losses, Steps(stage.folder, stage.say, stage.appearance).take())
    stage.say(agreement.render(lines, stage.appearance, whom="the library's services", tables=(table,)))
    return agreement.agree(lines, (table,))


def _curtain(act: Act, appearance: Appearance) -> str:
    page = Page(appearance.width)
    page.line(f"==== {act.title} ====", style="bold")
    page.line()
    for line in act.about.splitlines():
        page.line(line)
    return page.text()


def build(folder: Path) -> tuple[Fault, ...]:
    """Write the shop's databases and the config into an empty folder; what was done to them.

    Raises AuditorError where it cannot be done.
    """

    def write() -> tuple[Fault, ...]:
        events, faults = produce(folder, datetime.now(UTC))
        return (*faults, *(fault for consumer in consumers.ALL for fault in consumer(folder, events)))

    return _built(folder, __name__, write)


def build_pipeline(folder: Path) -> tuple[Fault, ...]:
    """Make the folder, with the databases and the config of the second act; as :func:`build` does the first's."""

    def write() -> tuple[Fault, ...]:
        folder.mkdir(exist_ok=True)
        return pipeline.produce(folder, datetime.now(UTC))

    return _built(folder, pipeline.__name__, write)


def build_redelivery(folder: Path) -> Losses:
    """Make the folder, with the databases, the endpoint and the config of the third act."""

    def write() -> Losses:
        folder.mkdir(exist_ok=True)
        return redelivery.produce(folder, datetime.now(UTC))

    return _built(folder, redelivery.__name__, write)


def _built(folder: Path, package: str, write: Callable[[], Done]) -> Done:
    try:
        done = write()
        (folder / FILE_NAME).write_bytes(files(package).joinpath(FILE_NAME).read_bytes())
    except (OSError, sqlite3.Error) as error:
        message = f"cannot build the demo in {str(folder)!r}: {error}"
        raise AuditorError(message) from error
    return done


def _traced(config: Path, event: str, appearance: Appearance) -> str:
    page = Page(appearance.width)
    page.heading(f"one of the lost events on its way: auditor trace {event}")
    return page.text() + traces.render(trace(load(config), event), "terminal", appearance)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="auditor-demo-") as name:
            yield Path(name)
        return
    try:
        if keep.exists() and not keep.is_dir():
            raise UsageError(f"--keep {str(keep)!r} is no folder")
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise UsageError(f"--keep {str(keep)!r} is not empty (name a new folder: nothing is overwritten)")
    except OSError as error:
        raise UsageError(f"--keep {str(keep)!r}: {(error.strerror or str(error)).lower()}") from error
    yield keep


def _farewell(keep: Path | None) -> str:
    """What to try next, in commands that a shell takes as they are."""
    if keep is None:
        return "\nthe databases are gone again; to try the commands above on them: auditor demo --keep DIR\n"
    config, accounting = shlex.quote(str(keep / FILE_NAME)), shlex.quote(str(keep / "accounting.db"))
    bank = shlex.quote(str(keep / "bank" / FILE_NAME))
    commands = (
        f"auditor check --config {config}",
        f"auditor check --config {config} --format json billing",
        "auditor explain consumer/missing",
        f"sqlite3 {accounting} {shlex.quote(SABOTAGE)}",
        f"auditor check --config {config} accounting",
        f"auditor check --config {bank} accounts bookings",
        f"auditor graph --config {bank}",
        f"auditor trace --config {bank} {pipeline.TRACED[0]}",
        f"auditor cutover --config {bank} statements --to bookings-v2",
    )
    sent_again = redelivery.to_try(keep / "library", keep / "library" / FILE_NAME)
    lines = (
        "",
        f"kept in {keep}, with a config to read for each act; to try",
        *(f"  {command}" for command in commands),
        "",
        "to lose some events yourself, and have them sent again",
        *(f"  {command}" for command in sent_again),
    )
    return "".join(f"{visible(line)}\n" for line in lines)
