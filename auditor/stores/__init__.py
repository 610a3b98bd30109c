"""Where evidence comes from. One file a kind of store; this list is all that knows them."""

from collections.abc import Callable
from importlib import import_module

from auditor.config import StoreConfig
from auditor.observer import Observer
from auditor.stores.interface import Store

KINDS = {
    "postgresql": ("auditor.stores.postgres", "PostgresStore"),
    "sqlite": ("auditor.stores.sqlite", "SqliteStore"),
}
"""Kind of store (the scheme of its URL) → where its class stands. Imported only when a config uses it."""


def open_store(config: StoreConfig, observer: Observer) -> Store:
    """The store for a config. Does not connect yet."""
    module, name = KINDS[config.kind]
    kind: Callable[[StoreConfig, Observer], Store] = getattr(import_module(module), name)
    return kind(config, observer)
