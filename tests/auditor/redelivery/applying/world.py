"""A shop that lacks some receipts, a plan to send what is missing, and a target that records what it is given.

The recorder writes receipts into the consumer's inbox, as a consumer would that is given its events again.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from auditor.config import Config, load
from auditor.config.targets import TargetConfig
from auditor.desk import Desk
from auditor.ledger import open_ledger
from auditor.memory import Memory
from auditor.observer import Silent
from auditor.redelivery.applying.apply import Question, apply
from auditor.redelivery.applying.terms import Terms, Watch
from auditor.redelivery.fingerprint import fingerprint
from auditor.redelivery.look import viewing
from auditor.redelivery.plan_file import write_plan
from auditor.redelivery.targets import Opening
from auditor.redelivery.targets.interface import Answer, Batch, Target
from auditor.result import Result
from checks.model.application import Application
from checks.model.event import Event
from checks.model.journal import Line
from checks.model.redelivery import Order, Outcome, Part, Plan, PlannedCursor, PlannedEvent, Step, Why
from tests.integration.shop import Row, Settings, rows, settings, sqlite_at, write_config

DAY = timedelta(days=1)
ACCEPTED = Answer(Outcome.ACCEPTED)


def said_of(folder: Path, target: dict[str, Any] | None = None, consumer: dict[str, Any] | None = None) -> Settings:
    """What auditor.toml says of a shop whose consumer is sent events by ``api``."""
    keys = {"idempotent": True, "redelivery": "api", **(consumer or {})}
    said = settings(f"sqlite:///{folder / 'shop.db'}", {"data": "type"}, keys)
    api = {"kind": "command", "command": ["send", "{consumer}"], "batch": 3}
    said["redelivery"] = {"api": {**api, **(target or {})}}
    return said


@dataclass
class Recorder:
    """A target that takes everything, unless told otherwise, and remembers it. ``delivers``: who accepts, sends."""

    inbox: Path
    answer: Callable[[int], Answer] = lambda _: ACCEPTED
    delivers: bool = True
    sends_whole: bool = False
    needs_data: bool = False
    shared: bool = False
    on_send: Callable[[Batch], None] = lambda _: None
    batches: list[Batch] = field(default_factory=list)

    def open(self, _: Opening, __: TargetConfig) -> Target:
        """As applying opens targets."""
        return self

    def prepare(self) -> None:
        """Always ready."""

    def send(self, batch: Batch) -> Sequence[Answer]:
        """Remember it, and write the receipts of what is accepted."""
        self.on_send(batch)
        self.batches.append(batch)
        answers = [self.answer(parcel.event.event.position or 0) for parcel in batch.parcels]
        if self.delivers:
            receive(
                self.inbox,
                [
                    str(parcel.event.event.id)
                    for parcel, answer in zip(batch.parcels, answers, strict=True)
                    if answer.outcome is Outcome.ACCEPTED
                ],
            )
        return answers

    def close(self) -> None:
        """Nothing to give back."""

    @property
    def sent(self) -> list[int | None]:
        """The positions that it was given, in order."""
        return [parcel.event.event.position for batch in self.batches for parcel in batch.parcels]


def receive(inbox: Path, ids: Sequence[str]) -> None:
    """The consumer gets events."""
    with closing(sqlite3.connect(inbox, timeout=30)) as connection:
        connection.executemany("INSERT INTO inbox SELECT coalesce(max(seq), 0) + 1, ? FROM inbox", [(i,) for i in ids])
        connection.commit()


@dataclass
class Case:
    """A folder with a shop of ``count`` events, of which the consumer lacks those at ``missing``."""

    folder: Path
    count: int = 12
    missing: Sequence[int] = tuple(range(2, 12))
    target: dict[str, Any] = field(default_factory=dict)
    consumer: dict[str, Any] = field(default_factory=dict)
    events: Sequence[Row] | None = None
    partitions: dict[int, str] = field(default_factory=dict)
    also_for: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the shop, the config and the plan."""
        events = rows(self.count) if self.events is None else self.events
        received = [n for n in range(len(events)) if events[n].position not in self.missing]
        with sqlite_at(self.database) as database:
            database.write(events, received)
        self.configure()
        self.record()
        self.plan = self.write_plan()

    @property
    def database(self) -> Path:
        """The shop's, which is also the consumer's."""
        return self.folder / "shop.db"

    @property
    def plan_file(self) -> Path:
        """The plan."""
        return self.folder / "plan.json"

    def configure(self, **consumer: Any) -> None:
        """Write auditor.toml, with these changes of the consumer."""
        self.config_file = write_config(self.folder, said_of(self.folder, self.target, {**self.consumer, **consumer}))

    def record(self, run: str = "run-1") -> None:
        """Keep the run that plans go by in the ledger."""
        now = datetime.now(UTC)
        with closing(open_ledger(self.config.ledger)) as ledger:
            if not ledger.knows(run, ""):  # another machine that shares it may have been here
                ledger.record(Result(run=run, started=now, finished=now, audits=()), Memory(), {}, {})

    @property
    def config(self) -> Config:
        """As it is read."""
        return load(self.config_file, {})

    def planned(self) -> list[PlannedEvent]:
        """The events of the plan."""
        events = rows(self.count) if self.events is None else self.events
        return [
            PlannedEvent(
                event=Event(
                    position=int(str(row.position)),
                    id=str(UUID(int=n)) if row.id is None else str(row.id),
                    stream=str(row.stream),
                    version=int(str(row.version)),
                    type=str(row.type),
                    partition=self.partitions.get(int(str(row.position))),
                ),
                consumer="billing",
                target="api",
                why=Why.MISSING,
                also_for=self.also_for.get(int(str(row.position)), ()),
                follows=row.position - 1 in self.missing if isinstance(row.position, int) else False,
            )
            for n, row in enumerate(events)
            if row.position in self.missing
        ]

    def write_plan(self, part: dict[str, Any] | None = None, **changes: Any) -> Plan:
        """Plan what is missing, as the database is now."""
        config, planned = self.config, self.planned()
        desk = Desk(config, Silent())
        with viewing(desk, config.consumers["billing"]) as view:
            known: dict[str, Any] = {
                "consumer": "billing",
                "log": "orders",
                "target": "api",
                "kind": config.redelivery["api"].kind,
                "fingerprint": fingerprint(config, config.redelivery["api"]),
                "heard_by": ("billing",),
                "identity": view.match.words,
                "origins": view.origins(),
                "cursors": tuple(PlannedCursor(scope=row.scope, positions=row.positions) for row in view.cursors()),
                "count": len(planned),
            }
        desk.close()
        now = datetime.now(UTC)
        said: dict[str, Any] = {
            "hash": "",
            "run": "run-1",
            "created": now,
            "expires": now + DAY,
            "order": Order.AS_IS,
            "count": 0,
            "parts": (Part(**known | (part or {})),),
        }
        return write_plan(self.plan_file, Plan(**said | changes), planned)

    def recorder(self, **changes: Any) -> Recorder:
        """A target that writes into this shop's inbox."""
        return Recorder(self.database, **changes)

    def apply(self, recorder: Recorder, watch: Watch | None = None, **terms: Any) -> Application:
        """Apply the plan for good, unless told otherwise, and agree to everything."""
        asked = replace(Terms(execute=True, user="ann", host="desk", unknown_wait=timedelta()), **terms)
        return apply(
            self.config_file, self.plan_file, asked, confirm=agree, watch=watch or Watch(), opener=recorder.open
        )

    def execute(self, statement: str, *values: object) -> None:
        """Change the shop."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            connection.execute(statement, values)
            connection.commit()

    def journal(self) -> list[Line]:
        """Every line of the ledger about the plan's events, by event and time."""
        ledger = open_ledger(self.config.ledger)
        begun = sorted(each.redelivery.number for each in ledger.redeliveries())
        lines = [line for number in begun for line in ledger.lines_of(number)]
        ledger.close()
        return lines

    def steps(self) -> dict[int | None, list[str]]:
        """What the journal says of each event."""
        found: dict[int | None, list[str]] = {}
        for line in self.journal():
            said = f"{line.step}: {line.detail}" if line.step is Step.SKIPPED else line.step.value
            found.setdefault(line.event.position, []).append(said)
        return found


def agree(_: Question) -> bool:
    """Yes to everything."""
    return True


def spelled(batches: Sequence[Batch]) -> str:
    """Batches by their positions, for messages."""
    return json.dumps([[parcel.event.event.position for parcel in batch.parcels] for batch in batches])
