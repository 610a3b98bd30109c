"""Names are taken apart as their writers put them together, and say no more than they say."""

import pytest

from auditor.init import words
from auditor.init.words import Role


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("last_position", ("last", "position")),
        ("lastPosition", ("last", "position")),
        ("last_pos", ("last", "pos")),
        ("LastPosition", ("last", "position")),
        ("EventID", ("event", "id")),
        ("HTTPEvents", ("http", "event")),
        ("deliveries", ("delivery",)),
        ("status", ("status",)),
        ("access", ("access",)),
        ("Ereignisse_größe", ("ereignisse", "größe")),
        ("", ()),
        ("--", ()),
    ],
)
def test_a_name_is_taken_apart_into_words_in_the_singular(name: str, parts: tuple[str, ...]) -> None:
    assert words.words(name) == parts


@pytest.mark.parametrize(
    ("table", "role"),
    [
        ("events", Role.EVENTS),
        ("DomainEvents", Role.EVENTS),
        ("domainevents", Role.EVENTS),
        ("subscription_events", Role.EVENTS),
        ("delivery_events", Role.EVENTS),
        ("event_subscriptions", Role.CURSOR),
        ("event_tags", Role.OTHER),
        ("event_snapshots", Role.OTHER),
        ("failed_events", Role.PARKED),
        ("dead_letters", Role.PARKED),
        ("DeadLetterQueue", Role.PARKED),
        ("processed_events", Role.INBOX),
        ("inbox_messages", Role.INBOX),
        ("deliveries", Role.INBOX),
        ("projection_checkpoints", Role.CURSOR),
        ("last_seen", Role.CURSOR),
        ("inbox_cursors", Role.CURSOR),
        ("OutboxMessage", Role.OUTBOX),
        ("messages", Role.MAYBE_EVENTS),
        ("stock_movements", Role.MAYBE_EVENTS),
        ("orders", None),
        ("", None),
    ],
)
def test_what_a_table_is_for_is_told_by_its_name(table: str, role: Role | None) -> None:
    assert words.role(table) == role


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("billing_inbox", "billing"),
        ("ShippingProcessedMessages", "shipping"),
        ("invoices", "invoices"),
        ("inbox", None),
    ],
)
def test_what_is_left_of_a_name_names_the_consumer(name: str, label: str | None) -> None:
    assert words.label(name) == label


def test_plain_names_are_ranked_and_others_are_not() -> None:
    ranked = sorted(["Position", "global_position", "no"], key=lambda name: words.rank(name, words.POSITIONS) or 0)
    assert ranked == ["global_position", "Position", "no"]
    assert words.rank("positional_error", words.POSITIONS) is None


@pytest.mark.parametrize("name", ["", "${x}", "---", "[a.b]", "ü"])
def test_a_name_for_a_section_needs_no_quotes(name: str) -> None:
    assert words.slug(name).replace("-", "").replace("_", "").isalnum()
    assert words.slug(name).isascii()
