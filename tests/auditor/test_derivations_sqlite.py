"""On SQLite, every made-up derived log is judged exactly as a naive oracle judges it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auditor.test_histories_sqlite import execute_on
from tests.derivations.database import Place, build
from tests.derivations.pasts import Past, pasts
from tests.derivations.verdicts import FINE, audited, expect_the_truth
from tests.histories.database import as_blob, bare_upper, dashed

SPELLINGS: tuple[tuple[str, Callable[[UUID], object]], ...] = (
    ("text", dashed),
    ("char(32)", bare_upper),
    ("blob", as_blob),
)


@contextmanager
def written(past: Past, ours: int, theirs: int, *, indexed: bool, together: bool) -> Iterator[Path]:
    """The past in one database, or in two; gives its auditor.toml."""
    with TemporaryDirectory() as folder:
        shop, bus = Path(folder, "shop.db"), Path(folder, "bus.db")
        config = Path(folder, "auditor.toml")
        with execute_on(shop) as on_shop, execute_on(bus) as on_bus:
            upstream = Place(on_shop, "sqlite:///shop.db", *SPELLINGS[ours], indexed=indexed)
            derived = Place(on_bus, "sqlite:///bus.db", *SPELLINGS[theirs], indexed=indexed)
            config.write_text(build(past, upstream, upstream if together else derived))
        yield config


VARIANTS = (pasts(), st.integers(0, 2), st.integers(0, 2), st.booleans(), st.booleans())


@settings(max_examples=40)
@given(*VARIANTS)
def test_a_derived_log_is_judged_as_the_oracle_judges_it(
    past: Past, ours: int, theirs: int, indexed: bool, together: bool
) -> None:
    with written(past, ours, theirs, indexed=indexed, together=together) as config:
        for streamed, grain in ((False, FINE), (True, FINE)):
            expect_the_truth(past, audited(config, streamed=streamed, grain=grain))
