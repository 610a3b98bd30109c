"""Targets of kind http for tests: quick to repeat, given back at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from auditor.config.targets import HttpTargetConfig
from auditor.redelivery.targets.http import HttpTarget
from auditor.redelivery.targets.http.repeating import Waits
from auditor.redelivery.targets.interface import Answer, Batch
from checks.model.redelivery import Outcome

AT_ONCE = Waits(first=0, longest=0, jitter=0, asked=0)


def config_of(url: str, **keys: Any) -> HttpTargetConfig:
    """What ``[redelivery.api]`` says."""
    return HttpTargetConfig(name="api", kind="http", url=url, **keys)


@contextmanager
def opened(url: str, **keys: Any) -> Iterator[HttpTarget]:
    """That target, prepared."""
    target = HttpTarget(config_of(url, **keys), AT_ONCE)
    try:
        target.prepare()
        yield target
    finally:
        target.close()


def sent(batch: Batch, url: str, **keys: Any) -> Sequence[Answer]:
    """The answers of a target that is opened for this one batch."""
    with opened(url, **keys) as target:
        return target.send(batch)


def outcomes(answers: Sequence[Answer]) -> list[Outcome]:
    """Without what was said."""
    return [answer.outcome for answer in answers]
