"""What a check will not be able to judge for want of ground in the config: what ``check`` puts into ``not_checked``.

The checks themselves are asked, with evidence that holds nothing but what the config gives. What hides losses is a
warning; the rest is said in one line, since a config need not name what does not exist.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from auditor.config import ConsumerConfig, LogConfig, StateConfig
from auditor.doctor.about import About
from auditor.doctor.uses import section
from checks.catalogue import CONSUMER, DERIVED, LOG, STATE
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence
from checks.model.derived import DerivedEvidence
from checks.model.diagnosis import Examined
from checks.model.log import LogEvidence
from checks.model.recalled import LogBefore
from checks.model.result import Window
from checks.model.settled import How, Settlement
from checks.model.state import StateEvidence

_HIDES_LOSSES = {
    "no-inbox": "name [consumers.{name}.inbox], if the consumer keeps one",
    "no-time": "name the key time of the log, if it has such a column",
    "no-start": 'say start = "first", or the first position that it should receive, in {section}',
    "no-version": "name the key version of the state, or at least changed, if it has such a column",
    "any-number": 'say per_event = "one" in {section}, if every event becomes one row',
    "no-stream": "name the keys stream and version of the log, if it has such columns",
}
_NOW = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Settlement(how=How.UNKNOWN)


def of_log(log: LogConfig) -> Iterator[Examined]:
    """What the config of a log gives no ground for."""
    has_versions = log.stream is not None and log.version is not None
    evidence = LogEvidence(
        name=log.name,
        now=_NOW,
        window=Window(),
        settlement=_NOTHING,
        holes=(),
        gaps=() if has_versions else None,
        gapless=log.gapless,
        retention=log.retention,
        has_sent=log.sent is not None,
        has_time=log.time is not None,
        before=LogBefore(run="", at=_NOW),  # that there was no run yet is no fault of the config
    )
    lacks = [(check.name, lack) for check in LOG if (lack := check.lacks(evidence)) is not None]
    yield from _lines(About("log", log.name, "checks"), section("logs", log.name), lacks)


def of_state(state: StateConfig, log: LogConfig) -> Iterator[Examined]:
    """As above."""
    evidence = StateEvidence(
        name=state.name,
        upstream=log.name,
        produced=0,
        received=0,
        excluded=0,
        differences=(),
        has_version=state.version is not None,
        has_changed=state.changed is not None,
    )
    lacks = [(check.name, lack) for check in STATE if (lack := check.lacks(evidence)) is not None]
    about = About("state", state.name, "checks")
    if state.version is None and not lacks:
        message = "silent-change and state-behind are judged by two clocks, so they are never more than unknown"
        yield about.warning(message, f"name the key version in {section('states', state.name)}, if there is one")
    if log.partition is not None:
        told = f"{log.name} counts positions per {log.partition}: a stream that is in several of them is unverifiable"
        yield about.fine(told)
    yield from _lines(about, section("states", state.name), lacks)


def of_derivation(log: LogConfig, upstream: LogConfig) -> Iterator[Examined]:
    """As above, of a derived log beside its upstream."""
    follower = ConsumerEvidence(
        name=log.name,
        upstream=upstream.name,
        now=_NOW,
        window=Window(),
        settlement=_NOTHING,
        produced=0,
        received=0,
        excluded=0,
        has_time=upstream.time is not None,
        has_streams=upstream.stream is not None,
    )
    evidence = DerivedEvidence(follower=follower, one_each=log.per_event == "one")
    lacks = [(check.name, lack) for check in DERIVED if (lack := check.lacks(evidence)) is not None]
    about = About("log", log.name, "checks")
    well = f"every check against {upstream.name} has what it needs"
    yield from _lines(about, section("logs", log.name), lacks, well)
    if log.sent is not None and log.retention is None:
        message = "an outbox may delete what was sent: of events from before what remains, nothing is known"
        yield about.fine(message, f"say in {section('logs', log.name)} for how long it keeps them, as retention")


def of_consumer(consumer: ConsumerConfig, log: LogConfig, shared: Sequence[str], *, timed: bool) -> Iterator[Examined]:
    """As above. ``shared``: what inbox and log share beyond the identity; ``timed``: receipts have a time."""
    inbox = consumer.inbox
    evidence = ConsumerEvidence(
        name=consumer.name,
        upstream=log.name,
        now=_NOW,
        window=Window(),
        settlement=_NOTHING,
        produced=0,
        received=0,
        excluded=0,
        cursors=None if consumer.cursor is None else (),
        has_inbox=inbox is not None,
        has_parked=consumer.parked is not None,
        has_done=inbox is not None and inbox.done is not None,
        has_time=log.time is not None,
        has_receipt_time=timed,
        has_receipt_order=inbox is not None and inbox.received is not None,
        has_streams=log.stream is not None,
        shared_columns=tuple(shared),
        start_declared=consumer.start is not None,
        log_retention=log.retention,
    )
    lacks = [(check.name, lack) for check in CONSUMER if (lack := check.lacks(evidence)) is not None]
    yield from _lines(About("consumer", consumer.name, "checks"), section("consumers", consumer.name), lacks)


def _lines(
    about: About, section: str, lacks: Sequence[tuple[str, Lack]], well: str = "every check has what it needs"
) -> Iterator[Examined]:
    for reason, advice in _HIDES_LOSSES.items():
        checks = [check for check, lack in lacks if lack.reason == reason]
        if checks:
            message = next(lack.message for _, lack in lacks if lack.reason == reason)
            told = advice.format(name=about.name, section=section)
            yield about.warning(f"cannot be checked: {', '.join(checks)} ({message})", told)
    others = [f"{check} ({lack.reason})" for check, lack in lacks if lack.reason not in _HIDES_LOSSES]
    if others:
        yield about.fine(f"not configured, so not checked: {', '.join(others)}")
    elif not lacks:
        yield about.fine(well)
