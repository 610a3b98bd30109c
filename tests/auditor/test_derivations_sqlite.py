"""On SQLite, every made-up derived log is judged exactly as a naive oracle judges it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.memory import Memory
from tests.auditor.test_histories_sqlite import execute_on
from tests.derivations.database import Place, build, write_on
from tests.derivations.oracle import Seen
from tests.derivations.pasts import Past, pasts
from tests.derivations.verdicts import FINE, audited, audited_after, expect_the_truth, expect_what_is_new
from tests.histories.database import as_blob, bare_upper, dashed
from tests.histories.runs import earlier

SPELLINGS: tuple[tuple[str, Callable[[UUID], object]], ...] = (
    ("text", dashed),
    ("char(32)", bare_upper),
    ("blob", as_blob),
)


@contextmanager
def places(folder: Path, ours: int, theirs: int, *, indexed: bool, together: bool) -> Iterator[tuple[Place, Place]]:
    """One database for the upstream and what is derived from it, or two."""
    with execute_on(folder / "shop.db") as on_shop, execute_on(folder / "bus.db") as on_bus:
        upstream = Place(on_shop, "sqlite:///shop.db", *SPELLINGS[ours], indexed=indexed)
        derived = Place(on_bus, "sqlite:///bus.db", *SPELLINGS[theirs], indexed=indexed)
        yield upstream, upstream if together else derived


VARIANTS = (st.integers(0, 2), st.integers(0, 2), st.booleans(), st.booleans())


@settings(max_examples=40)
@given(pasts(), *VARIANTS)
def test_a_derived_log_is_judged_as_the_oracle_judges_it(
    past: Past, ours: int, theirs: int, indexed: bool, together: bool
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with places(Path(folder), ours, theirs, indexed=indexed, together=together) as (upstream, derived):
            config.write_text(build(past, upstream, derived))
        for streamed in (False, True):
            expect_the_truth(past, audited(config, streamed=streamed, grain=FINE))


@settings(max_examples=20)
@given(
    pasts(),
    st.integers(1, 8),
    st.sets(st.integers(1, 8), max_size=3),
    st.sampled_from((timedelta(0), timedelta(hours=1))),
    st.booleans(),
)
def test_a_later_run_finds_what_a_full_one_finds(
    past: Past, pause: int, late: set[int], ago: timedelta, together: bool
) -> None:
    before = past.until(pause, late)
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with places(Path(folder), 0, 0, indexed=True, together=together) as (upstream, derived):
            config.write_text(build(before, upstream, derived))
            _, memory = audited_after(config, Memory(), 1)
            write_on(before, past, upstream, derived)
        audits, _ = audited_after(config, earlier(memory, ago), 2)
        expect_what_is_new(past, Seen(before, ago), audits)
