"""What the ledger tells audits of redeliveries: the same in SQLite and PostgreSQL."""

from auditor.ledger import Ledger
from auditor.memory import Redelivered
from checks.model.journal import How, Span
from checks.model.sent_again import Stretch
from tests.ledgers import began
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
