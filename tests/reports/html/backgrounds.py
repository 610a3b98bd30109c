"""A background with something of everything."""

from datetime import timedelta

from checks.model.graph import Edge, Graph, Node
from checks.model.journal import RecordedRedelivery, Redelivery
from checks.model.recorded import Measured
from checks.model.redelivery import Step
from checks.model.result import Outcome
from reports.background import Background
from tests.reports.samples import STARTED

GRAPH = Graph(
    nodes=(
        Node(name="accounts", of="state", store="shop", upstream="orders"),
        Node(name="orders", of="log", store="shop"),
        Node(name="billing", of="consumer", store="billing-db", upstream="orders"),
        Node(name="mail", of="consumer", store="mail-db", upstream="orders"),
    ),
    edges=(
        Edge(before="accounts", after="orders"),
        Edge(before="orders", after="billing"),
        Edge(before="orders", after="mail"),
    ),
    now=STARTED,
)

MEASURED = tuple(
    Measured(
        audit="billing",
        of="consumer",
        run=f"r-{number}",
        at=STARTED - timedelta(hours=3 - number),
        verdict=Outcome.INCONSISTENT if number else Outcome.UNKNOWN,
        produced=800 + number if number else None,
        missing=number if number else None,
        pending=3 * number if number else None,
        lagging=number,
    )
    for number in range(4)
)

REDELIVERY = RecordedRedelivery(
    redelivery=Redelivery(
        number=7,
        plan="3fa2" * 16,
        run="r-0",
        target="orders-api",
        kind="http",
        consumers=("billing",),
        user="ann",
        host="ops-1",
        at=STARTED - timedelta(hours=1),
        reason="lost in the night",
        ticket="OPS-1",
    ),
    counts={Step.ACCEPTED: 3, Step.REJECTED: 1, Step.HEALED: 2, Step.MISSING: 1},
)

BACKGROUND = Background(
    graph=GRAPH,
    measured=MEASURED,
    redeliveries=(REDELIVERY,),
    command="auditor check --config shop.toml billing",
    config_hash="c0ffee" * 10,
)
