"""For whom a plan is made, by which target, and who hears it: all that the config alone can say, or refuse.

Sending again what somebody has already can do more harm than what is missing, so everybody who hears a target must be
declared to take an event twice, or somebody must answer for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config import Config, ConsumerConfig
from auditor.config.problems import quoted, suggestion
from auditor.config.targets import AnyTargetConfig, CommandTargetConfig, HttpTargetConfig
from auditor.errors import UsageError
from auditor.redelivery.targets.templates import placeholders
from checks.wording import listed

_CONSUMER = "consumer"
"""The word in a template by which what is sent says for whom it is."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A consumer that may be sent something, how, and everybody who hears it."""

    consumer: ConsumerConfig
    target: AnyTargetConfig
    heard_by: tuple[str, ...]

    @property
    def name(self) -> str:
        """The consumer's."""
        return self.consumer.name


_HOW = 'say redelivery = "NAME", and in a section [redelivery.NAME] how events are sent again (docs/redelivery.md)'


def addressees(config: Config, names: Sequence[str] = ()) -> list[Addressee]:
    """The named consumers, or all that have a target, in the config's order.

    UsageError: there is no such consumer, it has no target, or nobody knows who hears that.
    """
    wanted = set(names)
    for name in names:
        _expect_target(config, name)
    chosen = [each for each in config.consumers.values() if each.redelivery and (not wanted or each.name in wanted)]
    if not chosen:
        raise UsageError(f"no consumer has a 'redelivery': {_HOW}")
    return [_addressee(config, each) for each in chosen]


def can_be_sent(config: Config, name: str) -> bool:
    """Whether the config says how this consumer is sent events, and who hears them: a plan for it is not refused."""
    try:
        addressees(config, [name])
    except UsageError:
        return False
    return True


def needs_nobody(config: Config, name: str) -> bool:
    """Whether nobody has to answer for events that come twice to who hears what this consumer is sent."""
    try:
        accept_duplicates(config, addressees(config, [name]), None)
    except UsageError:
        return False
    return True


def without_target(config: Config) -> list[str]:
    """The consumers that nothing can be planned for."""
    return [consumer.name for consumer in config.consumers.values() if consumer.redelivery is None]


def _expect_target(config: Config, name: str) -> None:
    consumer = config.consumers.get(name)
    if consumer is None:
        near = suggestion(name, list(config.consumers), listed=True)
        message = f"the config has no consumer called {quoted(name)}{near}"
        raise UsageError(message)
    if consumer.redelivery is None:
        message = f"[consumers.{name}] has no 'redelivery': {_HOW}"
        raise UsageError(message)


def _addressee(config: Config, consumer: ConsumerConfig) -> Addressee:
    name = consumer.redelivery or ""
    target = config.redelivery.get(name)
    if target is None:
        message = f"[consumers.{consumer.name}] redelivery: there is no section [redelivery.{name}]"
        raise UsageError(message)
    if target.kind == "cursor" and consumer.cursor is None:
        message = f"[redelivery.{name}] puts back a cursor, and [consumers.{consumer.name}] has none"
        raise UsageError(message)
    return Addressee(consumer, target, _hearers(target, consumer.name))


def _hearers(target: AnyTargetConfig, consumer: str) -> tuple[str, ...]:
    if target.heard_by is not None:
        if consumer not in target.heard_by:
            message = f"[redelivery.{target.name}] heard_by: must name {quoted(consumer)}, which is sent events by it"
            raise UsageError(message)
        return target.heard_by
    if not names_consumer(target):
        message = (
            f"[redelivery.{target.name}] heard_by: must be given, since nothing that is sent says for whom it is"
            f" (name all consumers that hear it, {quoted(consumer)} among them)"
        )
        raise UsageError(message)
    return (consumer,)


def names_consumer(target: AnyTargetConfig) -> bool:
    """Whether what is sent reaches the one consumer that it is sent for, and no other one."""
    if isinstance(target, HttpTargetConfig):
        return _CONSUMER in placeholders([target.url, target.headers, target.body])
    if isinstance(target, CommandTargetConfig):
        return _CONSUMER in placeholders(target.command)
    return target.kind in ("cursor", "file")


def accept_duplicates(config: Config, addressed: Sequence[Addressee], reason: str | None) -> list[str]:
    """Sentences about who may get twice what it is not declared to take twice. UsageError: nobody answers for that."""
    return [
        _accepted(target, names, reason)
        for target, hearers in _by_target(addressed).values()
        if (names := [name for name in hearers if not _is_idempotent(config, name)])
    ]


def _by_target(addressed: Sequence[Addressee]) -> dict[str, tuple[AnyTargetConfig, tuple[str, ...]]]:
    found: dict[str, tuple[AnyTargetConfig, tuple[str, ...]]] = {}
    for each in addressed:
        _, before = found.get(each.target.name, (each.target, ()))
        found[each.target.name] = each.target, tuple(dict.fromkeys((*before, *each.heard_by)))
    return found


def _accepted(target: AnyTargetConfig, names: Sequence[str], reason: str | None) -> str:
    who = listed([quoted(name) for name in names])
    if target.kind == "file":
        return f"{target.name} only writes a file: whoever sends it must know that {who} is not declared idempotent"
    if reason is None:
        message = (
            f"[redelivery.{target.name}] is heard by {who}, not declared to take an event twice (say idempotent = true"
            f" in [consumers.{names[0]}] if that is so; --accept-duplicates --reason TEXT sends all the same)"
        )
        raise UsageError(message)
    return f"{target.name} is heard by {who}, not declared idempotent; duplicates are accepted: {reason}"


def _is_idempotent(config: Config, name: str) -> bool:
    consumer = config.consumers.get(name)
    return consumer is not None and consumer.idempotent is True
