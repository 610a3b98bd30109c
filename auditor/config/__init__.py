"""auditor.toml: what to audit, and where it is.

:func:`load` finds and reads the file and returns frozen models; whatever is wrong with it is a ``ConfigError`` in one
line. :func:`auditor.config.json_schema.schema` describes the file to editors. Nothing here asks a database: a config
can be right and its tables absent.
"""

from auditor.config.models import (
    Config,
    ConsumerConfig,
    CursorConfig,
    InboxConfig,
    LedgerConfig,
    LogConfig,
    ParkedConfig,
    ReceiptsConfig,
    StateConfig,
    StoreConfig,
)
from auditor.config.reading import load
from auditor.config.rules import Identity, identity_of
from auditor.config.values import Condition, Conditions, IsNull, Scalar

__all__ = [
    "Condition",
    "Conditions",
    "Config",
    "ConsumerConfig",
    "CursorConfig",
    "Identity",
    "InboxConfig",
    "IsNull",
    "LedgerConfig",
    "LogConfig",
    "ParkedConfig",
    "ReceiptsConfig",
    "Scalar",
    "StateConfig",
    "StoreConfig",
    "identity_of",
    "load",
]
