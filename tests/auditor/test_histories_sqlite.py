"""On SQLite, every made-up history is judged exactly as a naive oracle judges it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
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


@contextmanager
def execute_on(path: Path) -> Iterator[Execute]:
    connection = sqlite3.connect(path)

    def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
        with connection:
            if rows == ():
                connection.execute(statement)
            else:
                connection.executemany(statement, rows)

    with closing(connection):
        yield execute


@settings(max_examples=200)
@given(histories(), st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.sampled_from(("bigint", "text")))
def test_a_history_is_judged_as_the_oracle_judges_it(
    history: History, ours: Spelling, theirs: Spelling, position_type: str
) -> None:
    with TemporaryDirectory() as folder:
        shop, billing = Path(folder, "shop.db"), Path(folder, "billing.db")
        config = Path(folder, "auditor.toml")
        with execute_on(shop) as on_shop, execute_on(billing) as on_billing:
            log = Side(on_shop, "sqlite:///shop.db", *ours)
            inbox = Side(on_billing, "sqlite:///billing.db", *theirs, position_type=position_type)
            config.write_text(build(history, log, inbox))
        expect_the_truth(history, audit(config))
