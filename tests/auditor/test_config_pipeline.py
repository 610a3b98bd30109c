"""States, derived logs, outboxes and the cursors of publishers: what is read, and what is wrong between them."""

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.config import Config, IsNull
from checks.model.consumer import Means
from tests.auditor.configs import PIPELINE, fault, read, with_line

ORDERS, OUTBOX, TOTALS, ACCOUNTS = "logs.orders", "logs.outbox", "logs.totals", "states.accounts"
DURATION = 'must be a duration like "500ms", "30s", "5m", "2h" or "7d", not'
ONE_NAMESPACE = "logs, states and consumers share one namespace"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read(tmp_path, PIPELINE)


class TestReading:
    def test_a_derived_log_arrives_with_its_publishers_cursor(self, config: Config) -> None:
        log = config.logs["outbox"]
        assert (log.derived_from, log.source, log.source_key) == ("orders", "event_id", "id")
        assert (log.types, log.per_event, log.sent, log.max_delay) == (
            ("Order*",),
            "one",
            "published_at",
            timedelta(minutes=2),
        )
        assert log.cursor is not None
        assert (log.cursor.where, log.cursor.position) == ({"name": "outbox"}, ("last_position",))
        assert log.cursor.means is Means.NEXT

    def test_a_state_arrives(self, config: Config) -> None:
        state = config.states["accounts"]
        assert (state.name, state.log, state.store, state.table) == ("accounts", "orders", "shop", "accounts")
        assert (state.stream, state.version, state.changed) == ("account_id", "version", "updated_at")
        assert (state.where, state.types, state.ended) == ({"deleted": False}, ("Order*",), ("OrderClosed",))
        assert state.max_delay == timedelta(seconds=30)

    def test_what_is_left_out_has_the_defaults_of_the_contract(self, config: Config) -> None:
        orders, state = config.logs["orders"], config.states["documents"]
        assert (orders.derived_from, orders.source, orders.source_key, orders.types) == (None, None, "id", None)
        assert (orders.per_event, orders.sent, orders.cursor) == ("one", None, None)
        assert orders.max_delay == state.max_delay == timedelta(minutes=1)
        assert (state.version, state.changed, state.types, state.ended, state.where) == (None, None, None, None, {})

    def test_a_state_without_version_and_time_is_compared_by_presence(self, tmp_path: Path) -> None:
        assert "documents" in read(tmp_path, PIPELINE).states

    def test_a_log_that_nobody_derived_may_be_an_outbox(self, tmp_path: Path) -> None:
        log = read(tmp_path, with_line(ORDERS, "x", 'sent = "sent_at"\nmax_delay = "9s"', PIPELINE)).logs["orders"]
        assert (log.sent, log.max_delay) == ("sent_at", timedelta(seconds=9))

    def test_a_log_may_be_derived_from_a_derived_one_and_stand_before_it(self, tmp_path: Path) -> None:
        lines = 'derived_from = "outbox"\nsource = "outbox_id"'
        assert read(tmp_path, with_line(ORDERS.replace("orders", "payments"), "x", lines, _without_totals())).logs

    def test_a_state_may_mirror_a_derived_log(self, tmp_path: Path) -> None:
        text = with_line(OUTBOX, "x", 'stream = "order_id"', PIPELINE)
        assert read(tmp_path, with_line("states.documents", "log", 'log = "outbox"', text)).states

    def test_the_row_of_a_state_may_be_told_by_null(self, tmp_path: Path) -> None:
        text = with_line(ACCOUNTS, "where", "where = { deleted_at = { is_null = true } }", PIPELINE)
        assert read(tmp_path, text).states["accounts"].where == {"deleted_at": IsNull(is_null=True)}


def _without_totals() -> str:
    before, _, after = PIPELINE.partition("[logs.totals]")
    return before + "[states" + after.partition("[states")[2]


LINES = [
    # section, key, the line in its place, the fault
    # keys
    (OUTBOX, "x", 'derived_form = "orders"', "unknown key 'derived_form' (did you mean 'derived_from'?)"),
    (OUTBOX, "x", 'sourcekey = "id"', "unknown key 'sourcekey' (did you mean 'source_key'?)"),
    (OUTBOX, "x", 'means = "next"', "unknown key 'means' (it belongs in [logs.NAME.cursor])"),
    (OUTBOX, "x", 'subscripton = "O"', "unknown key 'subscripton' (did you mean 'subscription'?)"),
    (f"{OUTBOX}.cursor", "x", 'tabel = "x"', "unknown key 'tabel' (did you mean 'table'?)"),
    (f"{OUTBOX}.cursor", "table", "", "needs the key 'table'"),
    (ACCOUNTS, "x", 'streem = "x"', "unknown key 'streem' (did you mean 'stream'?)"),
    (
        ACCOUNTS,
        "x",
        "zzzzz = 1",
        (
            "unknown key 'zzzzz' (known: 'log', 'store', 'table', 'where', 'stream', 'version', 'changed', 'types', "
            "'ended', 'max_delay')"
        ),
    ),
    *((ACCOUNTS, key, "", f"needs the key '{key}'") for key in ("log", "store", "table", "stream")),
    (OUTBOX, "x", 'redelivery = "api"', "unknown key 'redelivery' (known: "),
    # types of values
    (OUTBOX, "derived_from", "derived_from = 3", "'derived_from' must be text, not 3"),
    (OUTBOX, "derived_from", 'derived_from = " "', "'derived_from' must be a name, not ' '"),
    (OUTBOX, "source", 'source = ["a"]', "'source' must be text, not a list"),
    (OUTBOX, "source", 'source = ""', "'source' must be the name of a column, not ''"),
    (OUTBOX, "source_key", 'source_key = "ids"', "'source_key' must be 'id' or 'position', not 'ids' (did you mean"),
    (OUTBOX, "source_key", "source_key = true", "'source_key' must be 'id' or 'position', not true"),
    (OUTBOX, "source_key", 'source_key = ["id"]', "'source_key' must be 'id' or 'position', not a list"),
    (OUTBOX, "per_event", 'per_event = "many"', "'per_event' must be 'one' or 'any', not 'many' (did you mean 'any'?)"),
    (OUTBOX, "per_event", "per_event = 1", "'per_event' must be 'one' or 'any', not 1"),
    (OUTBOX, "types", 'types = "A"', "'types' must be a list, not 'A'"),
    (OUTBOX, "types", "types = []", "'types' must be a list with at least one event type (leave it out for all), not"),
    (OUTBOX, "sent", "sent = true", "'sent' must be text, not true"),
    (OUTBOX, "sent", 'sent = " "', "'sent' must be the name of a column, not ' '"),
    (OUTBOX, "max_delay", "max_delay = 60", f"'max_delay' {DURATION} 60"),
    (
        f"{OUTBOX}.cursor",
        "means",
        'means = "nxt"',
        "'means' must be 'last-processed', 'next' or 'delivered', not 'nxt'",
    ),
    (f"{OUTBOX}.cursor", "where", "where = 3", "'where' must be a table, not 3"),
    (f"{OUTBOX}.cursor", "position", "position = 3", "'position' must be the name of a column, or a list of columns,"),
    (ACCOUNTS, "table", 'table = "a.b.c"', "'table' must be TABLE or SCHEMA.TABLE, not 'a.b.c'"),
    (ACCOUNTS, "stream", "stream = 1", "'stream' must be text, not 1"),
    (ACCOUNTS, "version", 'version = ""', "'version' must be the name of a column, not ''"),
    (ACCOUNTS, "changed", "changed = 2026-01-01", "'changed' must be text, not the time 2026-01-01"),
    (
        ACCOUNTS,
        "where",
        "where = { a = [] }",
        "'where.a' must be a value, a list of values, or { is_null = true }, not",
    ),
    (
        ACCOUNTS,
        "types",
        "types = []",
        "'types' must be a list with at least one event type (leave it out for all), not",
    ),
    (ACCOUNTS, "ended", 'ended = ["A", ""]', "'ended' must be a list with at least one event type (leave it out for"),
    (ACCOUNTS, "ended", "ended = [3]", "'ended[0]' must be text, not 3"),
    (ACCOUNTS, "max_delay", 'max_delay = "1 minute"', f"'max_delay' {DURATION} '1 minute'"),
    # names
    (ACCOUNTS, "log", 'log = "order"', "'log' must name a log of this file, not 'order' (did you mean 'orders'?)"),
    (ACCOUNTS, "log", 'log = "documents"', "'log' must name a log of this file, not 'documents'"),
    (ACCOUNTS, "store", 'store = "shpo"', "'store' must name a store of this file, not 'shpo' (did you mean 'shop'?)"),
    (
        OUTBOX,
        "derived_from",
        'derived_from = "oders"',
        "'derived_from' must name a log of this file, not 'oders' (did you mean 'orders'?)",
    ),
    (OUTBOX, "derived_from", 'derived_from = "billing"', "'derived_from' must name a log of this file, not 'billing'"),
    # between keys: a derived log and its upstream
    (OUTBOX, "source", "", "'derived_from' needs 'source': the column that names the upstream event"),
    (TOTALS, "partition", "", "needs 'partition': positions of [logs.payments] are counted per partition"),
    (
        TOTALS,
        "source_key",
        "",
        "'source' needs 'id' in [logs.payments], to name its events by (or source_key = \"position\")",
    ),
    (TOTALS, "x", 'types = ["A"]', "'types' needs 'type' in [logs.payments]"),
    (f"{OUTBOX}.cursor", "x", 'partition = "p"', "'partition' needs 'partition' in [logs.orders]"),
    (f"{TOTALS}.cursor", "partition", 'stream = "s"', "'position' must be one column where there is a row a stream"),
    (
        f"{TOTALS}.cursor",
        "position",
        'position = ["a", "b", "c"]',
        "'position' has 3 columns, but [logs.payments] has 2 in 'order': give one, or as many",
    ),
    # between keys: a state and its log
    (ACCOUNTS, "log", 'log = "payments"', "'stream' needs 'stream' in [logs.payments]"),
]


@pytest.mark.parametrize(
    ("section", "key", "line", "expected"), LINES, ids=[f"{case[0]}: {case[2][:50]}" for case in LINES]
)
def test_a_wrong_line_is_named_with_its_section(
    tmp_path: Path, section: str, key: str, line: str, expected: str
) -> None:
    told = fault(tmp_path, with_line(section, key, line, PIPELINE))
    assert told.startswith(f"[{section}] {expected}")


PLAIN = """\
[stores.s]
url = "sqlite:///s.db"
[logs.l]
store = "s"
table = "t"
position = "p"
"""


def plain(lines: str) -> str:
    """A log that is not derived and names no column but its position, and what follows."""
    return PLAIN + lines


NOT_DERIVED = "needs 'derived_from': it says how this log is made out of another"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('source = "s"', f"'source' {NOT_DERIVED}"),
        ('source_key = "id"', f"'source_key' {NOT_DERIVED}"),
        ('types = ["A"]', f"'types' {NOT_DERIVED} (to say which of its rows count, use 'where')"),
        ('per_event = "one"', f"'per_event' {NOT_DERIVED}"),
        ('cursor = { table = "t", position = "p" }', f"'cursor' {NOT_DERIVED}"),
        ('max_delay = "1m"', "'max_delay' needs 'sent' or 'derived_from': nothing else about a log can be late"),
    ],
)
def test_a_key_of_a_derived_log_means_nothing_in_another(tmp_path: Path, line: str, told: str) -> None:
    assert fault(tmp_path, plain(line)) == f"[logs.l] {told}"


STATE = '[states.x]\nlog = "l"\nstore = "s"\ntable = "u"\nstream = "id"\n'


@pytest.mark.parametrize(
    ("columns", "line", "told"),
    [
        ("", "", "'stream' needs 'stream' in [logs.l]"),
        ('stream = "st"', 'version = "v"', "'version' needs 'version' in [logs.l]"),
        ('stream = "st"', 'types = ["A"]', "'types' needs 'type' in [logs.l]"),
        ('stream = "st"', 'ended = ["A"]', "'ended' needs 'type' in [logs.l]"),
        ('stream = "st"', 'changed = "c"', "'changed' needs 'time' in [logs.l]"),
    ],
)
def test_a_state_is_compared_by_what_its_log_has(tmp_path: Path, columns: str, line: str, told: str) -> None:
    assert fault(tmp_path, plain(f"{columns}\n{STATE}{line}")) == f"[states.x] {told}"


def log(name: str, upstream: str) -> str:
    return f"""\
[logs.{name}]
store = "s"
table = "t"
position = "p"
id = "i"
derived_from = "{upstream}"
source = "s"
"""


@pytest.mark.parametrize(
    ("upstreams", "told"),
    [
        ({"a": "a"}, "[logs.a] 'derived_from' goes round in a circle: a -> a"),
        ({"a": "b", "b": "a"}, "[logs.a] 'derived_from' goes round in a circle: a -> b -> a"),
        ({"a": "b", "b": "c", "c": "a"}, "[logs.a] 'derived_from' goes round in a circle: a -> b -> c -> a"),
        ({"a": "b", "b": "c", "c": "b"}, "[logs.b] 'derived_from' goes round in a circle: b -> c -> b"),
    ],
    ids=["itself", "two", "three", "a way into a circle is no circle"],
)
def test_logs_that_are_made_out_of_each_other_are_refused(tmp_path: Path, upstreams: dict[str, str], told: str) -> None:
    logs = "".join(log(name, upstream) for name, upstream in upstreams.items())
    assert fault(tmp_path, PLAIN + logs) == f"{told} (a log cannot be made out of itself)"


def test_a_circle_of_many_logs_is_found_and_told_in_one_line(tmp_path: Path) -> None:
    logs = "".join(log(f"l{number}", f"l{(number + 1) % 100}") for number in range(100))
    circle = "l0 -> l1 -> l2 -> l3 -> l4 -> l5 -> … -> l0"
    told = f"[logs.l0] 'derived_from' goes round in a circle: {circle} (a log cannot be made out of itself)"
    assert fault(tmp_path, PLAIN + logs) == told


@pytest.mark.parametrize(
    ("renamed", "name", "told"),
    [
        (ACCOUNTS, "orders", f"[states.orders] a log has the same name: {ONE_NAMESPACE}"),
        (ACCOUNTS, "outbox", f"[states.outbox] a log has the same name: {ONE_NAMESPACE}"),
        (ACCOUNTS, "billing", f"[consumers.billing] a state has the same name: {ONE_NAMESPACE}"),
        (TOTALS, "ledger", f"[consumers.ledger] a log has the same name: {ONE_NAMESPACE}"),
    ],
    ids=["a state like a log", "a state like a derived log", "a consumer like a state", "a consumer like a log"],
)
def test_no_two_subjects_share_a_name(tmp_path: Path, renamed: str, name: str, told: str) -> None:
    word = renamed.partition(".")[0]
    text = PIPELINE.replace(f"[{renamed}]", f"[{word}.{name}]").replace(f"[{renamed}.", f"[{word}.{name}.")
    assert fault(tmp_path, text) == told


def test_a_state_may_be_called_like_a_store(tmp_path: Path) -> None:
    assert "shop" in read(tmp_path, PIPELINE.replace("[states.accounts]", "[states.shop]")).states


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[state.x]", "unknown section 'state' (did you mean 'states'?)"),
        ("states = 3", "'states' must be a section, as in [states.NAME], not 3"),
        ("[[states]]", "'states' must be a section, as in [states.NAME], not a list"),
        ('[states]\nlog = "x"', "[states] 'log' must be a section, as in [states.NAME], not 'x'"),
        ("[states.' ']", "[states] the name of a section must not be blank: ' '"),
        ("[states.x]", "[states.x] needs the key 'log'"),
        (f"{PLAIN}cursor = 3", "[logs.l] 'cursor' must be a table, not 3"),
        (f"{PLAIN}[[logs.l.cursor]]", "[logs.l] 'cursor' must be a table, not a list"),
        (f"{PLAIN}[logs.l.inbox]", "[logs.l] unknown key 'inbox' (known: 'store', "),
    ],
)
def test_a_section_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert fault(tmp_path, text).startswith(told)
