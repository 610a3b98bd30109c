"""Which tables record what a consumer received of a log, or set aside as failed.

The values decide: some of the ids of such a table are looked up in the log. Where they are numbers, which look alike
everywhere, its name or a foreign key has to say it too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.identity import Kind, canonical, joint
from auditor.init import words
from auditor.init.looks import Looks, identities
from auditor.init.naming import Naming, namings
from auditor.init.proposals import InboxProposal, LogProposal, Sureness
from auditor.init.receiving import hints, received_column
from auditor.init.sharing import keyed_consumer, named_consumer
from auditor.stores.interface import Identity, LogRow
from auditor.stores.introspection import TableInfo, Value
from checks.wording import counted

_SAMPLE = 400
_MOST, _HALF = 0.9, 0.5
_ENOUGH_TO_COMPARE = 3
_CONSUMERS_AT_MOST = 50
_ROWS_FOR_CONSUMERS = 100_000
_FURTHER = ("position", "stream", "version", "type", "id")


@dataclass(frozen=True, slots=True)
class _Sample:
    """Sampled rows of a table that were looked up in a log: identity columns first, then ``extra`` ones."""

    rows: tuple[tuple[Value, ...], ...]
    named: tuple[Identity, ...]
    found: dict[Identity, LogRow]

    @property
    def share(self) -> float:
        """How many of the identities the log has."""
        return sum(identity in self.found for identity in self.named) / len(self.named) if self.named else 0.0

    @property
    def described(self) -> str:
        """What was found, for people."""
        known = sum(identity in self.found for identity in self.named)
        return f"{known} of {counted(len(self.named), 'row')} looked at name an event of the log"


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a table fits a log."""

    log: LogProposal
    naming: Naming
    sample: _Sample
    sureness: Sureness
    reasons: tuple[str, ...]


def receipts_among(tables: Sequence[TableInfo], logs: Sequence[LogProposal], looks: Looks) -> Iterator[InboxProposal]:
    """Every table that may be an inbox or hold parked events, by the log that it fits best; one for each consumer."""
    own = {(log.table.store, log.table.name) for log in logs}
    for table in tables:
        if (table.store, table.name) in own:
            continue
        role = words.role(table.bare)
        if role in (words.Role.CURSOR, words.Role.EVENTS, words.Role.OUTBOX):
            continue
        fits = [fit for log in logs if (fit := _best_fit(table, role, log, looks)) is not None]
        if fits:
            yield from _proposals(table, role, _best(fits, table), looks)


def _best(fits: Sequence[_Fit], table: TableInfo) -> _Fit:
    """The log that fits best. Numbers that fit several logs alike are no proof of one."""
    first, *others = sorted(fits, key=lambda fit: (-fit.sureness, not fit.naming.foreign, -fit.sample.share))
    if not others or first.naming.telling or first.naming.foreign:
        return first
    named = [fit for fit in fits if words.is_about(table.bare, fit.log.table.bare)]
    if len(named) == 1:
        return named[0]
    also = ", ".join(fit.log.name for fit in others)
    return replace_fit(first, Sureness.UNSURE, f"its numbers would fit {also} as well")


def replace_fit(fit: _Fit, sureness: Sureness, reason: str) -> _Fit:
    """The fit with less certainty, and why."""
    return replace(fit, sureness=sureness, reasons=(*fit.reasons, reason))


def _best_fit(table: TableInfo, role: words.Role | None, log: LogProposal, looks: Looks) -> _Fit | None:
    fits = (_fit(table, role, log, naming, looks) for naming in namings(table, log))
    found = [fit for fit in fits if fit is not None]
    return max(found, key=lambda fit: (fit.sureness, fit.sample.share), default=None)


def _fit(table: TableInfo, role: words.Role | None, log: LogProposal, naming: Naming, looks: Looks) -> _Fit | None:
    sample = _sampled(table, log, naming, looks)
    reasons = list(_reasons(table, role, log, naming, sample))
    sureness = _sureness(table, role, log, naming, sample)
    return None if sureness is None else _Fit(log, naming, sample, sureness, tuple(reasons))


def _sampled(table: TableInfo, log: LogProposal, naming: Naming, looks: Looks) -> _Sample:
    """The first and the last rows where the table numbers them, else any."""
    sampler = looks.sampler(table.store)
    columns = list(dict.fromkeys([*naming.columns.values(), *_compared(table, log, naming).values()]))
    drawn = next((column.name for column in table.columns if column.draws and table.is_unique(column.name)), None)
    if drawn is None:
        rows = sampler.rows(table.name, columns, limit=2 * _SAMPLE)
    else:
        both = (
            sampler.rows(table.name, [*columns, drawn], limit=_SAMPLE, order=drawn, descending=last)
            for last in (False, True)
        )
        rows = list({row[-1]: row[:-1] for half in both for row in half}.values())
    named = tuple(identities(rows, naming.match))
    found = looks.in_log(log, naming.match, named) if named else {}
    return _Sample(tuple(rows), named, found)


def _reasons(
    table: TableInfo, role: words.Role | None, log: LogProposal, naming: Naming, sample: _Sample
) -> Iterator[str]:
    if role in (words.Role.INBOX, words.Role.PARKED):
        yield f"named {table.bare}"
    if naming.foreign:
        yield f"a foreign key from {naming.described} to {log.table.name}"
    yield sample.described if sample.named else "no rows were seen in it"
    if table.is_unique(*naming.columns.values()):
        yield f"{naming.described} is unique"


def _sureness(
    table: TableInfo, role: words.Role | None, log: LogProposal, naming: Naming, sample: _Sample
) -> Sureness | None:
    is_named = role in (words.Role.INBOX, words.Role.PARKED)
    if not sample.named:
        return _sureness_of_empty(is_named=is_named, naming=naming)
    enough = _HALF if is_named else _MOST
    if sample.share < enough:
        return None
    if is_named:
        return Sureness.SURE if naming.telling or naming.foreign else Sureness.LIKELY
    is_keyed = table.is_unique(*naming.columns.values()) or _is_keyed_with_consumer(table, naming)
    if not is_keyed and len(set(sample.named)) < len(sample.named) * _MOST:
        return None
    # What stands beside its log may as well be a part of it: tags, payloads, what an event was about.
    elsewhere = table.store != log.table.store
    return Sureness.LIKELY if elsewhere and naming.telling else Sureness.UNSURE


def _sureness_of_empty(*, is_named: bool, naming: Naming) -> Sureness | None:
    if not is_named:
        return None
    return Sureness.LIKELY if naming.foreign or naming.telling else Sureness.UNSURE


def _is_keyed_with_consumer(table: TableInfo, naming: Naming) -> bool:
    return named_consumer(table, naming) is not None and any(
        set(naming.columns.values()) < set(key) for key in table.keys
    )


def _proposals(table: TableInfo, role: words.Role | None, fit: _Fit, looks: Looks) -> Iterator[InboxProposal]:
    parked = role is words.Role.PARKED
    proposal = InboxProposal(
        table=table,
        log=fit.log.name,
        sureness=fit.sureness,
        reasons=fit.reasons,
        parked=parked,
        label=words.label(table.bare),
        columns=dict(fit.naming.columns) | _agreeing(table, fit),
        received=None if parked else received_column(table, fit.log, fit.naming, looks),
        hints=() if parked else tuple(hints(table, looks)),
    )
    shared, proposal = _whose(proposal, role, fit, looks)
    if shared is None:
        yield _unless_repeated(proposal, fit)
        return
    values = looks.sampler(table.store).distinct(
        table.name, shared, limit=_CONSUMERS_AT_MOST + 1, looked_at=_ROWS_FOR_CONSUMERS
    )
    consumers = sorted((value for value in values if isinstance(value, str | int) and _can_be_said(value)), key=str)
    if len(values) > _CONSUMERS_AT_MOST or not consumers:
        yield replace(
            proposal,
            sureness=Sureness.UNSURE,
            reasons=(*proposal.reasons, f"whose rows they are, {shared} leaves open"),
        )
        return
    for value in consumers:
        reasons = (*proposal.reasons, f"{shared} says whose (among {_ROWS_FOR_CONSUMERS} rows at the most)")
        yield replace(proposal, shared=shared, consumer=value, label=str(value), reasons=reasons)


def _whose(
    proposal: InboxProposal, role: words.Role | None, fit: _Fit, looks: Looks
) -> tuple[str | None, InboxProposal]:
    """The column that says whose receipt a row is, and the proposal: less sure where no name but the key says so."""
    named = named_consumer(proposal.table, fit.naming)
    if named is not None or role is not words.Role.INBOX:
        return named, proposal
    keyed = keyed_consumer(proposal, fit.log, fit.naming, looks)
    if keyed is None:
        return None, proposal
    reason = f"a key over ({keyed}, {fit.naming.described}), and events stand in it once for each {keyed}"
    sureness = min(proposal.sureness, Sureness.LIKELY)
    return keyed, replace(proposal, sureness=sureness, reasons=(*proposal.reasons, reason))


def _can_be_said(value: Value) -> bool:
    return not isinstance(value, str) or ("${" not in value and bool(value.strip()))


def _unless_repeated(proposal: InboxProposal, fit: _Fit) -> InboxProposal:
    """A table in which an event stands again and again is no record of receipts."""
    counts = Counter(fit.sample.named)
    repeated = sum(count > 1 for count in counts.values())
    if proposal.parked or repeated <= len(counts) * (1 - _MOST):
        return proposal
    return replace(
        proposal, sureness=Sureness.UNSURE, reasons=(*proposal.reasons, "an event stands in it more than once")
    )


def _compared(table: TableInfo, log: LogProposal, naming: Naming) -> dict[str, str]:
    """Columns that have the same name on both sides, by the config's word for them."""
    ours = {word: getattr(log, word) for word in _FURTHER if word not in naming.columns}
    named = {word: name for word, name in ours.items() if name is not None and table.column(name) is not None}
    taken = set(naming.columns.values())
    kinds = {word: joint(log.table.kind(name), table.kind(name)) for word, name in named.items() if name not in taken}
    return {word: named[word] for word, kind in kinds.items() if kind is not None}


def _agreeing(table: TableInfo, fit: _Fit) -> dict[str, str]:
    """Of those, the ones whose values are the log's in what was looked at: no others may accuse anybody."""
    compared = _compared(table, fit.log, fit.naming)
    columns = list(dict.fromkeys([*fit.naming.columns.values(), *compared.values()]))
    agreeing = {}
    for word, column in compared.items():
        pairs = list(_pairs(fit, word, columns.index(column)))
        if len(pairs) >= _ENOUGH_TO_COMPARE and sum(map(_are_equal, pairs)) >= len(pairs) * _MOST:
            agreeing[word] = column
    if "version" in agreeing and "stream" not in {*agreeing, *fit.naming.columns}:
        del agreeing["version"]
    return agreeing


def _pairs(fit: _Fit, word: str, place: int) -> Iterator[tuple[Value, Value]]:
    for row in fit.sample.rows:
        for identity in identities([row], fit.naming.match):
            if identity in fit.sample.found:
                yield row[place], getattr(fit.sample.found[identity], word)


def _are_equal(pair: tuple[Value, Value]) -> bool:
    left, right = pair
    if left is None or right is None:
        return left is right
    kind = Kind.INTEGER if isinstance(right, int) else Kind.TEXT
    return canonical(left, kind) == canonical(right, kind)
