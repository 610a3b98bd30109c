"""What the import contracts in pyproject.toml cannot say."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("checks", {"checks"}),
        (
            "reports",
            {
                "checks",
                "reports",
                "rich",
                "pandas",
                "jinja2",
                "markupsafe",
                "platformdirs",
                "vl_convert",
                "prometheus_client",
            },
        ),
    ],
)
def test_a_package_needs_nothing_but_the_standard_library_and_what_it_is_allowed(
    package: str, allowed: set[str]
) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    foreign = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in imports(file)
        if name.partition(".")[0] not in sys.stdlib_module_names | allowed
    }
    assert foreign == set()


@pytest.mark.parametrize("package", ["auditor", "checks", "reports"])
def test_no_package_can_be_run_as_a_module_for_a_checks_folder_of_the_user_would_shadow_ours(package: str) -> None:
    assert list((ROOT / package).rglob("__main__.py")) == []


@pytest.mark.parametrize("package", ["auditor", "checks", "reports"])
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", ["auditor", "checks", "reports"])
def test_every_folder_of_code_is_a_package_so_that_the_import_contracts_see_it(package: str) -> None:
    folders = {file.parent for file in (ROOT / package).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
