"""Where events are sent again: one file a kind, imported when a plan asks for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from auditor.config import ConsumerConfig
from auditor.config.targets import CursorTargetConfig, HttpTargetConfig, OutboxTargetConfig, TargetConfig
from auditor.desk import Desk
from auditor.errors import RefusedError
from auditor.redelivery.targets.interface import Target
from checks.model.event import Event
from checks.wording import quoted


@dataclass(frozen=True, slots=True)
class Opening:
    """What a target may need to know.

    ``firsts``: the first event that it is to be sent, of each partition. ``consumer_stopped``: somebody says that the
    consumer does not run.
    """

    desk: Desk
    consumer: ConsumerConfig
    firsts: Sequence[Event] = ()
    consumer_stopped: bool = False


def open_target(opening: Opening, config: TargetConfig) -> Target:
    """The target of a consumer, not prepared yet. RefusedError: there is no such kind."""
    opener = KINDS.get(config.kind)
    if opener is None:
        raise RefusedError(f"target {quoted(config.name)}: nothing can be sent by the kind {quoted(config.kind)} yet")
    return opener(opening, config)


def _http(_: Opening, config: TargetConfig) -> Target:
    from auditor.redelivery.targets.http.target import HttpTarget  # noqa: PLC0415 (nobody else needs httpx)

    return HttpTarget(HttpTargetConfig.model_validate(config))


def _outbox(opening: Opening, config: TargetConfig) -> Target:
    from auditor.redelivery.targets.outbox import OutboxTarget  # noqa: PLC0415 (only what the plan needs)

    return OutboxTarget(opening.desk, OutboxTargetConfig.model_validate(config), opening.consumer)


def _cursor(opening: Opening, config: TargetConfig) -> Target:
    from auditor.redelivery.targets.cursor import CursorTarget  # noqa: PLC0415 (only what the plan needs)

    return CursorTarget(
        opening.desk,
        CursorTargetConfig.model_validate(config),
        opening.consumer,
        consumer_stopped=opening.consumer_stopped,
        firsts=opening.firsts,
    )


KINDS: Mapping[str, Callable[[Opening, TargetConfig], Target]] = MappingProxyType(
    {"http": _http, "outbox": _outbox, "cursor": _cursor}
)
"""How a target of each kind is opened."""
