"""The SQL behind each finding: statements that an engineer pastes into a client, and that show the very fault.

They say again what the audit has seen, from what it has read: nothing is asked of any store for them, and nothing in
them weighs on a verdict. A finding goes without where there is nothing to show it by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.config import Config, ConsumerConfig
from auditor.observer import Observer
from auditor.statements import consumer, derived, log, state
from auditor.statements.log_table import LogTable
from auditor.statements.shown import Shown
from auditor.statements.subscription import Subscription
from auditor.stores.interface import Store
from checks.catalogue import title_of
from checks.model.finding import Finding
from checks.model.result import Audit

MOST_FINDINGS = 200
"""Of one audit, the weightiest ones: each costs about a millisecond, and there may be one for every partition."""
MOST_CHARACTERS = 10_000
"""A longer statement, of names that are long themselves, is not pasted by anybody."""


class Sql:
    """What writes it for one run. ``consumers``: as their tables turned out to be, derived logs as followers."""

    def __init__(
        self, config: Config, consumers: Mapping[str, ConsumerConfig], stores: Mapping[str, Store], observer: Observer
    ) -> None:
        self._config, self._consumers, self._stores, self._observer = config, consumers, stores, observer

    def beside(self, audit: Audit) -> Audit:
        """The audit, with SQL in the evidence of its weightiest findings."""
        order = sorted(range(len(audit.findings)), key=lambda at: -audit.findings[at].severity.rank)
        lacking = {at for at in order[:MOST_FINDINGS] if "sql" not in audit.findings[at].evidence}
        if not lacking:
            return audit
        each = enumerate(audit.findings)
        return replace(audit, findings=tuple(self._beside(audit, one) if at in lacking else one for at, one in each))

    def _beside(self, audit: Audit, finding: Finding) -> Finding:
        """What fails here is a fault of the program, and costs nobody a finding."""
        try:
            written = list(self._written(self._shown(audit, finding)))
        except Exception as error:
            self._observer.crash(error)
            return finding
        return replace(finding, evidence={**finding.evidence, "sql": written}) if written else finding

    def _written(self, several: Iterable[Shown]) -> Iterator[dict[str, str]]:
        for shown in several:
            text = None if shown.showing is None else shown.store.statement(shown.showing)
            if text is not None and len(text) <= MOST_CHARACTERS:
                yield {"store": shown.store.name, "shows": shown.shows, "statement": text}

    def _shown(self, audit: Audit, finding: Finding) -> Iterator[Shown]:
        title = title_of(audit.of, finding.check)
        if audit.of == "consumer":
            return consumer.statements(finding, self._subscription(audit.name))
        if audit.of == "state":
            settings = self._config.states[audit.name]
            upstream = self._config.logs[settings.log]
            mirror = state.Mirror(settings, self._stores[settings.store], upstream, self._stores[upstream.store])
            return state.statements(finding, mirror)
        own = self._config.logs[audit.name]
        if title.startswith("derived/"):
            return derived.statements(finding, derived.Derivation(own, self._subscription(audit.name)))
        return log.statements(finding, LogTable(own, self._stores[own.store]), audit.findings)

    def _subscription(self, name: str) -> Subscription:
        settings = self._consumers[name]
        upstream = self._config.logs[settings.log]
        return Subscription(settings, self._stores[settings.store], upstream, self._stores[upstream.store])


def with_sql(
    audits: Sequence[Audit],
    config: Config,
    consumers: Mapping[str, ConsumerConfig],
    stores: Mapping[str, Store],
    observer: Observer,
) -> tuple[Audit, ...]:
    """The audits, with SQL in the evidence of those findings that have none yet."""
    sql = Sql(config, consumers, stores, observer)
    return tuple(sql.beside(audit) if audit.findings else audit for audit in audits)
