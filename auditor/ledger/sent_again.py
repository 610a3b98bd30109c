"""What audits have to know of redeliveries, every run anew: which positions they touched, when, and who did it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from auditor.ledger.batches import batches
from auditor.ledger.redelivered import row_of, standing
from auditor.ledger.schema import redeliveries, redelivery_spans
from auditor.memory import DoubtfulCopy, Redelivered
from checks.model.journal import How
from checks.model.sent_again import Stretch
from checks.sent_again import SentAgain

_AT_ONCE = 10_000
"""Spans that may be on their way at the same time."""


@dataclass(slots=True)
class Recall:
    """What was read last, and up to which span of all: while there is no later one, it need not be read again.

    Of two that write at once on a server, the one with the lower numbers may be the later one: so the last ones,
    beyond ``floor``, are counted, too.
    """

    names: frozenset[str] = frozenset()
    floor: int = 0
    last: tuple[int, int] | None = None
    found: Mapping[str, Redelivered] = field(default_factory=dict)

    def ask(self, connection: Connection, names: Sequence[str]) -> dict[str, Redelivered]:
        """As :func:`sent_again`. The last span is asked for first, so what is written meanwhile is read next time."""
        last = self._last(connection)
        if last != self.last or not self.names.issuperset(names):
            self.floor = last[0] - _AT_ONCE
            self.last = self._last(connection)
            self.names, self.found = frozenset(names), sent_again(connection, names)
        return {name: self.found[name] for name in names if name in self.found}

    def _last(self, connection: Connection) -> tuple[int, int]:
        number = redelivery_spans.c.id
        highest, count = connection.execute(select(func.max(number), func.count()).where(number > self.floor)).one()
        return highest or 0, count


def sent_again(connection: Connection, names: Iterable[str]) -> dict[str, Redelivered]:
    """By the names of logs and consumers; those without any are left out. One indexed query."""
    span, run = redelivery_spans.c, redeliveries.c
    joined = redelivery_spans.join(redeliveries, span.redelivery == run.id)
    asked = select(redelivery_spans, run.user, run.host)
    asked = asked.select_from(joined).where(span.of.in_(("consumer", "log")))
    found: dict[str, dict[str, list[Stretch]]] = {}
    doubtful: dict[str, list[DoubtfulCopy]] = {}
    for batch in batches(names):
        for row in standing(connection.execute(asked.where(span.name.in_(batch))).mappings().all()):
            by = " on ".join(each for each in (row["user"], row["host"]) if each) or None
            at, partition = row["at"], row["partition"]
            stretch = Stretch(first=row["first"], last=row["last"], began=at, at=at, partition=partition, by=by)
            by_how = found.setdefault(row["name"], {})
            if row["how"] == How.COPYING:
                doubtful.setdefault(row["name"], []).append(DoubtfulCopy(stretch, row_of(row)))
            else:
                by_how.setdefault(row["how"], []).append(stretch)
    return {name: _redelivered(by_how, doubtful.get(name, ())) for name, by_how in found.items()}


def _redelivered(by_how: Mapping[str, Sequence[Stretch]], doubtful: Sequence[DoubtfulCopy]) -> Redelivered:
    sent, unsent, copied = (tuple(SentAgain(by_how.get(how, ()))) for how in (How.SENT, How.UNSENT, How.COPIED))
    return Redelivered(sent=sent, unsent=unsent, copied=copied, doubtful=tuple(doubtful))
