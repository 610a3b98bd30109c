"""One examination: what is opened for it, in which order subjects are looked at, and that none costs the others.

A store that is out of reach is said once, with what is wrong, and once more for each log and consumer that needs it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from auditor.config import Config, ConsumerConfig, LogConfig, StoreConfig
from auditor.doctor import connections
from auditor.doctor.about import About
from auditor.errors import StoreError, UsageError
from auditor.observer import Observer, Silent
from auditor.redact import redact
from auditor.stores import open_catalogue, open_store
from auditor.stores.catalogue import Catalogue
from auditor.stores.interface import Store
from checks.model.diagnosis import Diagnosis, Examined, Level

PATIENCE = timedelta(seconds=5)
"""No question of an examination may take longer, whatever the config allows to an audit."""


def examine(config: Config, names: Sequence[str] = (), observer: Observer | None = None) -> Diagnosis:
    """Examine everything in a config, or exactly the named stores, logs and consumers and what they stand on.

    Raises UsageError for an unknown name; stores that fail do not raise, their lines say so.
    """
    for name in names:
        if not any(name in known for known in (config.stores, config.logs, config.consumers)):
            message = f"there is no store, log or consumer named {name!r}"
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
    _stores: dict[str, Store] = field(default_factory=dict)
    _catalogues: dict[str, Catalogue] = field(default_factory=dict)
    _out_of_reach: set[str] = field(default_factory=set)

    def lines(self, names: set[str]) -> Iterator[Examined]:
        """Every line, as it is found; ``names`` as in :func:`examine`, all if it is empty."""
        consumers = [one for one in self.config.consumers.values() if not names or one.name in names]
        read = {one.log for one in consumers}
        logs = [one for one in self.config.logs.values() if not names or one.name in names | read]
        used = {log.store for log in logs} | {consumer.store for consumer in consumers}
        for store in self.config.stores.values():
            if not names or store.name in names | used:
                yield from self._store(store)
        for log in logs:
            yield from self._log(log)
        for consumer in consumers:
            yield from self._consumer(consumer)

    def close(self) -> None:
        """Close whatever is open."""
        for store in self._stores.values():
            store.close()

    def _store(self, config: StoreConfig) -> Iterator[Examined]:
        self.observer.phase(f"{config.name}: connecting")
        patient = config.model_copy(update={"statement_timeout": min(config.statement_timeout, PATIENCE)})
        try:
            store = self._stores[config.name] = open_store(patient, self.observer)
            catalogue = self._catalogues[config.name] = open_catalogue(patient, store)
            server = catalogue.server()
        except StoreError as error:
            self._out_of_reach.add(config.name)
            yield connections.unreachable(config.name, error.message)
            return
        yield connections.reached(config.name, server)

    def _log(self, log: LogConfig) -> Iterator[Examined]:
        yield from self._cut_off("log", log.name, [log.store])

    def _consumer(self, consumer: ConsumerConfig) -> Iterator[Examined]:
        stores = [consumer.store, self.config.logs[consumer.log].store]
        yield from self._cut_off("consumer", consumer.name, stores)

    def _cut_off(self, of: str, name: str, stores: Iterable[str]) -> Iterator[Examined]:
        gone = [store for store in dict.fromkeys(stores) if store in self._out_of_reach]
        if gone:
            where = " and ".join(f"{store!r}" for store in gone)
            yield About(of, name, "connection").unknown(f"not examined: store {where} is out of reach")

    def _guarded(self, about: About, work: Callable[[], Iterable[Examined]]) -> list[Examined]:
        """The lines of one topic; what goes wrong with it is a line, too."""
        try:
            return list(work())
        except StoreError as error:
            return [about.error(error)]
        except Exception as error:
            self.observer.crash(error)
            return [about.unknown(f"the examination failed unexpectedly: {redact(f'{type(error).__name__}: {error}')}")]


def failed(lines: Iterable[Examined]) -> bool:
    """Whether one of the lines is a failure."""
    return any(line.level is Level.FAILURE for line in lines)
