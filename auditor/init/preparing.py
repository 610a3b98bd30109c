"""From what was typed to the text of a config, and from the text to a new file."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from auditor.errors import AuditorError, StoreError, UsageError
from auditor.init.drafting import Chooser, Draft, draft
from auditor.init.proposals import Sureness
from auditor.init.sources import Source, sources
from auditor.init.writing import config_text
from auditor.observer import Observer
from auditor.stores import open_store
from auditor.stores.interface import Store
from checks.wording import counted
from reports.visible import visible

LOOK_TIMEOUT = timedelta(seconds=10)
"""How long one look at a table may take; what takes longer shows nothing."""
_NAMED = 10


class NoLogError(AuditorError):
    """No table is clearly a log of events, so there is nothing to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A config that may be written. ``environment`` holds the variables that it needs, also those not yet set."""

    text: str
    draft: Draft
    sources: tuple[Source, ...]
    environment: Mapping[str, str]

    @property
    def hints(self) -> tuple[str, ...]:
        """What is to be set in the environment before the config can be read again."""
        return tuple(source.hint for source in self.sources if source.hint is not None)


def prepare(
    typed: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    chooser: Chooser,
    *,
    logs: Sequence[str] = (),
    observer: Observer,
) -> Prepared:
    """Look at the databases and make a config of what is there. ``folder``: where it will stand.

    UsageError: what was typed cannot be. StoreError: a database cannot be looked at. NoLogError: no log is clear.
    """
    found = sources(typed, folder, environment)
    with ExitStack() as opened:
        stores: dict[str, Store] = {}
        for source in found:
            store = open_store(source.config(statement_timeout=LOOK_TIMEOUT), observer)
            opened.callback(store.close)
            stores[source.name] = store
        with _named_in_errors(found):
            drafted = draft(stores, {source.name: source.kind for source in found}, chooser, logs)
    if not drafted.logs:
        raise NoLogError(_no_log(drafted))
    held = {source.variable: source.url.get_secret_value() for source in found if source.variable is not None}
    return Prepared(
        text=config_text(drafted, found),
        draft=drafted,
        sources=tuple(found),
        environment={**environment, **held},
    )


@contextmanager
def _named_in_errors(found: Sequence[Source]) -> Iterator[None]:
    """Of several databases, the one that cannot be looked at goes by what was typed, not by its new name alone."""
    try:
        yield
    except StoreError as error:
        named = [source.shown for source in found if source.name == error.store]
        if len(found) == 1 or not named or error.reason == "wrong-type":
            raise
        raise StoreError(error.store, error.reason, f"{error.message} ({visible(named[0])})") from error


def create(path: Path, text: str) -> None:
    """Write a new file, whole or not at all. UsageError: there is something there; AuditorError: it cannot be."""
    content = text.encode("utf-8", "backslashreplace")
    try:
        with path.open("xb") as file, _removed_on_failure(path):
            file.write(content)
            file.flush()
    except FileExistsError as error:
        raise UsageError(already_there(path)) from error
    except OSError as error:
        message = f"cannot write {str(path)!r}: {(error.strerror or str(error)).lower()}"
        raise AuditorError(message) from error


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        path.unlink()
        raise


def already_there(path: Path) -> str:
    """What to say of a file that must not be overwritten."""
    return (
        f"{str(path)!r} is there already and is never overwritten (--output FILE writes elsewhere, --print only shows)"
    )


def refuse_to_overwrite(path: Path) -> None:
    """UsageError: something stands at ``path``, or it cannot be written there, as can be seen beforehand."""
    if os.path.lexists(path):
        raise UsageError(already_there(path))
    if not path.parent.is_dir():
        message = f"--output {str(path)!r}: there is no folder {str(path.parent)!r}"
        raise UsageError(message)


def _no_log(drafted: Draft) -> str:
    """One line for people, and one for each table that came near."""
    looked = f"none of {counted(drafted.tables, 'table')} is clearly a log of events, so nothing was written"
    if not drafted.tables:
        return "there are no tables, so nothing was written (is it the right database, and may the role see them?)"
    near = [
        f"{log.table.name}: {Sureness(log.sureness).word}, {'; '.join(log.reasons)}" for log in drafted.doubtful_logs
    ]
    near += [f"{name}: {why}" for name, why in drafted.left_out]
    do = "name it with --log TABLE" + (", or take the best one with --yes" if drafted.doubtful_logs else "")
    return "\n".join([f"{looked} ({do})", *map(visible, near[:_NAMED])])
