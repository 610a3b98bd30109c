"""Generated consumers: what a trace says of each event is what plain sets and numbers say."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model.trace import HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop, pipeline_in

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.billing-db]
url = "sqlite:///billing.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
type = "type"
[consumers.billing]
log = "orders"
store = "billing-db"
types = ["A*"]
{start}
{cursor}
[consumers.billing.inbox]
table = "inbox"
id = "message_id"
received = "received_at"
done = {{ status = "done" }}
[consumers.billing.parked]
table = "dead_letters"
id = "message_id"
"""
CURSOR = '[consumers.billing.cursor]\ntable = "cursors"\nposition = "last_position"'
POSITIONS = range(1, 7)


@dataclass(frozen=True)
class Billing:
    """A consumer of six events. ``cursor``: ``None`` for none at all. ``receipts``: done or not, by position."""

    types: tuple[str, ...]
    start: int | None
    cursor: int | None
    receipts: dict[int, list[bool]]
    parked: frozenset[int]

    def wants(self, position: int) -> bool:
        return self.types[position - 1].startswith("A") and position >= (self.start or 0)

    def has_done(self, position: int) -> bool:
        return self.wants(position) and any(self.receipts.get(position, ()))

    def verdict(self, position: int) -> HopVerdict:
        receipts = self.receipts.get(position, [])
        if receipts and (any(receipts) or position not in self.parked):
            once = HopVerdict.PROCESSED if any(receipts) else HopVerdict.RECEIVED
            return HopVerdict.RECEIVED_TWICE if len(receipts) > 1 else once
        if position in self.parked:
            return HopVerdict.PARKED
        if not self.wants(position):
            return HopVerdict.NOT_WANTED
        later = any(map(self.has_done, range(position + 1, 7)))
        if not (later if self.cursor is None else position <= self.cursor):
            return HopVerdict.NOT_YET
        begun = self.start is not None or any(map(self.has_done, range(1, position)))
        return HopVerdict.NOT_RECEIVED if begun else HopVerdict.CANNOT_TELL

    def put_into(self, pipeline: Pipeline) -> None:
        events = ((n, f"e{n}", "s", n, self.types[n - 1], at(n)) for n in POSITIONS)
        pipeline.write("events", *events)
        for position, receipts in self.receipts.items():
            status = (("billing", f"e{position}", at(position), "done" if done else "new") for done in receipts)
            pipeline.write("inbox", *status)
        pipeline.write("dead_letters", *((f"e{position}",) for position in self.parked))
        if self.cursor is not None:
            pipeline.write("cursors", ("billing", self.cursor))
        start = "" if self.start is None else f"start = {self.start}"
        pipeline.config = CONFIG.format(start=start, cursor="" if self.cursor is None else CURSOR)


consumers = st.builds(
    Billing,
    types=st.tuples(*[st.sampled_from(["A1", "A2", "B"])] * len(POSITIONS)),
    start=st.none() | st.integers(0, 7),
    cursor=st.none() | st.integers(0, 7),
    receipts=st.dictionaries(st.sampled_from(POSITIONS), st.lists(st.booleans(), min_size=1, max_size=3)),
    parked=st.frozensets(st.sampled_from(POSITIONS), max_size=2),
)


@given(consumers)
@settings(max_examples=20)
def test_every_event_has_the_verdict_that_follows_from_what_was_put_there(billing: Billing) -> None:
    with tempfile.TemporaryDirectory() as folder, pipeline_in(Path(folder)) as pipeline:
        billing.put_into(pipeline)
        seen = {n: hop(pipeline.trace(f"orders:{n}"), "consumer", "billing").verdict for n in POSITIONS}
    assert seen == {n: billing.verdict(n) for n in POSITIONS}
