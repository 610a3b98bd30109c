"""Targets that send everything from an event on: what they would take along may be what must never be sent again."""

import pytest

from tests.auditor.redelivery.planning.world import Row, World

CURSOR = 'kind = "cursor"\n'
API = 'kind = "http"\nurl = "http://127.0.0.1:1/{consumer}"\nshape = "from-position"\n'


def shop(world: World, *kinds: str) -> None:
    """Two streams in turn; billing lacks the second event. ``kinds``: the types of all, in their order."""
    rows = [Row(position=n, stream=f"o-{n % 2}", version=(n + 1) // 2, type=type_) for n, type_ in enumerate(kinds, 1)]
    world.write(rows)
    world.receive(row for row in rows if row.position != 2)


@pytest.mark.parametrize("target", [CURSOR, API])
@pytest.mark.parametrize(
    ("further", "kinds", "planned"),
    [
        ('never = ["Mail*"]', "AAAAAA", [2]),
        ('never = ["Mail*"]', ["Mail", "A", "A", "A", "A"], [2]),
        ('never = ["Mail*"]', ["A", "A", "A", "Mailed", "A"], []),
        ('ended = ["E"]', "AAAEAA", []),
        ('ended = ["E"]', "AAAAEA", []),
        ('ended = ["E"]', "EAAAA", [2]),
        ('ended = ["E"]', "AAE", [2]),
    ],
)
def test_what_would_be_taken_along_keeps_it_from_being_planned(
    world: World, target: str, further: str, kinds: str, planned: list[int]
) -> None:
    world.target = f"{target}{further}\n"
    shop(world, *kinds)
    world.stand(len(kinds))
    made = world.plan_confirmed()
    assert made.positions == planned
    if kinds == "AAAAEA":
        assert made.left_out() == {"along": 1}
        assert "[redelivery.api] sends all that follows them, too" in made.message("along")


def test_a_cursor_takes_nothing_along_that_it_has_not_come_to(world: World) -> None:
    world.target = CURSOR + 'never = ["Mail"]\nended = ["E"]\n'
    shop(world, "A", "A", "A", "Mail")
    world.stand(3)
    assert world.plan_confirmed().positions == [2]
