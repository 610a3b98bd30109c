"""What changes what is read, or with what it is compared, changes the key: nothing of earlier runs is taken over."""

import re
from pathlib import Path

import pytest

from auditor.config import Config, LogConfig
from auditor.effective import key_of_consumer, key_of_derivation, key_of_log
from tests.auditor.configs import PIPELINE, read, with_line


def keys(config: Config) -> dict[str, str]:
    logs = {name: key_of_log(config, log) for name, log in config.logs.items()}
    derived = (log for log in config.logs.values() if log.derived_from is not None)
    logs |= {f"{log.name} derived": key_of_derivation(config, log) for log in derived}
    return logs | {name: key_of_consumer(config, consumer) for name, consumer in config.consumers.items()}


def changed(folder: Path, text: str) -> set[str]:
    """Whose keys are others than in the valid file."""
    before, after = keys(read(folder, PIPELINE)), keys(read(folder, text))
    return {name for name, key in after.items() if before[name] != key}


@pytest.mark.parametrize(
    ("section", "key", "line", "whose"),
    [
        ("logs.orders", "table", 'table = "others"', {"orders", "outbox derived", "billing"}),
        ("logs.orders", "where", "where = { a = 1 }", {"orders", "outbox derived", "billing"}),
        ("logs.orders", "settle", 'settle = "6s"', {"orders", "outbox derived", "billing"}),
        ("logs.orders", "x", 'sent = "sent_at"', {"orders", "outbox derived", "billing"}),
        ("consumers.billing", "types", 'types = ["A"]', {"billing"}),
        ("consumers.billing.cursor", "means", 'means = "next"', {"billing"}),
        ("logs.outbox", "where", "where = { a = 1 }", {"outbox", "outbox derived"}),
        ("logs.outbox", "sent", "", {"outbox", "outbox derived"}),
        ("stores.billing-db", "url", 'url = "sqlite:///other.db"', {"billing"}),
        ("stores.shop", "url", 'url = "postgresql://somebody:else@shop/shop"', set()),
        ("ledger", "overlap", 'overlap = "2h"', set()),
        ("states.accounts", "version", "", set()),
    ],
)
def test_a_key_changes_with_what_is_read_and_with_that_alone(
    tmp_path: Path, section: str, key: str, line: str, whose: set[str]
) -> None:
    assert changed(tmp_path, with_line(section, key, line, f"{PIPELINE}\n[ledger]\n")) == whose


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("source", 'source = "other"'),
        ("source_key", 'source_key = "position"'),
        ("types", 'types = ["A"]'),
        ("per_event", 'per_event = "any"'),
        ("max_delay", 'max_delay = "3m"'),
        ("cursor.means", 'means = "delivered"'),
    ],
)
def test_how_a_log_is_made_out_of_another_leaves_what_is_known_of_its_own_rows(
    tmp_path: Path, key: str, line: str
) -> None:
    part, _, below = key.rpartition(".")
    section = f"logs.outbox.{part}" if part else "logs.outbox"
    assert changed(tmp_path, with_line(section, below, line, PIPELINE)) == {"outbox derived"}


def test_what_an_upstream_is_made_out_of_is_nothing_to_those_who_follow_it(tmp_path: Path) -> None:
    text = f"""{PIPELINE}
[logs.v1]
store = "shop"
table = "v1"
position = "n"
derived_from = "outbox"
source = "outbox_id"
"""
    before, after = (
        keys(read(tmp_path, each)) for each in (text, text.replace('types = ["Order*"]', 'types = ["A*"]'))
    )
    assert {name for name, key in after.items() if before[name] != key} == {"outbox derived"}


def test_whatever_else_a_log_says_is_a_part_of_its_key(tmp_path: Path) -> None:
    config = read(tmp_path, PIPELINE)
    log = config.logs["orders"]
    same = {key for key in LogConfig.model_fields if key != "store" and keys_equal(config, log, key)}
    assert same == {"derived_from", "source", "source_key", "types", "per_event", "max_delay", "cursor"}


def keys_equal(config: Config, log: LogConfig, key: str) -> bool:
    return key_of_log(config, log) == key_of_log(config, log.model_copy(update={key: "another"}))


def test_a_log_of_before_there_were_derived_logs_has_the_key_that_it_had(tmp_path: Path) -> None:
    """A literal: the ledgers that are out there hold it."""
    text = re.sub(r"\[consumers.*", "", PIPELINE, flags=re.DOTALL)
    config = read(tmp_path, text)
    assert (
        key_of_log(config, config.logs["orders"]) == "b39d81e02a2d048502a308fc53e566cc6f135af133ea4cc8384e1bd81506b479"
    )


def test_how_a_consumer_is_sent_events_again_changes_nothing_about_what_it_received(tmp_path: Path) -> None:
    text = with_line("consumers.billing", "x", 'redelivery = "api"', PIPELINE)
    assert changed(tmp_path, f'{text}\n[redelivery.api]\nkind = "cursor"\n') == set()


def test_a_consumer_of_before_there_was_redelivery_has_the_key_that_it_had(tmp_path: Path) -> None:
    """A literal: the ledgers that are out there hold it."""
    config = read(tmp_path, PIPELINE.replace("sqlite:///billing.db", "sqlite:////billing.db"))
    key = key_of_consumer(config, config.consumers["billing"])
    assert key == "4bae2f360a5d206e53a265608be01f444717be1e70ccc31e983fac40d9b9abd0"
