"""What the README and the examples show is true."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from auditor.config import LedgerConfig, load
from auditor.config.keys import SECTIONS, known_keys
from auditor.config.kinds import KINDS
from auditor.config.targets import TARGETS, AuthConfig

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "SHOP_DATABASE_URL": "sqlite:///shop.db",
    "BILLING_DATABASE_URL": "postgresql://auditor@billing/billing",
    "SHOP_TOKEN": "geheim-token",
    "ORDERS_TOKEN": "another-token",
}
EXAMPLE = ROOT / "examples" / "auditor.toml"


def test_the_example_is_a_config() -> None:
    config = load(EXAMPLE, ENVIRONMENT)
    assert list(config.logs) == ["orders", "orders-outbox", "orders-v1", "orders-v2"]
    assert list(config.states) == ["order-table"]
    assert list(config.consumers) == ["billing", "shipping"]
    assert [target.kind for target in config.redelivery.values()] == list(KINDS)


def test_the_config_in_the_readme_is_a_config(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    path = tmp_path / "auditor.toml"
    path.write_text("\n".join(blocks))  # the later ones add to the first
    config = load(path, ENVIRONMENT)
    assert config.consumers["billing"].start == "first"
    assert config.logs["outbox"].derived_from == "orders"
    assert list(config.states) == ["order-table"]
    assert list(config.redelivery) == ["orders-api"]


@pytest.mark.parametrize(("word", "model"), [*SECTIONS.items(), ("ledger", LedgerConfig)])
def test_the_example_names_every_key(word: str, model: type[BaseModel]) -> None:
    document = uncommented()
    sections = [document[word]] if word == "ledger" else document[word].values()
    assert {key for section in sections for key in section} == set(known_keys(model))


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_names_every_key_of_a_target(kind: str) -> None:
    [target] = [section for section in uncommented()["redelivery"].values() if section["kind"] == kind]
    assert set(target) == set(known_keys(TARGETS[kind]))
    if "auth" in target:
        assert set(target["auth"]) == set(known_keys(AuthConfig))


def uncommented() -> dict[str, Any]:
    """The example with every key that it only mentions."""
    return tomllib.loads(re.sub(r"^# (?=\w+ = )", "", EXAMPLE.read_text(), flags=re.MULTILINE))
