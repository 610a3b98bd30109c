"""Where evidence comes from. One file a kind of store; this list is all that knows them."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from auditor.config import StoreConfig
from auditor.deadline import Deadline
from auditor.observer import Observer
from auditor.stores.interface import Store

if TYPE_CHECKING:
    from auditor.stores.catalogue import Catalogue  # what only the doctor asks for

KINDS = {
    "postgresql": ("auditor.stores.postgres", "PostgresStore"),
    "sqlite": ("auditor.stores.sqlite", "SqliteStore"),
}
"""Kind of store (the scheme of its URL) → where its class stands. Imported only when a config uses it."""

CATALOGUES = {
    "postgresql": ("auditor.stores.postgres_catalogue", "PostgresCatalogue"),
    "sqlite": ("auditor.stores.sqlite_catalogue", "SqliteCatalogue"),
}
"""Kind of store → what answers questions about the database itself."""


def open_store(config: StoreConfig, observer: Observer, deadline: Deadline | None = None) -> Store:
    """The store for a config. Does not connect yet. ``deadline``: when whatever it is asked has to have ended."""
    module, name = KINDS[config.kind]
    kind: Callable[[StoreConfig, Observer, Deadline], Store] = getattr(import_module(module), name)
    return kind(config, observer, deadline or Deadline())


def open_catalogue(config: StoreConfig, store: Store) -> "Catalogue":
    """What ``store``, opened for the same config, can say about itself. Does not connect yet."""
    module, name = CATALOGUES[config.kind]
    kind: Callable[[Store], Catalogue] = getattr(import_module(module), name)
    return kind(store)
