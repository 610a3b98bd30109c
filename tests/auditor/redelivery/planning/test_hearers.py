"""Whoever hears a target beside the consumer: what stands between, what follows, and what they may have forgotten."""

import pytest

from tests.auditor.redelivery.planning.world import COMMAND, Row, World

IDEMPOTENT = "idempotent = true"
SENT = f'redelivery = "api"\n{IDEMPOTENT}'
HEARD = 'heard_by = ["billing", "shipping"]\n'
API = 'kind = "http"\nurl = "http://127.0.0.1:1/{consumer}"\nshape = "from-position"\n'


def heard(world: World, target: str, billing: str = "", shipping: str = "") -> None:
    """Billing takes A and lacks 2 and 4; shipping hears it, too, and has all that it takes of A and B in turn."""
    world.target = target
    world.consumers = {"billing": f"{SENT}\n{billing}", "shipping": f"{IDEMPOTENT}\n{shipping}"}
    rows = [Row(position=n, stream="o-1", version=n, type="BA"[n % 2 == 0]) for n in range(1, 7)]
    world.write(rows)
    world.receive([rows[5]])
    world.receive(rows, "shipping")
    world.stand(6)
    world.stand(6, "shipping")


@pytest.mark.parametrize(
    ("further", "shipping", "follows"),
    [
        ("", "", [False, True]),
        (HEARD, 'types = ["B"]', [False, False]),
        (HEARD, "", [False, False]),
        (HEARD, 'types = ["A"]', [False, True]),
    ],
)
def test_what_another_hearer_should_have_stands_between(
    world: World, further: str, shipping: str, follows: list[bool]
) -> None:
    heard(world, COMMAND + further, 'types = ["A"]', shipping)
    assert [(each.event.position, each.follows) for each in world.plan_confirmed().events] == [
        (2, follows[0]),
        (4, follows[1]),
    ]


@pytest.mark.parametrize(
    ("further", "shipping", "planned"),
    [("", "", [2, 4]), (HEARD, 'types = ["B"]', []), (HEARD, 'types = ["A"]', [2, 4])],
)
def test_what_another_hearer_must_never_be_sent_is_not_taken_along(
    world: World, further: str, shipping: str, planned: list[int]
) -> None:
    heard(world, f'{API}{further}never = ["B"]\n', 'types = ["A"]', shipping)
    made = world.plan_confirmed()
    assert made.positions == planned
    assert made.left_out() == ({} if planned else {"along": 2})
    assert [each for each in made.plan.warnings if "all that follows it" in each] == (
        ["'shipping' may have what is sent for billing, and all that follows it: that comes again, too"]
        if planned and further
        else []
    )


@pytest.mark.parametrize("target", [COMMAND, API])
@pytest.mark.parametrize(
    ("inbox", "asked", "planned"),
    [
        ('retention = "1d"', None, []),
        ('retention = "3d"', None, [2, 4]),
        ('retention = "1d"', "it looks at more than receipts", [2, 4]),
        ("", None, [2, 4]),
    ],
)
def test_what_another_hearer_may_have_forgotten_is_sent_if_somebody_answers_for_it(
    world: World, target: str, inbox: str, asked: str | None, planned: list[int]
) -> None:
    world.inboxes = {"shipping": inbox}
    heard(world, target + HEARD, 'types = ["A"]')
    made = world.plan_confirmed(accept_duplicates=asked)
    assert made.positions == planned
    if not planned:
        assert made.left_out() == {"forgotten": 2}
        assert "('shipping' 1d)" in made.message("forgotten")


def test_who_should_not_have_it_has_nothing_to_forget(world: World) -> None:
    world.inboxes = {"shipping": 'retention = "1d"'}
    heard(world, COMMAND + HEARD, 'types = ["A"]', 'types = ["B"]')
    assert world.plan_confirmed().positions == [2, 4]
