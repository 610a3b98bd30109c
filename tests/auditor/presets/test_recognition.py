"""Known systems are recognised by the names and columns of their tables."""

import pytest

from auditor.presets import recognise
from auditor.presets.recognition import Recognised

EVENTS = ("originator_id", "originator_version", "topic", "state")
NOTIFIED = (*EVENTS, "notification_id")
TRACKING = ("application_name", "notification_id")


def only(found: tuple[Recognised, ...]) -> Recognised:
    [one] = found
    return one


def test_an_application_without_a_name_needs_no_table_in_the_config() -> None:
    found = only(recognise({"stored_events": NOTIFIED, "notification_tracking": TRACKING}, "postgresql"))
    assert (found.application, found.event_table, found.tracking_table) == (
        "",
        "stored_events",
        "notification_tracking",
    )
    assert found.variant == "eventsourcing on PostgreSQL"
    assert found.log_keys == {"preset": "eventsourcing"}
    assert found.cursor_keys == {}


def test_an_application_is_named_by_its_tables() -> None:
    found = only(recognise({"orders_events": NOTIFIED, "orders_tracking": TRACKING}, "postgresql"))
    assert found.application == "orders"
    assert found.log_keys == {"preset": "eventsourcing", "table": "orders_events"}
    assert found.cursor_keys == {"table": "orders_tracking"}


def test_tables_of_one_application_belong_together_within_a_schema_only() -> None:
    tables = {"a.orders_events": NOTIFIED, "a.orders_tracking": TRACKING, "b.orders_tracking": TRACKING}
    here, there = recognise(tables, "postgresql")
    assert (here.event_table, here.tracking_table) == ("a.orders_events", "a.orders_tracking")
    assert (there.event_table, there.tracking_table) == (None, "b.orders_tracking")


def test_a_mere_follower_has_no_log_and_a_mere_producer_no_cursor() -> None:
    follower, producer = recognise({"mail_tracking": TRACKING, "shop_events": NOTIFIED}, "postgresql")
    assert (follower.application, follower.log_keys, follower.subscription) == ("mail", {}, "application_name")
    assert (producer.application, producer.cursor_keys, producer.subscription) == ("shop", {}, None)


def test_rows_that_are_no_consumers_are_named() -> None:
    assert only(recognise({"tracking": TRACKING}, "sqlite")).no_consumers == {"__migration__"}


@pytest.mark.parametrize(
    ("tables", "kind"),
    [
        pytest.param({"orders_events": EVENTS}, "postgresql", id="an aggregate recorder's events have no positions"),
        pytest.param({"orders_snapshots": EVENTS}, "postgresql", id="snapshots"),
        pytest.param({"stored_snapshots": EVENTS}, "sqlite", id="snapshots on SQLite"),
        pytest.param({"orders_events": EVENTS}, "sqlite", id="no names of applications on SQLite"),
        pytest.param({"_events": NOTIFIED}, "postgresql", id="a name that is none"),
        pytest.param({"click_events": ("id", "at")}, "postgresql", id="events of somebody else"),
        pytest.param({"stored_events": NOTIFIED}, "duckdb", id="a kind of store that no preset knows"),
        pytest.param({}, "postgresql", id="no tables"),
    ],
)
def test_what_is_not_known_is_not_recognised(tables: dict[str, tuple[str, ...]], kind: str) -> None:
    assert recognise(tables, kind) == ()


def test_other_columns_do_not_matter() -> None:
    assert only(recognise({"stored_events": (*EVENTS, "tenant")}, "sqlite")).event_table == "stored_events"
