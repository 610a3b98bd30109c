"""Where events are sent again: one file a kind, imported when a plan asks for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from auditor.config import ConsumerConfig
from auditor.config.targets import (
    CommandTargetConfig,
    CursorTargetConfig,
    FileTargetConfig,
    HttpTargetConfig,
    OutboxTargetConfig,
    TargetConfig,
)
from auditor.desk import Desk
from auditor.errors import RefusedError
from auditor.redelivery.targets.interface import Target
from checks.model.event import Event
from checks.wording import quoted


@dataclass(frozen=True, slots=True)
class Opening:
    """What a target may need to know.

    ``plan``: its hash. ``firsts``: the first event that it is to be sent, of each partition. ``consumer_stopped``:
    somebody says that the consumer does not run.
    """

    desk: Desk
    consumer: ConsumerConfig
    plan: str
    firsts: Sequence[Event] = ()
    consumer_stopped: bool = False

    @property
    def has_data(self) -> bool:
        """Whether the consumer's log names what its events say."""
        return self.desk.config.logs[self.consumer.log].data is not None


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


def _command(opening: Opening, config: TargetConfig) -> Target:
    from auditor.redelivery.targets.command import CommandTarget  # noqa: PLC0415 (only what the plan needs)

    path = opening.desk.config.path
    folder = Path.cwd() if path is None else path.absolute().parent
    return CommandTarget(CommandTargetConfig.model_validate(config), folder, needs_data=opening.has_data)


def _file(opening: Opening, config: TargetConfig) -> Target:
    from auditor.redelivery.targets.file import FileTarget  # noqa: PLC0415 (only what the plan needs)

    target, consumer = FileTargetConfig.model_validate(config), opening.consumer
    return FileTarget(target, consumer.name, consumer.log, opening.plan, needs_data=opening.has_data)


KINDS: Mapping[str, Callable[[Opening, TargetConfig], Target]] = MappingProxyType(
    {"http": _http, "outbox": _outbox, "cursor": _cursor, "command": _command, "file": _file}
)
"""How a target of each kind is opened."""
