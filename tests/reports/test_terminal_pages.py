"""Whole reports as they stand on a terminal of 80 and of 200 columns, and in a file.

After a change that is meant, ``pytest --snapshot-update`` writes them anew; look at each of them then.
"""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from checks.model.finding import Verdict
from checks.model.known import KnownFinding
from checks.model.result import OneSided, Parity, Problem, Result, Totals, Window
from reports import Appearance, render
from tests.reports import samples

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

HEALTHY = samples.result(
    samples.log(), samples.consumer(totals=Totals(produced=5_000_000, received=5_000_000, excluded=120))
)
LONG_AGO = samples.STARTED - timedelta(days=3, hours=19, minutes=5)
LOST = samples.finding(
    count=5,
    message="billing never received 5 events (first: positions 1211 to 1218) that it went past: mend the cause",
    ranges=((1211, 1218), (2244, 2244)),
    events=tuple(
        replace(samples.event(position, id=f"daf65ed3-7bb1-4851-b6ae-{position:012}"), time=LONG_AGO)
        for position in (1211, 1215, 1216, 1218, 2244)
    ),
    first_seen=samples.STARTED - timedelta(hours=7),
)
ONE = samples.result(samples.log(), samples.consumer(LOST, losses=(samples.loss(count=5, ranges=LOST.ranges),)))
MANY = samples.result(
    samples.log(samples.finding("position-gap", Verdict.BENIGN, 43, reason="rolled-back", ranges=((5, 5), (9, 12)))),
    *(
        samples.consumer(
            LOST,
            samples.finding("duplicate", ranges=((3, 3),), events=(samples.event(3),)),
            samples.finding("parked", harmless=True, count=1, ranges=((30, 30),)),
            samples.finding("lagging", Verdict.PENDING, 3, reason="younger-than-max-lag", ranges=((990, 1000),)),
            name=name,
        )
        for name in ("billing", "notifications")
    ),
    samples.consumer(name="accounting", totals=Totals(produced=12_345, received=12_345)),
)
UNREACHABLE = samples.result(
    samples.log(),
    samples.consumer(
        name="mail",
        window=None,
        totals=None,
        problems=(Problem(reason="unreachable", message="store 'mail': connection refused by 10.0.0.7, port 5432"),),
    ),
)
KNOWN = samples.result(
    samples.log(),
    samples.consumer(
        known=(
            KnownFinding(
                finding=LOST,
                fingerprint=LOST.fingerprint("billing"),
                why="lost in the outage of February",
                owner="ana",
                expires=samples.STARTED + timedelta(days=30),
            ),
        )
    ),
)
DERIVED = samples.result(
    samples.log(),
    samples.log(
        samples.finding("underived", count=2, ranges=((7, 8),), events=(samples.event(7),)),
        name="orders-v1",
        upstream="orders",
        window=Window(first=1, last=900, settled=900),
        totals=Totals(produced=800, received=798, missing=2),
    ),
)
PAGES = {
    "healthy": HEALTHY,
    "one finding": ONE,
    "many findings": MANY,
    "unreachable": UNREACHABLE,
    "incremental": samples.INCREMENTAL,
    "known": KNOWN,
    "derived": replace(
        DERIVED,
        parities=(
            Parity(
                upstream="orders",
                logs=("orders-v1", "orders-v2"),
                reached=((None, 900),),
                compared=800,
                differences=(OneSided(lacking="orders-v1", count=2, ranges=((7, 8),)),),
            ),
        ),
    ),
    "on the way": samples.ON_THE_WAY,
    "of everything": samples.INCONSISTENT,
}


@pytest.mark.parametrize("width", [None, 80, 200])
@pytest.mark.parametrize("result", PAGES.values(), ids=PAGES)
def test_the_page_is_what_was_looked_at(result: Result, width: int | None, snapshot: SnapshotAssertion) -> None:
    assert ESCAPE.sub("", render(result, "terminal", Appearance(width=width))) == snapshot
