"""Whether it can be proven up to where a log is settled, what stands against it, and what that costs.

Without a proof holes in the positions stay unknown, and what is settled goes by the age of events. That changes no
verdict of a log that is not ``gapless``, so it is a warning.
"""

from collections.abc import Iterator, Sequence

from auditor.config import LogConfig
from auditor.doctor.about import About
from auditor.doctor.uses import section
from checks.model.diagnosis import Examined

_ADVICE = (
    (
        "the config does not say",
        'if the inserting transaction itself draws each position, say positions = "drawn-on-insert" in {section}',
    ),
    ("is a standby", "audit the primary to have holes judged: a standby does not show who is still writing"),
    ("counted per partition", "nothing can be done: there is no one sequence whose locks would show all writers"),
    ("is no ordinary table", "name the table below the view, if its writers are to be seen"),
    ("hands out blocks", "ALTER SEQUENCE … CACHE 1, if the writers can bear it"),
    ("counts by", "ALTER SEQUENCE … INCREMENT 1, if nothing depends on the steps"),
    ("starts again", "ALTER SEQUENCE … NO CYCLE"),
    ("not permanent", "ALTER SEQUENCE … SET LOGGED: after a crash an unlogged one hands out positions again"),
    ("written by hand", "find out who wrote them; if it was a migration, set the sequence to the head with setval"),
    (
        "no plain sequence",
        "give the column an identity, or nextval of one sequence as its default, if writers leave it out",
    ),
    ("different sequences", "let all partitions draw from the sequence of the whole table"),
    ("draws from", "give the column an identity, or nextval of one sequence as its default, if writers leave it out"),
    ("runs before each insert", "see whether it sets the position; if so holes cannot be judged"),
    ("logical subscription", "audit where the events are written first: here positions come as others drew them"),
)


def examine(about: About, log: LogConfig, against: Sequence[str], grants: Sequence[str]) -> Iterator[Examined]:
    """A line for each obstacle, or that there is none. ``grants`` would let the role read the sequence."""
    for obstacle in against:
        yield about.warning(f"holes in the positions cannot be judged: {obstacle}", _advice(obstacle, log))
    if not against:
        yield about.fine("it can be proven up to where the log is settled")
    elif log.time is None:
        message = "without a proof and without a time of its events nothing shows up to where the log is settled"
        yield about.warning(message, f"name the key time in {section('logs', log.name)}")
    if grants:
        message = "the role may not read the sequence of the positions, which shows positions that were written by hand"
        yield about.fine(message, "the owner of the sequence can let it", grants)


def _advice(obstacle: str, log: LogConfig) -> str | None:
    found = (advice for words, advice in _ADVICE if words in obstacle)
    advice = next(found, None)
    return None if advice is None else advice.replace("{section}", section("logs", log.name))
