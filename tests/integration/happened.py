"""Events before any database has them: what layouts of all kinds are filled with."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tests.integration.shop import LONG_AGO

STREAMS, EVENTS = 6, 60
TYPES = ("Placed", "Paid", "Shipped", "Cancelled")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event before any database has it. ``position`` counts all of them, ``of_tenant`` those of its tenant."""

    position: int
    id: UUID
    stream: UUID
    version: int
    type: str
    time: datetime
    tenant: str
    of_tenant: int

    @property
    def received(self) -> datetime:
        return self.time + timedelta(seconds=1)


def happened(count: int = EVENTS, seed: int = 7) -> list[Happened]:
    """So many events, in streams without holes, a second apart, long ago."""
    chance = random.Random(seed)
    streams = [UUID(int=chance.getrandbits(128), version=4) for _ in range(STREAMS)]
    versions, tenants = [0] * STREAMS, {"north": 0, "south": 0}
    events = []
    for n in range(count):
        of = n % STREAMS
        versions[of] += 1
        tenant = "south" if of % 3 == 0 else "north"
        tenants[tenant] += 1
        events.append(
            Happened(
                position=n + 1,
                id=UUID(int=chance.getrandbits(128), version=4),
                stream=streams[of],
                version=versions[of],
                type=TYPES[min(versions[of] - 1, 3) if of % 2 else chance.randrange(4)],
                time=LONG_AGO + timedelta(seconds=n),
                tenant=tenant,
                of_tenant=tenants[tenant],
            )
        )
    return events
