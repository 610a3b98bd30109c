"""What load() finds, reads and gives back."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from auditor.config import Config, InboxConfig, IsNull, LogConfig, ParkedConfig, StoreConfig, identity_of, load
from auditor.errors import ConfigError
from checks.model.consumer import Means
from tests.auditor.configs import VALID, read, with_line

SMALL = '[stores.shop]\nurl = "sqlite:///shop.db"\n'


@pytest.fixture
def nested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, two below ``tmp_path``."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def store_url(config: Config, name: str = "shop") -> str:
    return config.stores[name].url.get_secret_value()


class TestFinding:
    def test_the_file_that_is_named_wins(self, nested: Path) -> None:
        read(nested, VALID)
        (nested / "other.toml").write_text(SMALL)
        assert list(load(Path("other.toml"), {"AUDITOR_CONFIG": "auditor.toml"}).stores) == ["shop"]

    def test_the_variable_wins_over_the_folder(self, nested: Path) -> None:
        read(nested, VALID)
        (nested / "other.toml").write_text(SMALL)
        assert load(environment={"AUDITOR_CONFIG": "other.toml"}).path == Path("other.toml")

    def test_an_empty_variable_is_none(self, nested: Path) -> None:
        read(nested, SMALL)
        assert load(environment={"AUDITOR_CONFIG": ""}).path == Path("auditor.toml")

    @pytest.mark.usefixtures("nested")
    def test_a_parent_folder_has_it(self, tmp_path: Path) -> None:
        read(tmp_path, SMALL)
        assert load(environment={}).path == tmp_path / "auditor.toml"

    def test_the_nearest_folder_has_it(self, nested: Path, tmp_path: Path) -> None:
        read(tmp_path, SMALL)
        read(nested, VALID)
        assert load(environment={}).path == Path("auditor.toml")

    @pytest.mark.usefixtures("nested")
    def test_none_is_an_error_that_says_what_to_do(self) -> None:
        with pytest.raises(
            ConfigError, match=r"no auditor\.toml here .* \(name one with --config FILE or \$AUDITOR_CO"
        ):
            load(environment={})

    def test_a_named_file_that_is_absent_is_not_searched_for(self, nested: Path) -> None:
        read(nested, SMALL)
        with pytest.raises(ConfigError, match=r"^absent\.toml cannot be read: no such file or directory$"):
            load(Path("absent.toml"), {})

    def test_a_folder_is_no_file(self, nested: Path) -> None:
        with pytest.raises(ConfigError, match="cannot be read: it is a folder"):
            load(nested, {})

    def test_a_broken_link_is_not_passed_over_for_a_parents_file(self, nested: Path, tmp_path: Path) -> None:
        read(tmp_path, SMALL)
        (nested / "auditor.toml").symlink_to("gone.toml")
        with pytest.raises(ConfigError, match=r"^auditor\.toml cannot be read"):
            load(environment={})

    def test_a_folder_that_is_gone_is_an_error(self, nested: Path) -> None:
        nested.rmdir()
        with pytest.raises(ConfigError, match="the current folder is gone"):
            load(environment={})

    def test_the_environment_of_the_process_is_the_default(self, nested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (nested / "other.toml").write_text('[stores.shop]\nurl = "${SHOP_URL}"\n')
        monkeypatch.setenv("AUDITOR_CONFIG", "other.toml")
        monkeypatch.setenv("SHOP_URL", "sqlite:////shop.db")
        assert store_url(load()) == "sqlite:////shop.db"


class TestReading:
    def test_everything_that_stands_in_the_file_arrives(self, tmp_path: Path) -> None:
        config = read(tmp_path, VALID)
        assert list(config.stores) == ["shop", "billing-db"]
        assert list(config.logs) == ["orders", "payments"]
        assert list(config.consumers) == ["billing", "ledger"]
        log, consumer = config.logs["orders"], config.consumers["billing"]
        assert (log.name, log.table, log.where, log.retention) == (
            "orders",
            "public.events",
            {"is_archived": False},
            timedelta(days=90),
        )
        assert log.positions == "drawn-on-insert"
        assert config.logs["payments"].order == ("transaction_id", "number")
        assert (consumer.types, consumer.start, consumer.idempotent) == (("OrderPlaced", "Order*"), "first", True)
        assert consumer.cursor is not None
        assert (consumer.cursor.position, consumer.cursor.means) == (("last_position",), Means.LAST_PROCESSED)
        assert consumer.inbox is not None
        assert (consumer.inbox.done, consumer.inbox.received) == ({"status": "Handled"}, "seq")
        assert consumer.parked is not None
        assert consumer.parked.id == "event_id"

    def test_what_is_left_out_has_the_defaults_of_the_contract(self, tmp_path: Path) -> None:
        config = read(tmp_path, VALID)
        log, consumer = config.logs["payments"], config.consumers["ledger"]
        assert config.stores["billing-db"].statement_timeout == timedelta(seconds=30)
        assert (log.first_version, log.where, log.gapless, log.positions) == (1, {}, False, "unknown")
        assert (log.settle, log.retention) == (timedelta(seconds=5), None)
        assert (consumer.max_lag, consumer.grace) == (timedelta(minutes=5), timedelta(seconds=30))
        assert (consumer.idempotent, consumer.ordered, consumer.start, consumer.types) == (None, True, None, None)
        assert consumer.cursor is not None
        assert consumer.cursor.means is Means.LAST_PROCESSED

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", SMALL, "[logs]\n"])
    def test_a_file_without_a_log_is_a_config(self, tmp_path: Path, text: str) -> None:
        assert read(tmp_path, text).logs == {}

    def test_a_byte_order_mark_and_windows_lines_are_read(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()).stores

    def test_conditions_are_values_lists_and_null(self, tmp_path: Path) -> None:
        where = (
            '{ a = 1, b = "x", c = [1, 2.5, true], d = { is_null = false }, e = 2026-01-02, f = 2026-01-02T03:04:05Z }'
        )
        log = read(tmp_path, with_line("logs.orders", "where", f"where = {where}")).logs["orders"]
        assert log.where == {
            "a": 1,
            "b": "x",
            "c": (1, 2.5, True),
            "d": IsNull(is_null=False),
            "e": date(2026, 1, 2),
            "f": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        }
        assert type(log.where["e"]) is date

    @pytest.mark.parametrize(
        ("line", "start"), [("start = 0", 0), ("start = -3", -3), (f"start = {2**60 + 1}", 2**60 + 1)]
    )
    def test_a_start_may_be_any_position(self, tmp_path: Path, line: str, start: int) -> None:
        assert read(tmp_path, with_line("consumers.billing", "start", line)).consumers["billing"].start == start

    def test_a_log_and_a_store_may_share_a_name(self, tmp_path: Path) -> None:
        text = VALID + '\n[logs.shop]\nstore = "shop"\ntable = "t"\nposition = "p"\n'
        assert "shop" in read(tmp_path, text).logs

    def test_one_cursor_column_is_enough_for_a_log_with_an_order(self, tmp_path: Path) -> None:
        text = with_line("consumers.ledger.cursor", "position", 'position = ["number"]')
        cursor = read(tmp_path, text).consumers["ledger"].cursor
        assert cursor is not None
        assert cursor.position == ("number",)

    def test_what_was_read_does_not_change(self, tmp_path: Path) -> None:
        config = read(tmp_path, VALID)
        with pytest.raises(ValidationError, match="frozen"):
            setattr(config.logs["orders"], "table", "other")  # noqa: B010


class TestEnvironment:
    def test_a_variable_is_put_into_tables_and_lists(self, tmp_path: Path) -> None:
        text = with_line("consumers.billing.cursor", "where", 'where = { name = "${A}-${B}" }')
        text = text.replace('"Order*"', '"${A}*"')
        consumer = read(tmp_path, text, {"A": "x", "B": ""}).consumers["billing"]
        assert consumer.types == ("OrderPlaced", "x*")
        assert consumer.cursor is not None
        assert consumer.cursor.where == {"name": "x-"}

    def test_a_duration_may_come_from_the_environment(self, tmp_path: Path) -> None:
        text = with_line("consumers.billing", "grace", 'grace = "${GRACE}"')
        assert read(tmp_path, text, {"GRACE": "2m"}).consumers["billing"].grace == timedelta(minutes=2)

    def test_what_a_variable_holds_is_taken_as_it_is(self, tmp_path: Path) -> None:
        text = with_line("consumers.billing.cursor", "where", 'where = { name = "${A}" }')
        cursor = read(tmp_path, text, {"A": "${B}", "B": "x"}).consumers["billing"].cursor
        assert cursor is not None
        assert cursor.where == {"name": "${B}"}

    def test_keys_and_lone_dollars_are_left_alone(self, tmp_path: Path) -> None:
        text = with_line("logs.orders", "where", 'where = { "${A}" = "$A costs $5 {}" }')
        assert read(tmp_path, text, {"A": "x"}).logs["orders"].where == {"${A}": "$A costs $5 {}"}


class TestStores:
    @pytest.mark.parametrize(
        ("url", "normal"),
        [
            ("postgresql://u:p@h:5432/db?sslmode=require", "postgresql://u:p@h:5432/db?sslmode=require"),
            ("postgres://h/db", "postgresql://h/db"),
            ("postgresql+psycopg://h/db", "postgresql://h/db"),
            ("POSTGRES://h/db", "postgresql://h/db"),
            (" postgres://h/db\\n", "postgresql://h/db"),
            ("postgresql:///db?host=/run/postgresql", "postgresql:///db?host=/run/postgresql"),
            ("postgresql://u:a:b%40c/d?e#f@[::1]:5432/db", "postgresql://u:a:b%40c/d?e#f@[::1]:5432/db"),
            ("postgresql://", "postgresql://"),
        ],
    )
    def test_postgresql_has_one_spelling(self, tmp_path: Path, url: str, normal: str) -> None:
        config = read(tmp_path, f'[stores.shop]\nurl = "{url}"\n')
        assert store_url(config) == normal
        assert config.stores["shop"].kind == "postgresql"
        assert config.stores["shop"].file is None

    def test_a_relative_sqlite_file_lies_beside_the_config(self, nested: Path) -> None:
        read(nested, '[stores.shop]\nurl = "sqlite:///data/my shop.db"\n')
        store = load(Path("auditor.toml"), {}).stores["shop"]
        assert store.kind == "sqlite"
        assert store.file == nested / "data" / "my shop.db"
        assert store.url.get_secret_value() == f"sqlite:///{nested}/data/my shop.db"

    def test_an_absolute_sqlite_file_stays_where_it_is(self, tmp_path: Path) -> None:
        config = read(tmp_path, '[stores.shop]\nurl = "sqlite:////var/shop.db"\n')
        assert config.stores["shop"].file == Path("/var/shop.db")

    def test_a_password_does_not_show_in_a_config(self, tmp_path: Path) -> None:
        assert "geheim" not in repr(read(tmp_path, VALID))


class TestModels:
    def test_they_can_be_built_by_hand(self) -> None:
        by_hand = LogConfig(
            name="orders",
            store="shop",
            table="events",
            position="position",
            where={"archived_at": IsNull(is_null=True), "tenant": ("a", "b")},
            settle=timedelta(seconds=1),
        )
        assert by_hand.where == {"archived_at": IsNull(is_null=True), "tenant": ("a", "b")}
        assert by_hand.settle == timedelta(seconds=1)

    def test_they_do_not_show_what_they_refuse(self) -> None:
        with pytest.raises(ValidationError) as raised:
            StoreConfig(name="shop", url=SecretStr("mysql://u:geheim@h/d"))
        assert "geheim" not in str(raised.value)


def log(**columns: str) -> LogConfig:
    return LogConfig(name="orders", store="shop", table="events", position="position", **columns)


class TestIdentity:
    @pytest.mark.parametrize(
        ("given", "received", "identity"),
        [
            (log(id="id"), InboxConfig(table="t", id="i", position="p"), "id"),
            (log(), InboxConfig(table="t", id="i", position="p"), "position"),
            (
                log(id="id", stream="s", version="v"),
                InboxConfig(table="t", position="p", stream="s", version="v"),
                "position",
            ),
            (log(stream="s", version="v"), ParkedConfig(table="t", id="i", stream="s", version="v"), "stream-version"),
        ],
        ids=["both have an id", "only the inbox has an id", "position before stream", "stream and version"],
    )
    def test_the_first_that_both_sides_give(
        self, given: LogConfig, received: InboxConfig | ParkedConfig, identity: str
    ) -> None:
        assert identity_of(given, received) == identity

    def test_none_shared_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="shares no identity"):
            identity_of(log(stream="s"), InboxConfig(table="t", stream="s", version="v"))
