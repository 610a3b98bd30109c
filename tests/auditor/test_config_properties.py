"""Whatever a file holds, load() gives a config or a ConfigError that names the file: never another exception."""

import json
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config import load
from auditor.errors import ConfigError
from tests.auditor.configs import PIPELINE

LINES = PIPELINE.splitlines()
KEYS = [number for number, line in enumerate(LINES) if " = " in line]
SECTIONS = [number for number, line in enumerate(LINES) if line.startswith("[")]
WORDS = {word for line in LINES for word in (line.split(" = ")[0], *line.strip("[]").split("."))}

SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20),
    st.sampled_from(["first", "next", "5m", "orders", "shop", "billing", "${SET}", "${UNSET}", "sqlite:///x.db", " "]),
)
VALUES = st.recursive(SCALARS, lambda values: st.lists(values, max_size=3), max_leaves=5)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "auditor.toml"


def refusal(file: Path, content: str | bytes) -> str:
    """What load() says of a file with this content, nothing if it takes it. Any other exception fails the test."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        load(file, {"SET": "x"})
    except ConfigError as error:
        return str(error)
    return ""


def replaced(number: int, line: str) -> str:
    return "\n".join([*LINES[:number], line, *LINES[number + 1 :]])


def mutated(word: str, how: str, at: int) -> str:
    at %= len(word)
    match how:
        case "drop":
            return word[:at] + word[at + 1 :]
        case "double":
            return word[: at + 1] + word[at:]
        case "capital":
            return word[:at] + word[at].upper() + word[at + 1 :]
        case _:
            return f"{word}_{how}"


@given(
    number=st.sampled_from(KEYS),
    how=st.sampled_from(["drop", "double", "capital", "x"]),
    at=st.integers(0, 20),
)
def test_a_misspelt_key_is_refused_by_its_name(file: Path, number: int, how: str, at: int) -> None:
    key, value = LINES[number].split(" = ", 1)
    misspelt = mutated(key, how, at)
    if misspelt in WORDS:
        return
    said = refusal(file, replaced(number, f"{json.dumps(misspelt)} = {value}"))
    assert said.startswith(f"{file}: [")
    assert f"unknown key '{misspelt}'" in said
    assert "did you mean" in said or "known: " in said


@given(number=st.sampled_from(KEYS), value=VALUES)
def test_any_value_at_any_key_is_taken_or_refused_in_one_line(file: Path, number: int, value: object) -> None:
    key = LINES[number].split(" = ", 1)[0]
    said = refusal(file, replaced(number, f"{key} = {json.dumps(value, ensure_ascii=False)}"))
    assert said == "" or said.startswith(f"{file}: [")
    assert "\n" not in said


@given(number=st.sampled_from(SECTIONS), name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_any_name_of_a_section_is_taken_or_refused_in_one_line(file: Path, number: int, name: str) -> None:
    first, _, *rest = LINES[number].strip("[]").split(".")
    header = ".".join([first, json.dumps(name, ensure_ascii=False), *rest])
    said = refusal(file, replaced(number, f"[{header}]"))
    assert said == "" or said.startswith(str(file))
    assert len(said.splitlines()) <= 1


@given(st.binary(max_size=200) | st.text(st.characters(codec="utf-8")).map(str.encode))
def test_any_bytes_are_taken_or_refused_with_the_name_of_the_file(file: Path, content: bytes) -> None:
    said = refusal(file, content)
    assert said == "" or said.startswith(str(file))
    if said == "":
        assert set(tomllib.loads(content.decode("utf-8-sig"))) <= {
            "stores",
            "logs",
            "states",
            "consumers",
            "redelivery",
            "ledger",
        }


@given(st.data())
def test_a_file_without_some_of_its_lines_is_taken_or_refused_in_one_line(file: Path, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, len(LINES) - 1), max_size=20))
    said = refusal(file, "\n".join(line for number, line in enumerate(LINES) if number not in gone))
    assert said == "" or said.startswith(str(file))
    assert "\n" not in said


def test_the_lines_are_those_of_a_valid_file(file: Path) -> None:
    with suppress(FileNotFoundError):
        file.unlink()
    assert refusal(file, "\n".join(LINES)) == ""
