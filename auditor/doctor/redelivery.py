"""Whether events can be sent again as configured: what each target that is used can and cannot do, and who hears it.

Nothing is sent, and nothing is changed: targets are asked what they ask themselves before they send. Audits work
without any of it, so nothing here is a failure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from auditor.config import Config, ConsumerConfig
from auditor.config.targets import (
    AuthConfig,
    CommandTargetConfig,
    FileTargetConfig,
    HttpTargetConfig,
    OutboxTargetConfig,
    TargetConfig,
)
from auditor.desk import Desk
from auditor.doctor.about import About
from auditor.doctor.uses import section
from auditor.errors import AuditorError
from auditor.redelivery.targets import Opening, open_target
from auditor.redelivery.targets.interface import Target
from checks.model.diagnosis import Examined
from checks.wording import quoted

_NO_PLAN = "0" * 64
_IN_VAIN = "audits work, but nothing can be sent by it"
_LEFT_OUT = "what it lacks is never confirmed as missing, so there is nothing to send"


@dataclass(frozen=True, slots=True)
class Post:
    """A target and those who are sent events by it. ``remembers``: the ledger can be written."""

    target: TargetConfig
    users: Sequence[ConsumerConfig]
    remembers: bool

    @property
    def section(self) -> str:
        """Where it stands in the config."""
        return section("redelivery", self.target.name)


def examine(post: Post, desk: Desk) -> Iterator[Examined]:
    """Every line about a target. ``desk``: opens the stores that it writes to, too."""
    about = About("redelivery", post.target.name, "redelivery")
    if not post.remembers:
        told = f"without a ledger nobody would know what was sent: {_IN_VAIN}"
        yield about.warning(told, "see to the ledger first: its own line says what it lacks")
    lines = [line for user in post.users for line in _of_user(about, post, user, desk)]
    yield from dict.fromkeys(lines)
    yield from _hearers(about, post, desk.config)
    for user in post.users:
        if user.inbox is None:
            advice = f"name [consumers.{user.name}.inbox], if it keeps one"
            yield about.warning(f"consumer {quoted(user.name)} has no inbox: {_LEFT_OUT}", advice)


def _of_user(about: About, post: Post, user: ConsumerConfig, desk: Desk) -> Iterator[Examined]:
    """What can be sent to one consumer."""
    try:
        target = open_target(Opening(desk, user, _NO_PLAN, consumer_stopped=True), post.target)
        try:
            target.prepare()
        finally:
            target.close()
    except AuditorError as error:
        yield about.warning(f"{error.message.removeprefix(f'target {quoted(post.target.name)}: ')} ({_IN_VAIN})")
        return
    yield about.fine(_able(post.target, user, desk.config))
    yield from _doubts(about, post, user, target, desk.config)


def _able(target: TargetConfig, user: ConsumerConfig, config: Config) -> str:
    match target:
        case HttpTargetConfig():
            address = urlsplit(target.url)
            return f"{target.method} to {address.scheme}://{address.netloc} {_shown_by(target.auth)}, not tried"
        case OutboxTargetConfig():
            done = "added to" if target.mode == "insert" else "marked unsent again in"
            return f"rows can be {done} {quoted(target.log)}"
        case CommandTargetConfig():
            return f"the program {quoted(target.command[0])} is there, not tried"
        case FileTargetConfig():
            folder = Path() if config.path is None else config.path.absolute().parent
            path = Path(target.path)
            return f"{path.relative_to(folder) if path.is_relative_to(folder) else path} can be written"
        case _:
            return f"the cursor of {quoted(user.name)} can be put back while it is stopped"


def _shown_by(auth: AuthConfig | None) -> str:
    if auth is None:
        return "without credentials"
    if auth.bearer is not None:
        return "with a bearer token"
    if auth.header is not None:
        return f"with the header {quoted(auth.header)}"
    return "with a client certificate" if auth.certificate is not None else "with user and password"


def _doubts(about: About, post: Post, user: ConsumerConfig, target: Target, config: Config) -> Iterator[Examined]:
    log = config.logs[user.log]
    if target.needs_data and log.data is None:
        told = f"it sends what events say, and no column of {quoted(log.name)} is named for that: {_IN_VAIN}"
        yield about.warning(told, f"name the key data in {section('logs', log.name)}")
    if target.shared and post.target.heard_by is None:
        told = f"nothing that is sent says for whom it is, and nobody is named who hears it: {_IN_VAIN}"
        yield about.warning(told, f"name everybody who hears it as heard_by in {post.section}")
    if isinstance(post.target, HttpTargetConfig):
        yield from _insecure(about, post.target)


def _insecure(about: About, target: HttpTargetConfig) -> Iterator[Examined]:
    from auditor.redelivery.targets.http.credentials import warnings_of  # noqa: PLC0415 (only what the config needs)

    for warning in warnings_of(target):
        yield about.warning(warning.removeprefix(f"target {target.name!r}: "), "use https, and tls_ca for your own CA")


def _hearers(about: About, post: Post, config: Config) -> Iterator[Examined]:
    """Whoever hears an event twice, and minds."""
    named = post.target.heard_by or tuple(user.name for user in post.users)
    for consumer in (config.consumers[name] for name in named):
        if consumer.idempotent is not True:
            said = "minds" if consumer.idempotent is False else "is not said to bear"
            told = f"{quoted(consumer.name)} hears what is sent, and {said} events that come twice: nothing is sent"
            advice = f"say idempotent = true in {section('consumers', consumer.name)}, if it bears them"
            yield about.warning(f"{told} but with --accept-duplicates", advice)
