"""What a doctor says of a config, and how to pick one of its lines."""

from collections.abc import Sequence
from pathlib import Path

from auditor.config import load
from auditor.doctor import examine
from checks.model.diagnosis import Examined, Level
from tests.integration.shop import Settings, write_config

FAILURE, UNKNOWN, WARNING, FINE = Level


def lines(folder: Path, said: Settings, *names: str) -> Sequence[Examined]:
    """Every line about a config."""
    return examine(load(write_config(folder, said)), names).lines


def about(found: Sequence[Examined], name: str, topic: str) -> list[Examined]:
    """The lines about one topic of one subject."""
    return [line for line in found if (line.name, line.topic) == (name, topic)]


def only(found: Sequence[Examined], name: str, topic: str) -> Examined:
    """The one line about a topic."""
    [line] = about(found, name, topic)
    return line


def said_with(found: Sequence[Examined], words: str) -> Examined:
    """The one line with these words."""
    [line] = [line for line in found if words in line.message]
    return line


def worse(found: Sequence[Examined], *levels: Level) -> list[tuple[str, str]]:
    """Subject and topic of every line of these levels; of all that are not fine, if none is given."""
    wanted = levels or (FAILURE, UNKNOWN, WARNING)
    return [(line.name, line.topic) for line in found if line.level in wanted]
