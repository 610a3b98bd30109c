"""On SQLite, every made-up history is judged exactly as a naive oracle judges it."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.histories.database import Execute, Side, as_blob, bare_upper, build, dashed
from tests.histories.history import History, histories
from tests.histories.verdicts import audit, expect_the_truth

Spelling = tuple[str, Callable[[UUID], object]]
SPELLINGS: tuple[Spelling, ...] = (("text", dashed), ("char(32)", bare_upper), ("blob", as_blob))


def execute_on(path: Path) -> Execute:
    connection = sqlite3.connect(path)

    def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
        with connection:
            if rows == ():
                connection.execute(statement)
            else:
                connection.executemany(statement, rows)

    return execute


@settings(max_examples=200)
@given(histories(), st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.sampled_from(("bigint", "text")))
def test_a_history_is_judged_as_the_oracle_judges_it(
    history: History, ours: Spelling, theirs: Spelling, position_type: str
) -> None:
    with TemporaryDirectory() as folder:
        shop, billing = Path(folder, "shop.db"), Path(folder, "billing.db")
        log = Side(execute_on(shop), "sqlite:///shop.db", *ours)
        inbox = Side(execute_on(billing), "sqlite:///billing.db", *theirs, position_type=position_type)
        config = Path(folder, "auditor.toml")
        config.write_text(build(history, log, inbox))
        expect_the_truth(history, audit(config))
