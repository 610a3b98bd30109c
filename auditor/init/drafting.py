"""From databases to a draft: known layouts first, then what names, keys and rows suggest, then whoever decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from auditor.config.problems import quoted, suggestion
from auditor.errors import StoreError, UsageError
from auditor.init import words
from auditor.init.consumers import consumers_of
from auditor.init.cursors import cursors_among
from auditor.init.evidence_of_logs import checked
from auditor.init.known import Known, known_among
from auditor.init.logs import as_log, logs_among
from auditor.init.looks import Looks
from auditor.init.proposals import ConsumerProposal, LogProposal, NearMiss, Sureness
from auditor.init.receipts import receipts_among
from auditor.init.remaining import LeftOut, lacking, named_tables, not_understood, of_known_layouts, place, unused
from auditor.init.shape import is_unclear, with_type
from auditor.stores.interface import Store
from auditor.stores.introspection import Survey, TableInfo, survey


class Chooser(Protocol):
    """Whoever decides what is not clear."""

    def logs(self, candidates: Sequence[LogProposal]) -> Sequence[LogProposal]:
        """Those that are logs. What is left out is written as a comment."""
        ...

    def is_consumer(self, consumer: ConsumerProposal) -> bool:
        """Whether a doubtful consumer is one; ``doubt`` says what speaks against it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be written. ``doubtful`` stand in the file as comments, ``left_out`` are named with the reason.

    ``not_understood``, by store, are tables that were looked at and taken for nothing; ``views`` were not looked at.
    """

    logs: tuple[LogProposal, ...] = ()
    consumers: tuple[ConsumerProposal, ...] = ()
    doubtful_logs: tuple[LogProposal, ...] = ()
    doubtful_consumers: tuple[ConsumerProposal, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    not_understood: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[StoreError, ...] = ()
    tables: int = 0


def draft(stores: Mapping[str, Store], kinds: Mapping[str, str], chooser: Chooser, named: Sequence[str] = ()) -> Draft:
    """Look at the databases and say what is in them. ``named``: the tables that are logs, where somebody said so.

    Raises StoreError where a database cannot be looked at, UsageError where none has a table that was named.
    """
    surveys = {name: survey(store) for name, store in stores.items()}
    tables = [table for found in surveys.values() for table in found.tables]
    looks = Looks(stores)
    known = known_among(tables, kinds, looks)
    unknown = [table for table in tables if (table.store, table.name) not in known.tables]
    candidates, misses = _candidates(unknown, tables, known, named)
    seen = list(_borne_out(_with_names(candidates), looks))
    chosen = _chosen(seen, chooser, named)
    doubtful = [log for log in seen if log not in chosen]
    chosen, demoted, consumers, rest = _consumers(_beside(chosen, doubtful), unknown, known, looks)
    sure, unsure = _decided(consumers, chooser)
    part = named_tables((*chosen, *demoted, *doubtful), consumers)
    left = [*rest, *lacking(misses), *of_known_layouts(tables, known.tables, part)]
    return Draft(
        logs=tuple(chosen),
        consumers=tuple(sure),
        doubtful_logs=(*demoted, *doubtful),
        doubtful_consumers=tuple(unsure),
        left_out=(*((each.shown, each.why) for each in left), *_unread(surveys)),
        not_understood=not_understood(tables, part | {place(each.table) for each in left}),
        views={name: found.views for name, found in surveys.items() if found.views},
        failures=tuple(looks.failures),
        tables=sum(len(found.tables) + len(found.left_out) for found in surveys.values()),
    )


def _candidates(
    unknown: Sequence[TableInfo], tables: Sequence[TableInfo], known: Known, named: Sequence[str]
) -> tuple[list[LogProposal], list[NearMiss]]:
    if not named:
        logs, misses = logs_among(unknown)
        return [*known.logs, *logs], misses
    by_table = {(log.table.store, log.table.name): log for log in known.logs}
    found = []
    for name in named:
        table = _named(name, tables)
        proposal = by_table.get((table.store, table.name)) or as_log(table)
        if isinstance(proposal, NearMiss):
            message = f"table {name!r} cannot be audited as a log: {proposal.lacks}"
            raise StoreError(table.store, "wrong-type", message)
        found.append(proposal)
    return found, []


def _named(name: str, tables: Sequence[TableInfo]) -> TableInfo:
    """The one table that is called so, with its schema or without."""
    exact = [table for table in tables if table.name == name]
    found = exact or [table for table in tables if table.bare == name]
    if len(found) == 1:
        return found[0]
    if found:
        where = ", ".join(f"{table.name} in {table.store}" for table in found)
        message = f"--log {quoted(name)}: there are several tables of that name ({where})"
    else:
        near = suggestion(name, [table.name for table in tables], listed=True)
        message = f"--log {quoted(name)}: there is no such table{near}"
    raise UsageError(message)


def _with_names(logs: Sequence[LogProposal]) -> list[LogProposal]:
    """Every log with a name of its own, made longer by its store's where two would be called the same."""
    taken: set[str] = set()
    named = []
    for log in logs:
        name = _free(log.name, log.table.store, taken)
        named.append(replace(log, name=name))
    return named


def _free(name: str, store: str, taken: set[str]) -> str:
    """The name, or one like it that nobody has; it is then taken."""
    numbered = (f"{name}-{words.slug(store)}-{n}" for n in range(2, len(taken) + 3))
    free = next(each for each in (name, f"{name}-{words.slug(store)}", *numbered) if each not in taken)
    taken.add(free)
    return free


def _chosen(logs: Sequence[LogProposal], chooser: Chooser, named: Sequence[str]) -> list[LogProposal]:
    """The logs that nobody doubts, and of the others what whoever decides takes."""
    if named or all(log.sureness is Sureness.SURE for log in logs):
        return list(logs)
    return list(chooser.logs(logs))


def _borne_out(logs: Sequence[LogProposal], looks: Looks) -> Iterator[LogProposal]:
    """The logs after a look at their rows, without those that only had the shape of one and do not count."""
    for log in logs:
        if log.preset:
            yield log
            continue
        typed = with_type(log, looks)
        seen = checked(typed, looks.log(typed))
        if not is_unclear(seen) or seen.version is not None or seen.sureness is Sureness.SURE:
            yield seen


def _consumers(
    logs: Sequence[LogProposal], tables: Sequence[TableInfo], known: Known, looks: Looks
) -> tuple[list[LogProposal], list[LogProposal], list[ConsumerProposal], list[LeftOut]]:
    receipts = [*known.inboxes, *receipts_among(tables, logs, looks)]
    used = {(each.table.store, each.table.name) for each in receipts if each.sureness > Sureness.UNSURE}
    open_tables = [table for table in tables if (table.store, table.name) not in used]
    cursors = [*known.cursors, *cursors_among(open_tables, logs, looks)]
    unpaired = list(cursors)
    consumers = [one for log in logs for one in consumers_of(log, receipts, unpaired, looks)]
    kept, demoted = _without_mere_copies(logs, consumers)
    names = {log.name for log in kept}
    written = [one for one in consumers if one.log in names]
    return kept, demoted, _with_unique_names(written, logs), list(unused(written, receipts, cursors))


def _without_mere_copies(
    logs: Sequence[LogProposal], consumers: Sequence[ConsumerProposal]
) -> tuple[list[LogProposal], list[LogProposal]]:
    """An outbox beside a log that nobody was seen to read from: most likely a copy of that log, on its way out."""
    read = {consumer.log for consumer in consumers if not consumer.doubt}
    sources = {log.table.store for log in logs if words.role(log.table.bare) is not words.Role.OUTBOX}
    copies = [
        log
        for log in logs
        if words.role(log.table.bare) is words.Role.OUTBOX and log.table.store in sources and log.name not in read
    ]
    reason = "an outbox beside a log, and nobody was seen to read from it"
    demoted = [replace(log, sureness=Sureness.UNSURE, reasons=(*log.reasons, reason)) for log in copies]
    return [log for log in logs if log not in copies], demoted


def _beside(logs: Sequence[LogProposal], doubtful: Sequence[LogProposal]) -> list[LogProposal]:
    """The logs; an outbox with what may be its own log beside it says so, for it may be a mere copy of that."""
    told = []
    for log in logs:
        is_outbox = words.role(log.table.bare) is words.Role.OUTBOX
        beside = [each for each in doubtful if is_outbox and each.by_shape and each.table.store == log.table.store]
        reasons = [f"{each.table.name} beside it may be the log itself: --log {each.table.name}" for each in beside]
        told.append(replace(log, reasons=(*log.reasons, *reasons)))
    return told


def _with_unique_names(consumers: Sequence[ConsumerProposal], logs: Sequence[LogProposal]) -> list[ConsumerProposal]:
    taken = {log.name for log in logs}
    named = []
    for one in _told_apart(consumers, {log.table.store for log in logs}):
        name = one.name if one.name.isprintable() and one.name.strip() else words.slug(one.name)
        wanted = name if name not in taken else f"{name}-{one.log}"
        named.append(replace(one, name=_free(wanted, one.store, taken)))
    return named


def _told_apart(consumers: Sequence[ConsumerProposal], producers: set[str]) -> list[ConsumerProposal]:
    """The surest first. Where services call their cursors alike, as after what they read, each goes by its database."""
    stores: dict[str, set[str]] = {}
    for one in consumers:
        stores.setdefault(one.name, set()).add(one.store)
    by_store = [
        replace(one, name=words.slug(one.store)) if len(stores[one.name]) > 1 and one.store not in producers else one
        for one in consumers
    ]
    return sorted(by_store, key=lambda one: one.doubt is not None)


def _decided(
    consumers: Sequence[ConsumerProposal], chooser: Chooser
) -> tuple[list[ConsumerProposal], list[ConsumerProposal]]:
    sure: list[ConsumerProposal] = []
    unsure: list[ConsumerProposal] = []
    for one in consumers:
        (sure if not one.doubt or chooser.is_consumer(one) else unsure).append(one)
    return sure, unsure


def _unread(surveys: Mapping[str, Survey]) -> Iterator[tuple[str, str]]:
    return (each for found in surveys.values() for each in found.left_out)
