"""What a preset fills in, what a user's own keys change of it, and what is said where it cannot."""

from pathlib import Path

import pytest

from auditor.config import CursorConfig, LogConfig
from auditor.presets import presets
from auditor.presets.layout import Preset
from checks.model.consumer import Means
from tests.auditor.configs import fault, read

POSTGRES, SQLITE = "postgresql://auditor@shop/shop", "sqlite:///shop.db"
COLUMNS = {"stream": "originator_id", "version": "originator_version", "type": "topic", "data": "state"}


def text(log: str = "", cursor: str = 'subscription = "Orders"', url: str = POSTGRES, side: str | None = None) -> str:
    """A log of the preset and a consumer, with these lines in their sections."""
    return f"""\
[stores.shop]
url = "{url}"
[stores.side]
url = "{side or url}"
[logs.orders]
store = "shop"
{log or 'preset = "eventsourcing"'}
[consumers.mail]
log = "orders"
store = "side"
[consumers.mail.cursor]
{cursor}
"""


def log_of(folder: Path, log: str, url: str = POSTGRES) -> LogConfig:
    return read(folder, text(log, url=url)).logs["orders"]


def cursor_of(folder: Path, lines: str, url: str = POSTGRES, side: str | None = None) -> CursorConfig:
    cursor = read(folder, text(cursor=lines, url=url, side=side)).consumers["mail"].cursor
    assert cursor is not None
    return cursor


def test_a_log_on_postgresql_needs_no_more_than_its_preset(tmp_path: Path) -> None:
    log = log_of(tmp_path, 'preset = "eventsourcing"')
    assert (log.table, log.position, log.positions) == ("stored_events", "notification_id", "drawn-on-insert")
    assert {key: getattr(log, key) for key in COLUMNS} == COLUMNS
    assert (log.id, log.time, log.first_version, log.gapless) == (None, None, 1, False)


def test_the_url_of_its_store_decides_between_layouts(tmp_path: Path) -> None:
    log = log_of(tmp_path, 'preset = "eventsourcing"', SQLITE)
    assert (log.table, log.position) == ("stored_events", "rowid")
    assert {key: getattr(log, key) for key in COLUMNS} == COLUMNS


def test_a_key_that_the_user_writes_wins(tmp_path: Path) -> None:
    log = log_of(tmp_path, 'preset = "eventsourcing"\ntable = "es.orders_events"\npositions = "unknown"')
    assert (log.table, log.position, log.positions) == ("es.orders_events", "notification_id", "unknown")


def test_a_subscription_says_whose_row_of_the_tracking_table_is_meant(tmp_path: Path) -> None:
    cursor = cursor_of(tmp_path, 'subscription = "Orders"')
    assert (cursor.table, cursor.position) == ("notification_tracking", ("notification_id",))
    assert cursor.where == {"application_name": "Orders"}
    assert cursor.means is Means.LAST_PROCESSED


def test_the_store_of_the_consumer_decides_where_its_cursor_is(tmp_path: Path) -> None:
    assert cursor_of(tmp_path, 'subscription = "Orders"', POSTGRES, SQLITE).table == "tracking"
    assert cursor_of(tmp_path, 'subscription = "Orders"', SQLITE, POSTGRES).table == "notification_tracking"


def test_an_application_without_a_name_can_be_subscribed_to(tmp_path: Path) -> None:
    assert cursor_of(tmp_path, 'subscription = ""').where == {"application_name": ""}


def test_a_users_own_conditions_are_added_to_the_subscription(tmp_path: Path) -> None:
    cursor = cursor_of(tmp_path, 'subscription = "Orders"\ntable = "mail_tracking"\nwhere = { tenant = 7 }')
    assert cursor.table == "mail_tracking"
    assert cursor.where == {"application_name": "Orders", "tenant": 7}


def test_a_consumer_of_a_preset_may_keep_its_cursor_elsewhere(tmp_path: Path) -> None:
    cursor = cursor_of(tmp_path, 'table = "cursors"\nposition = "last"')
    assert (cursor.table, cursor.subscription, cursor.where) == ("cursors", None, {})


def test_a_row_of_the_tracking_table_can_be_named_by_hand(tmp_path: Path) -> None:
    lines = 'table = "mail_tracking"\nposition = "notification_id"\nwhere = { application_name = "Orders" }'
    assert cursor_of(tmp_path, lines).where == {"application_name": "Orders"}


def publisher(
    cursor: str = 'subscription = "Orders"', log: str = 'preset = "eventsourcing"', url: str = POSTGRES
) -> str:
    """A log of the preset and one derived from it, whose publisher has these lines in its cursor's section."""
    return f"""\
[stores.shop]
url = "{POSTGRES}"
[stores.side]
url = "{url}"
[logs.orders]
store = "shop"
{log}
[logs.v1]
store = "side"
table = "v1"
position = "n"
derived_from = "orders"
source = "notification_id"
source_key = "position"
[logs.v1.cursor]
{cursor}
"""


@pytest.mark.parametrize(("url", "table"), [(POSTGRES, "notification_tracking"), (SQLITE, "tracking")])
def test_a_publisher_may_subscribe_to_its_upstream_and_its_own_store_decides_where_its_cursor_is(
    tmp_path: Path, url: str, table: str
) -> None:
    cursor = read(tmp_path, publisher(url=url)).logs["v1"].cursor
    assert cursor is not None
    assert (cursor.table, cursor.position, cursor.where) == (
        table,
        ("notification_id",),
        {"application_name": "Orders"},
    )


KNOWN = "must name a layout that is known ('auditor presets' lists them), not"
MARK = "the library's mark that the table keeps one row for each upstream application"
BY_HAND = 'table = "notification_tracking"\nposition = "notification_id"'
PUBLISHER = "[logs.v1.cursor]"
LOG, CURSOR, INBOX = "[logs.orders]", "[consumers.mail.cursor]", "[consumers.mail.inbox]"

FAULTS = [
    pytest.param(
        text('preset = "eventsorcing"'),
        f"{LOG} 'preset' {KNOWN} 'eventsorcing' (did you mean 'eventsourcing'?)",
        id="a misspelt preset",
    ),
    pytest.param(text('preset = "zzz"'), f"{LOG} 'preset' {KNOWN} 'zzz'", id="an unknown preset"),
    pytest.param(text("preset = 3"), f"{LOG} 'preset' must be text, not 3", id="a preset that is no text"),
    pytest.param(
        text('preset = "eventsourcing"\npostion = "x"'),
        f"{LOG} unknown key 'postion' (did you mean 'position'?)",
        id="a misspelt key beside a preset",
    ),
    pytest.param(text('table = "events"'), f"{LOG} needs the key 'position'", id="no preset, no defaults"),
    pytest.param(
        text('table = "events"\nposition = "n"'),
        f"{CURSOR} 'subscription' needs 'preset' in {LOG}",
        id="a subscription to a log without a preset",
    ),
    pytest.param(
        text(cursor='subscription = "__migration__"'),
        f"{CURSOR} 'subscription' must name what is subscribed to: '__migration__' is {MARK}",
        id="the mark of the library as a subscription",
    ),
    pytest.param(
        text(cursor=f'{BY_HAND}\nwhere = {{ application_name = ["__migration__", "Orders"] }}'),
        f"{CURSOR} takes '__migration__', which is {MARK}",
        id="the mark of the library by hand",
    ),
    pytest.param(
        text(cursor=BY_HAND),
        f"{CURSOR} needs the key 'subscription': its table holds the rows of others, too",
        id="a tracking table without a subscription",
    ),
    pytest.param(
        text(cursor='subscription = "Orders"\n[consumers.mail.inbox]\n' + BY_HAND),
        f"{INBOX} needs 'application_name' in 'where': its table holds the rows of others, too",
        id="a tracking table as an inbox without a condition",
    ),
    pytest.param(
        text(
            cursor='subscription = "Orders"\n[consumers.mail.inbox]\n'
            f'{BY_HAND}\nwhere = {{ application_name = "__migration__" }}'
        ),
        f"{INBOX} takes '__migration__', which is {MARK}",
        id="the mark of the library as a receipt",
    ),
    pytest.param(
        text(cursor='subscription = "Orders"\nwhere = { application_name = "Orders" }'),
        f"{CURSOR} 'where' and 'subscription' both say which rows are meant: leave 'application_name' out of 'where'",
        id="a subscription said twice",
    ),
    pytest.param(text(cursor="subscription = 3"), f"{CURSOR} 'subscription' must be text, not 3", id="no text"),
    pytest.param(
        text(cursor='subscription = "Orders"\nwhere = 3'), f"{CURSOR} 'where' must be a table, not 3", id="no table"
    ),
    pytest.param(
        publisher(log='table = "events"\nposition = "n"'),
        f"{PUBLISHER} 'subscription' needs 'preset' in {LOG}",
        id="a publisher's subscription to a log without a preset",
    ),
    pytest.param(
        publisher(BY_HAND),
        f"{PUBLISHER} needs the key 'subscription': its table holds the rows of others, too",
        id="a publisher's tracking table without a subscription",
    ),
    pytest.param(
        publisher('subscription = "__migration__"'),
        f"{PUBLISHER} 'subscription' must name what is subscribed to: '__migration__' is {MARK}",
        id="the mark of the library as a publisher's subscription",
    ),
    pytest.param(
        publisher().replace('derived_from = "orders"', 'derived_from = "order"'),
        "[logs.v1] 'derived_from' must name a log of this file, not 'order' (did you mean 'orders'?)",
        id="an upstream that there is not is told, and not what follows from it",
    ),
    pytest.param(
        publisher().replace('derived_from = "orders"', ""),
        "[logs.v1] 'source' needs 'derived_from': it says how this log is made out of another",
        id="a publisher's subscription without an upstream",
    ),
    pytest.param(
        text().replace('log = "orders"', 'log = "order"'),
        "[consumers.mail] 'log' must name a log of this file, not 'order' (did you mean 'orders'?)",
        id="a log that there is not is told, and not what follows from it",
    ),
    pytest.param(
        text().replace('store = "shop"', 'store = "shpo"'),
        f"{LOG} 'store' must name a store of this file, not 'shpo' (did you mean 'shop'?)",
        id="a store that there is not is told, and not what follows from it",
    ),
    pytest.param(
        text(url="mysql://u:geheim@h/d", side=POSTGRES),
        "[stores.shop] 'url' names a 'mysql' store, which is not supported yet "
        "(supported: postgresql://… or sqlite:///…)",
        id="a store of another kind",
    ),
]


def only_on_postgresql() -> Preset:
    """A preset that knows a log on PostgreSQL, and nothing else."""
    preset = presets()["eventsourcing"]
    log_alone = preset.layouts[0].model_copy(update={"cursor": None})
    return preset.model_copy(update={"name": "plain", "layouts": (log_alone,)})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param(
            text('preset = "plain"', url=SQLITE),
            f"{LOG} 'plain' is not known on sqlite (it is on postgresql)",
            id="another kind of store",
        ),
        pytest.param(
            text('preset = "plain"'),
            f"{CURSOR} 'subscription' means nothing here: plain keeps no cursors on PostgreSQL",
            id="a subscription where no cursors are kept",
        ),
    ],
)
def test_what_a_preset_does_not_know_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, expected: str
) -> None:
    monkeypatch.setattr("auditor.config.filling.presets", lambda: {"plain": only_on_postgresql()})
    assert fault(tmp_path, config) == expected


@pytest.mark.parametrize(("config", "expected"), FAULTS)
def test_what_a_preset_cannot_give_is_said_in_one_line(tmp_path: Path, config: str, expected: str) -> None:
    assert fault(tmp_path, config) == expected
