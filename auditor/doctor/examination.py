"""One examination: what is opened for it, in which order subjects are looked at, and that none costs the others.

A store that is out of reach is said once, with what is wrong, and once more for each log, state or consumer on it.
Where the tables or columns of a subject are not as configured, nothing else about it is looked at: it would only fail
for the same reason. The ledger is looked at whatever is named, since every audit uses it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from auditor.config import Config, ConsumerConfig, LogConfig, StateConfig, StoreConfig
from auditor.desk import Desk
from auditor.doctor import connections, consumers, derivations, ledger, logs, servers, states
from auditor.doctor.about import About, failed, guarded
from auditor.doctor.opened import Opened
from auditor.errors import StoreError, UsageError
from auditor.gather.derived.follower import follower
from auditor.observer import Observer, Silent
from auditor.stores import open_catalogue, open_store
from auditor.stores.catalogue import Server
from checks.model.diagnosis import Diagnosis, Examined, Level
from checks.wording import counted

if TYPE_CHECKING:
    from auditor.config.targets import TargetConfig

PATIENCE = timedelta(seconds=5)
"""No question of an examination may take longer, whatever the config allows to an audit."""


def examine(config: Config, names: Sequence[str] = (), observer: Observer | None = None) -> Diagnosis:
    """Examine everything in a config, or exactly the named stores, logs, states and consumers and what they stand on.

    Raises UsageError for an unknown name; stores that fail do not raise, their lines say so.
    """
    for name in names:
        if not any(name in known for known in (config.stores, config.logs, config.states, config.consumers)):
            message = f"there is no store, log, state or consumer named {name!r}"
            raise UsageError(message)
    examination = Examination(config, observer or Silent())
    with ExitStack() as stack:
        stack.callback(examination.close)
        return Diagnosis(lines=tuple(examination.lines(set(names))))


@dataclass
class Examination:
    """An examination on its way. ``now`` is this machine's clock, ``sleep`` waits for seconds."""

    config: Config
    observer: Observer
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    _opened: dict[str, Opened] = field(default_factory=dict)
    _clocks: dict[str, servers.Difference] = field(default_factory=dict)
    _remembers: bool = True

    def lines(self, names: set[str]) -> Iterator[Examined]:
        """Every line, as it is found; ``names`` as in :func:`examine`, all if it is empty."""
        wanted = [one for one in self.config.consumers.values() if not names or one.name in names]
        mirrors = [one for one in self.config.states.values() if not names or one.name in names]
        read = names | {consumer.log for consumer in wanted} | {state.log for state in mirrors}
        read |= {log.derived_from for log in self.config.logs.values() if log.derived_from and log.name in read}
        logs_read = [log for log in self.config.logs.values() if not names or log.name in read]
        used = {log.store for log in logs_read} | {one.store for one in wanted} | {one.store for one in mirrors}
        used_by = _users(wanted)
        used |= _stores_of(self.config.redelivery[name] for name in used_by)
        yield from self._config(used)
        yield from self._ledger()
        for store in self.config.stores.values():
            if not names or store.name in names | used:
                yield from self._store(store)
        for log in logs_read:
            yield from self._log(log)
        for state in mirrors:
            yield from self._state(state)
        for consumer in wanted:
            yield from self._consumer(consumer)
        for name, users in used_by.items():
            yield from self._redelivery(self.config.redelivery[name], users)

    def close(self) -> None:
        """Close whatever is open."""
        for opened in self._opened.values():
            opened.store.close()

    def _config(self, used: set[str]) -> Iterator[Examined]:
        config = self.config
        about = About("config", "auditor.toml" if config.path is None else str(config.path), "config")
        parts = [counted(len(config.stores), "store"), counted(len(config.logs), "log")]
        parts += [counted(len(config.states), "state")] if config.states else []
        yield about.fine(f"{', '.join([*parts, counted(len(config.consumers), 'consumer')])}")
        if not config.logs:
            yield about.warning("it names no log, so there is nothing to audit", "name one as [logs.NAME]")
        everything = {*(log.store for log in config.logs.values()), *(c.store for c in config.consumers.values())}
        everything |= {state.store for state in config.states.values()}
        everything |= _stores_of(config.redelivery.values())
        for name in config.stores:
            if name not in everything:
                yield about.warning(f"store {name!r} is used by no log, state or consumer", f"remove [stores.{name}]")
        for name in sorted(set(config.redelivery) - set(_users(config.consumers.values()))):
            advice = f'say redelivery = "{name}" in [consumers.NAME], or remove [redelivery.{name}]'
            yield about.warning(f"target {name!r} is used by no consumer", advice)

    def _ledger(self) -> list[Examined]:
        self.observer.phase("ledger: examining")
        lines = self._guard(
            About("ledger", "ledger", "ledger"), lambda about: ledger.examine(about, self.config.ledger, self.now())
        )
        self._remembers = all(line.level is Level.FINE for line in lines)
        return lines

    def _store(self, config: StoreConfig) -> Iterator[Examined]:
        self.observer.phase(f"{config.name}: connecting")
        patient = _patient(config)
        try:
            store = open_store(patient, self.observer)
            opened = Opened(store, open_catalogue(patient, store))
            server = opened.catalogue.server()
        except StoreError as error:
            yield connections.unreachable(config.name, error.message)
            return
        self._opened[config.name] = opened
        yield connections.reached(config.name, server)
        if server.role is not None:
            yield from self._server(config.name, opened, server)

    def _server(self, name: str, opened: Opened, server: Server) -> Iterator[Examined]:
        yield servers.role(About("store", name, "role"), server)
        yield from self._guard(About("store", name, "standby"), lambda about: [self._standby(about, opened)])
        yield from self._guard(About("store", name, "clock"), lambda about: [self._clock(about, name, opened)])

    def _standby(self, about: About, opened: Opened) -> Examined:
        is_standby = opened.store.is_standby()
        behind = opened.store.behind(self.sleep) if is_standby else None
        return servers.standby(about, is_standby=is_standby, behind=behind)

    def _clock(self, about: About, name: str, opened: Opened) -> Examined:
        self._clocks[name] = servers.difference(opened.catalogue, self.now)
        return servers.clock(about, self._clocks[name])

    def _log(self, log: LogConfig) -> Iterator[Examined]:
        lost = self._cut_off("log", log.name, [log.store])
        if lost is not None:
            yield lost
            return
        self.observer.phase(f"{log.name}: examining")
        readers = [consumer for consumer in self.config.consumers.values() if consumer.log == log.name]
        readers += [follower(each, log) for each in self.config.logs.values() if each.derived_from == log.name]
        lines = list(logs.examine(log, readers, self._opened[log.store], self._guard))
        yield from lines
        if log.derived_from is not None and not failed(lines):
            yield from self._derivation(log, self.config.logs[log.derived_from])

    def _derivation(self, log: LogConfig, upstream: LogConfig) -> Iterator[Examined]:
        lost = self._cut_off("log", log.name, [upstream.store])
        if lost is not None:
            yield lost
            return
        opened = (self._opened[upstream.store], self._opened[log.store])
        yield from derivations.examine(log, upstream, *opened, self._guard)

    def _state(self, state: StateConfig) -> Iterator[Examined]:
        log = self.config.logs[state.log]
        lost = self._cut_off("state", state.name, [state.store, log.store])
        if lost is not None:
            yield lost
            return
        self.observer.phase(f"{state.name}: examining")
        opened = (self._opened[log.store], self._opened[state.store])
        yield from states.examine(state, log, *opened, self._guard)

    def _consumer(self, consumer: ConsumerConfig) -> Iterator[Examined]:
        log = self.config.logs[consumer.log]
        lost = self._cut_off("consumer", consumer.name, [consumer.store, log.store])
        if lost is not None:
            yield lost
            return
        self.observer.phase(f"{consumer.name}: examining")
        yield from self._against_its_logs_clock(consumer, log)
        opened = (self._opened[log.store], self._opened[consumer.store])
        yield from consumers.examine(consumer, log, *opened, self._guard)

    def _redelivery(self, target: "TargetConfig", users: Sequence[ConsumerConfig]) -> Iterator[Examined]:
        from auditor.doctor import redelivery  # noqa: PLC0415 (most configs have no target)

        stores = {*_stores_of([target]), *(user.store for user in users)}
        lost = self._cut_off("redelivery", target.name, sorted(stores | {self.config.logs[u.log].store for u in users}))
        if lost is not None:
            yield lost
            return
        self.observer.phase(f"{target.name}: examining")
        post = redelivery.Post(target, users, self._remembers)
        desk = Desk(
            self._patient(), self.observer, sleep=lambda _: None
        )  # a consumer that runs is no fault of a target
        try:
            yield from self._guard(
                About("redelivery", target.name, "redelivery"), lambda _: redelivery.examine(post, desk)
            )
        finally:
            desk.close()

    def _patient(self) -> Config:
        """The config, with less time for each question."""
        stores = {name: _patient(store) for name, store in self.config.stores.items()}
        return self.config.model_copy(update={"stores": stores})

    def _against_its_logs_clock(self, consumer: ConsumerConfig, log: LogConfig) -> Iterator[Examined]:
        here, there = self._clocks.get(consumer.store), self._clocks.get(log.store)
        if here is not None and there is not None:
            line = servers.clocks(About("consumer", consumer.name, "clock"), log.store, here - there)
            yield from () if line is None else (line,)

    def _cut_off(self, of: str, name: str, stores: Iterable[str]) -> Examined | None:
        gone = [store for store in dict.fromkeys(stores) if store not in self._opened]
        if not gone:
            return None
        where = " and ".join(f"{store!r}" for store in gone)
        return About(of, name, "connection").unknown(f"not examined: store {where} is out of reach")

    def _guard(self, about: About, work: Callable[[About], Iterable[Examined]]) -> list[Examined]:
        return guarded(about, work, self.observer)


def _patient(store: StoreConfig) -> StoreConfig:
    return store.model_copy(update={"statement_timeout": min(store.statement_timeout, PATIENCE)})


def _users(consumers: Iterable[ConsumerConfig]) -> dict[str, list[ConsumerConfig]]:
    """Who is sent events by each target, in the order of the consumers."""
    users: dict[str, list[ConsumerConfig]] = {}
    for consumer in consumers:
        if consumer.redelivery is not None:
            users.setdefault(consumer.redelivery, []).append(consumer)
    return users


def _stores_of(targets: "Iterable[TargetConfig]") -> set[str]:
    """The stores that targets name for themselves: those of their logs and consumers are others' business."""
    return {store for target in targets if isinstance(store := getattr(target, "store", None), str)}
