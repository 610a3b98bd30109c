"""A consumer that is sent again what it lacks by a producer's redelivery API ends with just that, whatever goes wrong.

Before anything is asked for once more, an audit says what is still missing: what nobody answered may have been done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import auditor
from auditor.config import load
from auditor.redelivery.applying.keys import idempotency_key
from auditor.redelivery.targets.interface import Batch, Parcel
from checks.identities import key_of
from checks.model.event import Event
from checks.model.redelivery import Outcome, PlannedEvent, Why
from checks.model.result import Outcome as Verdict
from tests.auditor.redelivery.http_targets import opened, outcomes
from tests.auditor.redelivery.servers import Asked, Behaviour, answering, resetting_at_once, serving
from tests.integration.producer import delivering, produced, received
from tests.integration.shop import Database, postgres_at, rows, settings, sqlite_at, write_config
from tests.postgres import Server

COUNT = 60
LACKING = (3, 4, 5, 17, 30, 31, 58)
"""Ordinals from 0; positions are one more."""
PLAN = "fedcba9876543210" * 4
A, R, U, F = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.FAILED


@dataclass(frozen=True, slots=True)
class Shop:
    """A log, and a consumer that lacks some of it."""

    url: str
    config: Path

    def lacking(self) -> list[Event]:
        """What an audit confirms to be missing."""
        audits = auditor.run(self.config, max_findings=None).audits
        findings = [finding for audit in audits for finding in audit.findings if finding.check == "missing"]
        return [event for finding in findings for event in finding.events]

    def batch(self) -> Batch:
        """All of that at once."""
        events = self.lacking()
        followers = {one.position for zero, one in pairwise(events) if one.position == (zero.position or 0) + 1}
        parcels = tuple(
            Parcel(
                event=PlannedEvent(event=event, consumer="billing", target="api", why=Why.MISSING),
                key=idempotency_key(PLAN, key_of(event), "billing"),
                follows=event.position in followers,
            )
            for event in events
        )
        log = load(self.config).logs["orders"]
        return Batch(plan=PLAN, consumer="billing", log=log, parcels=parcels, count=len(parcels))

    def is_whole(self) -> bool:
        """Whether the consumer has every event once, and the auditor says so."""
        has_all = received(self.url) == produced(self.url)
        return has_all and auditor.run(self.config).verdict is Verdict.CONSISTENT


@pytest.fixture(params=["sqlite", "postgres18"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Such a shop in each kind of database."""
    if request.param == "sqlite":
        with sqlite_at(tmp_path / "shop.db") as database:
            yield lossy(database, tmp_path)
        return
    server = request.getfixturevalue(request.param)
    assert isinstance(server, Server)
    with server.database() as url, postgres_at(url) as database:
        yield lossy(database, tmp_path)


def lossy(database: Database, folder: Path) -> Shop:
    database.write(rows(COUNT), received=[n for n in range(COUNT) if n not in LACKING])
    late_is_fine = settings(database.url, consumer={"ordered": False})
    return Shop(database.url, write_config(folder, late_is_fine))


def sent_again(shop: Shop, *behaviours: Behaviour, **keys: Any) -> tuple[list[Outcome], list[Asked]]:
    """What became of all that is missing, and what the producer was asked."""
    with serving(*behaviours) as server, opened(server.url + "/again/{consumer}", **keys) as target:
        return outcomes(target.send(shop.batch())), server.asked


@pytest.mark.parametrize(
    ("keys", "requests"),
    [
        ({}, 1),
        ({"shape": "positions"}, 1),
        ({"shape": "range"}, 4),
        ({"body": {"ids": ["{id}"], "why": "lost by {consumer}"}}, 7),
    ],
)
def test_exactly_what_is_missing_is_sent_again_in_every_shape(shop: Shop, keys: dict[str, Any], requests: int) -> None:
    said, asked = sent_again(shop, delivering(shop.url), **keys)
    assert said == [A] * len(LACKING)
    assert len(asked) == requests
    assert {each.path for each in asked} == {"/again/billing"}
    assert shop.is_whole()


def test_everything_from_the_first_missing_event_on_is_sent_again(shop: Shop) -> None:
    with serving(delivering(shop.url)) as server, opened(server.url, shape="from-position") as target:
        whole = shop.batch()
        first = Batch(plan=PLAN, consumer="billing", log=whole.log, parcels=whole.parcels[:1], count=COUNT - LACKING[0])
        assert outcomes(target.send(first)) == [A]
    assert [asked.json for asked in server.asked] == [{"from": LACKING[0] + 1}]
    assert shop.is_whole()


def test_a_server_that_refuses_for_a_while_is_asked_until_it_does_it(shop: Shop) -> None:
    refusals = [answering(503), answering(429, headers={"Retry-After": "120"}), answering(500)]
    said, asked = sent_again(shop, *refusals, delivering(shop.url))
    assert said == [A] * len(LACKING)
    assert len({each.headers["idempotency-key"] for each in asked}) == 1
    assert shop.is_whole()


def test_what_was_done_without_an_answer_is_unknown_and_is_found_at_the_consumer(shop: Shop) -> None:
    said, asked = sent_again(shop, delivering(shop.url, answers=False), delivering(shop.url))
    assert (said, len(asked)) == ([U] * len(LACKING), 1)
    assert shop.is_whole()


def test_what_was_lost_without_an_answer_is_unknown_and_still_missing(shop: Shop) -> None:
    said, _ = sent_again(shop, resetting_at_once, delivering(shop.url))
    assert said == [U] * len(LACKING)
    assert len(shop.lacking()) == len(LACKING)
    assert sent_again(shop, delivering(shop.url))[0] == [A] * len(LACKING)
    assert shop.is_whole()


def test_what_was_accepted_and_lost_is_not_taken_for_delivered(shop: Shop) -> None:
    said, _ = sent_again(shop, answering(202))
    assert said == [A] * len(LACKING)
    assert not shop.is_whole()
    assert len(shop.lacking()) == len(LACKING)


def test_of_what_is_done_in_part_only_the_rest_is_sent_once_more(shop: Shop) -> None:
    said, _ = sent_again(shop, delivering(shop.url, most=3), accepted="/accepted")
    assert said == [A] * 3 + [R] * (len(LACKING) - 3)
    assert len(shop.lacking()) == len(LACKING) - 3
    assert sent_again(shop, delivering(shop.url, most=9), accepted="/accepted")[0] == [A] * (len(LACKING) - 3)
    assert shop.is_whole()


def test_ranges_after_one_that_failed_are_left_for_the_next_time(shop: Shop) -> None:
    said, asked = sent_again(shop, delivering(shop.url), answering(503), shape="range", retries=0)
    assert said == [A, A, A, F, F, F, F]
    assert [(each.json["first"], each.json["last"]) for each in asked] == [(4, 6), (18, 18)]
    assert len(shop.lacking()) == 4
    assert sent_again(shop, delivering(shop.url), shape="range")[0] == [A] * 4
    assert shop.is_whole()
