"""``docs/pandas.md``: a page that is run like a notebook, so that what it shows is what comes out.

Its Python blocks are run one after the other in one namespace. Below each stands what it printed and the value of its
last line. They find the databases of ``auditor demo`` in the folder ``shop``. The demo is the same every time but for
when it happened, so the page shows no times of day.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from auditor.demo import build
from docs.generator.markdown import fenced

_CELL = re.compile(r"(?P<cell>```python\n(?P<source>.*?)```\n)(?:\n```text\n.*?```\n)?", re.DOTALL)
_WIDTH = 120


class CellError(Exception):
    """A block of the page does not run."""


def executed(markdown: str) -> str:
    """The page with the outputs that its blocks have now. CellError: one of them does not run."""
    namespace: dict[str, Any] = {}

    def with_output(match: re.Match[str]) -> str:
        output = _run(match["source"], namespace)
        return match["cell"] + (f"\n{fenced(output)}\n" if output else "")

    with _among_the_shop():
        return _CELL.sub(with_output, markdown)


@contextmanager
def _among_the_shop() -> Iterator[None]:
    """In a folder beside the shop, and with frames printed the same wherever the page is made."""
    look = ("display.width", _WIDTH, "display.max_columns", None, "display.max_colwidth", None, "display.max_rows", 20)
    with TemporaryDirectory(prefix="auditor-notebook-") as folder, chdir(folder), pd.option_context(*look):
        shop = Path("shop")
        shop.mkdir()
        build(shop)
        with warnings.catch_warnings(action="error"):
            yield


def _run(source: str, namespace: dict[str, Any]) -> str:
    """Run a block; what it printed, and its last line's value if that is an expression with one."""
    statements = ast.parse(source).body
    last = statements.pop() if statements and isinstance(statements[-1], ast.Expr) else None
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(ast.Module(statements, []), "pandas.md", "exec"), namespace)  # noqa: S102 (our own page)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "pandas.md", "eval"), namespace)  # noqa: S307
                printed.write("" if value is None else f"{value!r}\n")
    except Exception as error:
        message = f"{type(error).__name__}: {error}, in\n{source}"
        raise CellError(message) from error
    return "\n".join(line.rstrip() for line in printed.getvalue().splitlines())
