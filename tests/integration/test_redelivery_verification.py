"""Whether events have arrived, on PostgreSQL: while others write, without a right, on a standby, after a restore."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from auditor.config import load
from auditor.desk import Desk
from auditor.observer import Silent
from auditor.redelivery.look import viewing
from auditor.redelivery.plan_file import PlanError, write_plan
from auditor.redelivery.verifying import verify
from checks.model.verification import Fate, Proof, Verification
from tests import plans
from tests.auditor.redelivery.arrivals import MINUTE, Hours
from tests.integration.shop import Database, postgres_at, rows, settings, write_config
from tests.integration.test_standby import replay_paused
from tests.postgres import Server


def planned(folder: Path, url: str, *positions: int) -> Path:
    """A plan of these events, made from these very tables; the config beside it."""
    config = load(write_config(folder, settings(url, consumer={"cursor": None})))
    desk = Desk(config, Silent())
    try:
        with viewing(desk, config.consumers["billing"]) as view:
            origins = view.origins()
    finally:
        desk.close()
    events = [
        plans.planned(n, id=str(UUID(int=n - 1)), stream=f"order-{(n - 1) % 2}", version=(n - 1) // 2 + 1)
        for n in positions
    ]
    write_plan(folder / "plan.json", plans.plan(plans.part(origins=origins)), events)
    return folder


def looked(folder: Path, hours: Hours, wait: timedelta = MINUTE) -> Verification:
    return verify(load(folder / "auditor.toml"), folder / "plan.json", wait=wait, clock=hours.clock)


def receive(database: Database, *positions: int) -> None:
    database.execute("INSERT INTO inbox VALUES (?, ?)", [(n, str(UUID(int=n - 1))) for n in positions])


def test_what_arrives_while_it_waits_is_healed(database: str, tmp_path: Path) -> None:
    with postgres_at(database) as shop:
        shop.write(rows(6), received=[0])
        folder = planned(tmp_path, database, 3, 4, 5)
        hours = Hours([lambda: receive(shop, 3), lambda: receive(shop, 5, 4)])
        found = looked(folder, hours)
    assert (found.proof, found.looks, found.count(Fate.HEALED)) == (Proof.HEALED, 3, 3)


def test_a_store_that_fails_for_a_while_is_looked_at_again(database: str, tmp_path: Path) -> None:
    with postgres_at(database) as shop:
        shop.write(rows(6), received=[2])
        folder = planned(tmp_path, database, 3)
        shop.execute("ALTER TABLE inbox RENAME TO moved")
        failed = looked(folder, Hours())
        back = looked(folder, Hours([lambda: None, lambda: shop.execute("ALTER TABLE moved RENAME TO inbox")]))
    assert (failed.proof, failed.count(Fate.NOT_SEEN)) == (Proof.UNDECIDED, 1)
    [billing] = failed.consumers
    assert billing.problem is not None
    assert billing.problem[0] == "missing-table"
    assert (back.proof, back.looks) == (Proof.HEALED, 3)


def test_a_plan_from_before_a_restore_is_refused(database: str, tmp_path: Path) -> None:
    with postgres_at(database) as shop:
        shop.write(rows(6))
        folder = planned(tmp_path, database, 3)
        shop.execute("ALTER TABLE events RENAME TO old")
        shop.execute("CREATE TABLE events AS SELECT * FROM old")
        with pytest.raises(PlanError, match="was made from another database: the tables of 'orders'"):
            looked(folder, Hours())


def test_a_standby_that_lags_proves_no_absence(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop, postgres18.standby() as standby:
        shop.write(rows(6), received=[0])
        standby.catch_up(postgres18)
        folder = planned(tmp_path, standby.url(url.rpartition("/")[2]), 3)
        assert looked(folder, Hours(), wait=timedelta(0)).count(Fate.MISSING) == 1
        with replay_paused(standby, postgres18):
            receive(shop, 3)
            behind = looked(folder, Hours(), wait=timedelta(0))
        standby.catch_up(postgres18)
        healed = looked(folder, Hours(), wait=timedelta(0))
    assert (behind.proof, behind.count(Fate.NOT_SEEN)) == (Proof.UNDECIDED, 1)
    [billing] = behind.consumers
    assert billing.problem is not None
    assert billing.problem[0] == "behind"
    assert healed.proof is Proof.HEALED
