"""Two logs of one upstream beside each other: that they agree, or what either lacks, for people and for programs."""

import json
from dataclasses import replace
from typing import Any

import reports
from checks.model.result import OneSided, Parity, Result
from reports.appearance import Appearance
from reports.terminal import render
from tests.reports import samples


def parities(result: Result) -> Any:
    """What the JSON document says of them."""
    return json.loads(reports.render(result, "json"))["parities"]


AGREE = Parity(upstream="orders", logs=("v1", "v2"), reached=((None, 12_400),), compared=12_345)
LACKS = OneSided(lacking="v2", count=3, ranges=((5, 6), (9, 9)), events=(samples.event(5),))


def told(parity: Parity) -> str:
    return render(replace(samples.CONSISTENT, parities=(parity,)), Appearance(width=None))


def test_two_that_agree_are_one_line_that_says_up_to_where() -> None:
    assert "  v1 and v2 agree on 12,345 events of orders up to position 12400\n" in told(AGREE)


def test_what_one_of_them_lacks_stands_below() -> None:
    text = told(replace(AGREE, differences=(LACKS,)))
    assert "  v1 and v2 differ (12,345 events of orders up to position 12400 compared)\n" in text
    assert "    v2 lacks 3 events that v1 has (first: positions 5 to 6)\n" in text


def test_where_positions_are_counted_by_partition_none_is_named() -> None:
    text = told(replace(AGREE, reached=(("north", 4), ("south", None))))
    assert "agree on 12,345 events of orders up to where both have come in each partition" in text


def test_of_two_that_share_nothing_yet_no_agreement_is_claimed() -> None:
    text = told(replace(AGREE, reached=((None, None),), compared=0))
    assert "agree" not in text
    assert "v1 and v2: nothing to compare, one of them has no event of orders yet" in text


def test_names_are_data() -> None:
    text = told(replace(AGREE, logs=("[red]x", "\x1b[2Jy")))
    assert "[red]x and " in text
    assert "\x1b" not in text


def test_a_run_without_two_of_them_says_nothing() -> None:
    assert "side by side" not in render(samples.CONSISTENT, Appearance(width=None))
    assert parities(samples.CONSISTENT) == []


def test_programs_get_all_of_it() -> None:
    partitioned = replace(AGREE, reached=(("north", 4), ("south", None)), differences=(LACKS,))
    assert parities(replace(samples.CONSISTENT, parities=(partitioned,))) == [
        {
            "upstream": "orders",
            "logs": ["v1", "v2"],
            "reached": [{"partition": "north", "position": 4}, {"partition": "south", "position": None}],
            "compared": 12_345,
            "differences": [
                {
                    "lacking": "v2",
                    "count": 3,
                    "ranges": [[5, 6], [9, 9]],
                    "ranges_truncated": False,
                    "events": [
                        {
                            "position": 5,
                            "id": "e5",
                            "stream": "order-1",
                            "version": 2,
                            "type": "OrderPlaced",
                            "time": "2026-03-01T12:00:00Z",
                        }
                    ],
                }
            ],
        }
    ]
