"""Known layouts of event stores and outboxes, as data: one TOML file each beside this one.

A config names one (``preset = "eventsourcing"``) and leaves out what the file says. ``auditor presets`` shows them,
``auditor init`` recognises them. A newcomer is one more file; ``docs/presets.md`` says how it is written.

What a preset is stands in :mod:`auditor.presets.layout`, which is imported for a config that names one.
"""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.presets.layout import Preset
    from auditor.presets.recognition import Recognised

__all__ = ["presets", "recognise"]


@cache
def presets() -> "Mapping[str, Preset]":
    """All presets by name, read from their files at the first call."""
    from auditor.presets.layout import Preset  # noqa: PLC0415 (slow to import, and most configs name no preset)

    texts = (file.read_text("utf-8") for file in files(__name__).iterdir() if file.name.endswith(".toml"))
    found = (Preset.model_validate(tomllib.loads(text)) for text in texts)
    return {preset.name: preset for preset in sorted(found, key=lambda preset: preset.name)}


def recognise(tables: Mapping[str, Collection[str]], kind: str) -> "tuple[Recognised, ...]":
    """What is known of a database's tables: the applications of known systems in it.

    ``tables``: the columns of each table, by ``table`` or ``schema.table``, spelled as the database spells them.
    ``kind``: of the store, ``"postgresql"`` or ``"sqlite"`` (``StoreConfig.kind``).
    """
    from auditor.presets.recognition import recognised  # noqa: PLC0415 (as above)

    return tuple(recognised(presets().values(), tables, kind))
