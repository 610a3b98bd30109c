"""A select that is put into words once for many branches answers as each branch would by itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    create_engine,
    func,
    insert,
    literal,
    select,
    true,
)

from auditor.stores.sql.branches import Branch, Branches, Place
from tests.postgres import Server

EVENTS = Table('ev %(n)s :n "ts', MetaData(), Column("pos %s :x ? '", BigInteger, key="position"), Column("type", Text))
"""Names that hold whatever a driver, or SQLAlchemy, takes for the place of a value."""
NUMBER, INSIDE = Place("number", Integer()), Place("inside")
POSITION = EVENTS.c.position
RANGES = [POSITION < 3, POSITION.between(3, 5), true(), POSITION > 100, POSITION.in_([1, 8])]


@pytest.fixture(params=["sqlite", "postgres18"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nine events of two types."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'shop.db'}"
        if request.param != "sqlite":
            server = request.getfixturevalue(request.param)
            assert isinstance(server, Server)
            url = stack.enter_context(server.database()).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            EVENTS.metadata.create_all(connection)
            connection.execute(insert(EVENTS), [{"position": n, "type": "ab"[n % 2]} for n in range(1, 10)])
        yield engine


def pattern(number: Any, inside: Any) -> Select[Any, Any, Any]:
    """Values of its own before, between and behind those that differ, one of them a list."""
    sums = func.coalesce(func.sum(POSITION % literal(7)), -1)
    return select(number, func.count(), sums).where(EVENTS.c.type.in_(["a", "b"]), inside, POSITION != 4)


@pytest.mark.parametrize("ranges", [RANGES, RANGES[:1], RANGES[2:3]], ids=["many", "one", "everything"])
def test_every_branch_says_what_a_select_of_its_own_says(engine: Engine, ranges: list[Any]) -> None:
    branches = [{NUMBER: literal(n), INSIDE: inside} for n, inside in enumerate(ranges)]
    with engine.connect() as connection:
        at_once = connection.execute(Branches(pattern(NUMBER.label("n"), INSIDE), branches)).all()
        one_by_one = [connection.execute(pattern(literal(n), inside)).one() for n, inside in enumerate(ranges)]
    assert sorted(map(tuple, at_once)) == [tuple(row) for row in one_by_one]


def test_what_all_branches_have_in_common_is_bound_once(engine: Engine) -> None:
    branches: list[Branch] = [{NUMBER: literal(n), INSIDE: literal(n) < POSITION} for n in range(20)]
    compiled = Branches(pattern(NUMBER, INSIDE), branches).compile(engine)
    assert len(compiled.params) == 20 * 2 + len({"types", "modulus", "nothing", "not this one"})
