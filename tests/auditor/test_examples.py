"""What the README and the examples show is true."""

import re
import tomllib
from pathlib import Path

import pytest

from auditor.config import load
from auditor.config.models import ConsumerConfig, LogConfig, StoreConfig

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"SHOP_DATABASE_URL": "sqlite:///shop.db", "BILLING_DATABASE_URL": "postgresql://auditor@billing/billing"}
EXAMPLE = ROOT / "examples" / "auditor.toml"


def test_the_example_is_a_config() -> None:
    config = load(EXAMPLE, ENVIRONMENT)
    assert list(config.logs) == ["orders"]
    assert list(config.consumers) == ["billing"]


def test_the_config_in_the_readme_is_a_config(tmp_path: Path) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    path = tmp_path / "auditor.toml"
    path.write_text(block)
    assert load(path, ENVIRONMENT).consumers["billing"].start == "first"


@pytest.mark.parametrize(
    ("model", "section"),
    [(StoreConfig, "stores.shop"), (LogConfig, "logs.orders"), (ConsumerConfig, "consumers.billing")],
)
def test_the_example_names_every_key(model: type[StoreConfig | LogConfig | ConsumerConfig], section: str) -> None:
    text = EXAMPLE.read_text()
    uncommented = re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
    group, name = section.split(".")
    assert set(tomllib.loads(uncommented)[group][name]) | {"name"} == set(model.model_fields)
