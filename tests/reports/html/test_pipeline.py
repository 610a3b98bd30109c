"""The picture of the pipeline: which hops are marked, and that nothing stands on anything else."""

from dataclasses import replace
from itertools import combinations

import pytest

from checks.model.graph import Edge, Graph, Node
from checks.model.result import LostAt
from reports.html.picture import HEIGHT, WIDTH, picture
from reports.html.pipeline import MOST_PARTS, pipeline
from tests.reports import samples
from tests.reports.html.backgrounds import GRAPH


def fan(count: int) -> Graph:
    """A log and so many consumers of it."""
    names = [f"c{number}" for number in range(count)]
    return Graph(
        nodes=(
            Node(name="orders", of="log", store="shop"),
            *(Node(name=name, of="consumer", store="shop", upstream="orders") for name in names),
        ),
        edges=tuple(Edge(before="orders", after=name) for name in names),
        now=samples.STARTED,
    )


DIAMOND = Graph(
    nodes=tuple(Node(name=name, of="log", store="shop") for name in "abcdef"),
    edges=tuple(Edge(before=before, after=after) for before, after in ("ab", "ac", "bd", "cd", "ae", "df", "af")),
    now=samples.STARTED,
)


@pytest.mark.parametrize(
    "graph", [GRAPH, fan(0), fan(1), fan(30), DIAMOND], ids=["shop", "log", "one", "fan", "diamond"]
)
def test_no_box_stands_on_another_and_all_of_them_are_within_the_picture(graph: Graph) -> None:
    drawn = picture(pipeline(samples.result(), graph))
    assert len(drawn.boxes) == len(graph.nodes)
    for one, other in combinations(drawn.boxes, 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
    assert all(0 <= box.x <= drawn.width - WIDTH and 0 <= box.y <= drawn.height - HEIGHT for box in drawn.boxes)


def test_events_go_from_left_to_right() -> None:
    drawn = picture(pipeline(samples.result(), DIAMOND))
    x = {box.name: box.x for box in drawn.boxes}
    assert all(x[edge.before] < x[edge.after] for edge in DIAMOND.edges)


def test_the_hop_that_lost_events_is_marked_with_how_many_and_how() -> None:
    lost = (samples.loss(LostAt.SENT_NOT_RECEIVED, 2), samples.loss(count=1), samples.loss(partition="eu", count=3))
    drawn = pipeline(samples.result(samples.log(), samples.consumer(losses=lost)), GRAPH)
    assert {(hop.before, hop.after): hop.lost for hop in drawn.hops} == {
        ("accounts", "orders"): (),
        ("orders", "billing"): (("2 events", "sent and lost"), ("4 events", "not received")),
        ("orders", "mail"): (),
    }


def test_what_consumers_behind_one_hop_tell_of_the_same_loss_is_counted_once() -> None:
    lost = (samples.loss(LostAt.NOT_WRITTEN, 2, source="accounts", target="orders"),)
    both = (samples.consumer(losses=lost), samples.consumer(name="mail", losses=lost))
    [hop] = [hop for hop in pipeline(samples.result(*both), GRAPH).hops if hop.lost]
    assert (hop.before, hop.after, hop.lost) == ("accounts", "orders", (("2 streams", "not written"),))


def test_without_a_config_the_audits_tell_what_comes_from_what() -> None:
    result = samples.result(samples.log(name="v1", upstream="orders"), samples.consumer(upstream="v1"))
    drawn = pipeline(result, None)
    assert [(part.name, part.kind, part.verdict) for part in drawn.parts] == [
        ("orders", "log", "unaudited"),
        ("v1", "derived log", "consistent"),
        ("billing", "consumer", "consistent"),
    ]
    assert [(hop.before, hop.after) for hop in drawn.hops] == [("orders", "v1"), ("v1", "billing")]


def test_a_state_from_which_something_was_not_written_stands_before_its_log() -> None:
    lost = (samples.loss(LostAt.NOT_WRITTEN, 2, source="accounts", target="orders"),)
    result = samples.result(
        replace(samples.log(name="accounts", upstream="orders"), of="state"), samples.consumer(losses=lost)
    )
    hops = {(hop.before, hop.after) for hop in pipeline(result, None).hops}
    assert hops == {("accounts", "orders"), ("orders", "billing")}


def test_findings_mark_a_hop_of_which_no_loss_tells() -> None:
    result = samples.result(samples.consumer(samples.finding(count=3)))
    assert [hop.lost for hop in pipeline(result, None).hops] == [(("3 events", "not received"),)]


def test_of_a_large_pipeline_what_has_errors_is_drawn_with_what_it_comes_from() -> None:
    broken = samples.consumer(samples.finding(), name="c190", upstream="orders")
    drawn = pipeline(samples.result(broken), fan(200))
    assert len(drawn.parts) == MOST_PARTS
    assert {"orders", "c190"} <= {part.name for part in drawn.parts}
    assert drawn.left_out == 201 - MOST_PARTS


def test_a_circle_which_no_config_has_is_drawn_all_the_same() -> None:
    nodes = tuple(Node(name=name, of="log", store="shop") for name in "ab")
    circle = Graph(nodes=nodes, edges=(Edge(before="a", after="b"), Edge(before="b", after="a")), now=samples.STARTED)
    assert len(picture(pipeline(samples.result(), circle)).boxes) == 2
