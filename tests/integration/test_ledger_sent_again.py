"""What the ledger tells audits of redeliveries: the same in SQLite and PostgreSQL."""

from auditor.ledger import Ledger, redelivered
from auditor.ledger.opening import database_of
from auditor.memory import DoubtfulCopy, Redelivered
from checks.model.event import Event
from checks.model.journal import How, Span
from checks.model.sent_again import Stretch
from tests.ledgers import began, config_of, opened
from tests.postgres import Server
from tests.redeliveries import redelivery

HOSTILE = "\x1b[2J\0\udc80"


def test_nobody_has_sent_anything_again(ledger: Ledger) -> None:
    assert ledger.sent_again(["billing", "orders"]) == {}
    assert ledger.recall({"orders": "k"}, {"billing": "k"}).redelivered == {}


def test_each_place_is_told_with_its_first_and_last_sending_and_who_did_it(ledger: Ledger) -> None:
    def noted(of: str, name: str, first: int, last: int, how: How, minute: int, partition: str | None = None) -> Span:
        return Span(of=of, name=name, first=first, last=last, how=how, at=began(minute), partition=partition)

    ann = ledger.begin_redelivery(redelivery())
    bob = ledger.begin_redelivery(redelivery(9, user=HOSTILE))
    ledger.note_sent(
        ann,
        [
            noted("consumer", "billing", 4, 7, How.SENT, 1),
            noted("consumer", "billing", 4, 4, How.SENT, 2, HOSTILE),
            noted("consumer", "shipping", 4, 4, How.SENT, 2),
            noted("log", "orders", 4, 4, How.UNSENT, 3),
            noted("log", "orders", 2**62, 2**62, How.COPIED, 3),
        ],
    )
    ledger.note_sent(bob, [noted("consumer", "billing", 6, 9, How.SENT, 10)])

    def stretch(first: int, last: int, minutes: tuple[int, int], by: str, partition: str | None = None) -> Stretch:
        began_at, at = map(began, minutes)
        return Stretch(first=first, last=last, began=began_at, at=at, by=f"{by} on ops-1", partition=partition)

    assert ledger.sent_again(["billing", "orders", "mail"]) == {
        "billing": Redelivered(
            sent=(
                stretch(4, 5, (1, 1), "ann"),
                stretch(6, 7, (1, 10), HOSTILE),
                stretch(8, 9, (10, 10), HOSTILE),
                stretch(4, 4, (2, 2), "ann", HOSTILE),
            )
        ),
        "orders": Redelivered(unsent=(stretch(4, 4, (3, 3), "ann"),), copied=(stretch(2**62, 2**62, (3, 3), "ann"),)),
    }
    assert set(ledger.recall({"orders": "k"}, {"shipping": "k"}).redelivered) == {"orders", "shipping"}


def test_what_is_noted_after_it_was_asked_for_is_told_when_it_is_asked_for_again(ledger: Ledger) -> None:
    number = ledger.begin_redelivery(redelivery())
    ledger.recall({"orders": "k"}, {"billing": "k", "mail": "k"})
    for position in (1, 3):
        ledger.note_sent(
            number, [Span(of="consumer", name="billing", first=position, last=position, how=How.SENT, at=began(1))]
        )
        told = ledger.sent_again(["billing"])["billing"].sent
        assert (told[-1].first, told) == (position, ledger.sent_again(["billing", "shipping"])["billing"].sent)
    assert ledger.sent_again(["mail"]) == {}


def copy(position: int, how: How, minute: int = 1, partition: str | None = None) -> Span:
    row = Event(id=f"e{HOSTILE}", stream=HOSTILE, version=2**62) if how is How.COPYING else None
    return Span(
        of="log", name="orders", first=position, last=position, how=how, at=began(minute), partition=partition, row=row
    )


def test_a_copy_is_in_doubt_until_the_same_redelivery_says_what_became_of_it(ledger: Ledger) -> None:
    ann, bob = ledger.begin_redelivery(redelivery()), ledger.begin_redelivery(redelivery(9))
    ledger.note_sent(ann, [copy(n, How.COPYING) for n in (1, 2, 3)])
    ledger.note_sent(ann, [copy(4, How.COPYING, partition=HOSTILE)])
    ledger.note_sent(bob, [copy(3, How.COPIED)])
    ledger.note_sent(ann, [copy(2, How.COPIED), copy(3, How.COPIED, minute=2), copy(4, How.WITHDRAWN)])
    assert [span.first for _, span in ledger.copies_in_doubt(["orders", "mail"])] == [1, 3, 4]
    ledger.note_sent(ann, [copy(3, How.COPIED), copy(4, How.WITHDRAWN, partition=HOSTILE)])
    assert ledger.copies_in_doubt(["orders"]) == [(ann, copy(1, How.COPYING))]
    known = ledger.sent_again(["orders"])["orders"]
    stretch = Stretch(first=1, last=1, began=began(1), at=began(1), by="ann on ops-1")
    row = Event(id=f"e{HOSTILE}", stream=HOSTILE, version=2**62)
    assert known.doubtful == (DoubtfulCopy(stretch, row),)
    assert [(each.first, each.last) for each in known.copied] == [(2, 2), (3, 3)]


def test_who_began_to_write_earlier_and_ended_later_is_heard_of_all_the_same(postgres18: Server) -> None:
    with postgres18.database() as url, opened(config_of(url)) as ledger:
        number = ledger.begin_redelivery(redelivery())
        with database_of(config_of(url)).writing() as late:
            redelivered.note(late, number, [copy(1, How.COPIED)])
            ledger.note_sent(number, [copy(3, How.COPIED)])
            assert [each.first for each in ledger.sent_again(["orders"])["orders"].copied] == [3]
        assert [each.first for each in ledger.sent_again(["orders"])["orders"].copied] == [1, 3]
