"""What a log or a consumer is by its config: a key under which earlier runs are remembered.

Two configs have one key where the same tables of the same databases are read in the same way. Who logs in, and with
which password, makes no difference, and is no part of a key. Whoever follows a log, a consumer or a log that is made
out of it, has a key of which that of the log is a part: what was compared with other rows was not compared.
"""

import json
from hashlib import sha256
from urllib.parse import urlsplit

from auditor.config import Config, ConsumerConfig, LogConfig

_OF_ITS_MAKING = frozenset({"derived_from", "source", "source_key", "types", "per_event", "max_delay", "cursor"})
"""What a log's config says of how it follows another log, and not of how its own rows are read."""

_OF_SENDING = frozenset({"redelivery"})
"""What a consumer's config says of how it is sent events again, which changes nothing about what it received."""


def key_of_log(config: Config, log: LogConfig) -> str:
    """The key of a log by itself, whatever it may be made out of."""
    own = {key: value for key, value in _as_written(log).items() if key not in _OF_ITS_MAKING}
    if log.sent is None:
        del own["sent"]  # so that runs of before there was such a key are remembered
    return _hashed({"log": own, "store": address(config, log.store)})


def key_of_derivation(config: Config, log: LogConfig) -> str:
    """The key of what a derived log has of its upstream: all that it says, and how the upstream's rows are read."""
    own = {"derived": _as_written(log), "store": address(config, log.store)}
    return _hashed(own | {"log": key_of_log(config, config.logs[str(log.derived_from)])})


def key_of_consumer(config: Config, consumer: ConsumerConfig) -> str:
    """The key of a consumer, of which its log is a part."""
    said = {key: value for key, value in _as_written(consumer).items() if key not in _OF_SENDING}
    own = {"consumer": said, "store": address(config, consumer.store)}
    return _hashed(own | {"log": key_of_log(config, config.logs[consumer.log])})


def address(config: Config, store: str) -> str:
    """Where a store is, without user, password and options."""
    url = config.stores[store].url.get_secret_value()
    if config.stores[store].kind == "sqlite":
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _as_written(section: LogConfig | ConsumerConfig) -> dict[str, object]:
    """Tuples and words stand where pydantic was told of other types; what matters is that they are always the same."""
    return section.model_dump(mode="json", warnings="none")


def _hashed(what: object) -> str:
    return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
