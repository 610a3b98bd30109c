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
from tests.histories.verdicts import audit, expect_the_same, expect_the_truth

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


@contextmanager
def written(history: History, ours: Spelling, theirs: Spelling, position_type: str, *, indexed: bool) -> Iterator[Path]:
    """The history in two databases; gives its auditor.toml."""
    with TemporaryDirectory() as folder:
        shop, billing = Path(folder, "shop.db"), Path(folder, "billing.db")
        config = Path(folder, "auditor.toml")
        with execute_on(shop) as on_shop, execute_on(billing) as on_billing:
            log = Side(on_shop, "sqlite:///shop.db", *ours, indexed=indexed)
            inbox = Side(on_billing, "sqlite:///billing.db", *theirs, position_type=position_type, indexed=indexed)
            config.write_text(build(history, log, inbox))
        yield config


VARIANTS = (histories(), st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.sampled_from(("bigint", "text")))


@settings(max_examples=120)
@given(*VARIANTS, st.booleans())
def test_a_history_is_judged_as_the_oracle_judges_it(
    history: History, ours: Spelling, theirs: Spelling, position_type: str, indexed: bool
) -> None:
    with written(history, ours, theirs, position_type, indexed=indexed) as config:
        expect_the_truth(history, audit(config))


@settings(max_examples=120)
@given(*VARIANTS, st.booleans())
def test_digests_say_the_same_of_a_history_as_the_comparison_row_by_row(
    history: History, ours: Spelling, theirs: Spelling, position_type: str, indexed: bool
) -> None:
    with written(history, ours, theirs, position_type, indexed=indexed) as config:
        expect_the_same(config)
