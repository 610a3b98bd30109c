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


@dataclass(slots=True)
class Recall:
    """What was read last, and of how many spans up to which: while these are the same, it need not be read again.

    Of two that write at once on a server, the one with the lower numbers may be the later one: so they are counted.
    """

    names: frozenset[str] = frozenset()
    last: tuple[int, int] | None = None
    found: Mapping[str, Redelivered] = field(default_factory=dict)

    def ask(self, connection: Connection, names: Sequence[str]) -> dict[str, Redelivered]:
        """As :func:`sent_again`. The last span is asked for first, so what is written meanwhile is read next time."""
        highest, count = connection.execute(select(func.max(redelivery_spans.c.id), func.count())).one()
        last = highest or 0, count
        if last != self.last or not self.names.issuperset(names):
            self.names, self.last, self.found = frozenset(names), last, sent_again(connection, names)
        return {name: self.found[name] for name in names if name in self.found}


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
