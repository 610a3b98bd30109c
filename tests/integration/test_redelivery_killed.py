"""``kill -9`` at random moments of an apply: the same command goes on, forgets nothing, and doubles next to nothing."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from auditor.ledger import open_ledger
from checks.identities import key_of
from checks.model.redelivery import Step
from tests.auditor.cli.prepared import PATIENCE, environment
from tests.auditor.redelivery.applying.world import Case
from tests.integration.appliers import DONE, Appliers, Moment, appliers
from tests.integration.recording_producer import Producer, producing
from tests.integration.shop import COMMAND
from tests.ledgers import config_of

BATCH = 3
KILLS = 200
KILLS_OF_THE_PROGRAM = 5


@pytest.fixture(scope="module")
def producer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Producer]:
    with producing(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture(scope="module")
def applying() -> Iterator[Appliers]:
    with appliers() as running:
        yield running


def shop(producer: Producer, name: str, how: str) -> Case:
    """A shop whose producer records what it is asked for. ``how``: prompt, or late."""
    folder = producer.file.parent / name
    folder.mkdir()
    url = producer.url(how, name)
    return Case(
        folder, count=96, missing=range(2, 95), target={"kind": "http", "url": url, "batch": BATCH, "command": None}
    )


def unsure(case: Case) -> set[str]:
    """The events of which nobody knows whether they were sent, by id: those that were in flight."""
    ledger = open_ledger(config_of(case.folder / ".auditor" / "ledger.db"))
    by_key = {key_of(planned.event): planned.event.id for planned in case.planned()}
    given = ledger.given_of(case.plan.hash, "billing", by_key)
    ledger.close()
    return {str(by_key[key]) for key, line in given.items() if line.step is Step.SENDING}


class Kills:
    """What the kills of one plan leave to be explained: which events were in flight, and how often."""

    def __init__(self) -> None:
        self.count = 0
        self.in_flight: Counter[str] = Counter()

    def note(self, ids: set[str]) -> None:
        assert len(ids) <= BATCH, "more than one batch was in flight"
        self.count += 1
        self.in_flight.update(ids)

    def explain(self, case: Case, sent: Counter[str]) -> None:
        """Everything was sent, and what was sent more often was in flight that often when somebody was killed."""
        planned = {str(planned.event.id) for planned in case.planned()}
        assert set(sent) == planned
        extra = {id_: times - 1 for id_, times in sent.items() if times > 1}
        assert sum(extra.values()) <= BATCH * self.count
        assert all(times <= self.in_flight[id_] for id_, times in extra.items()), (extra, self.in_flight)


def assert_accepted(case: Case) -> None:
    """The journal says of every event that it arrived, or was accepted, as the last thing."""
    last = {position: steps[-1] for position, steps in case.steps().items()}
    assert set(last) == set(case.missing)
    assert set(last.values()) <= {"accepted", "healed"}


def test_after_200_kills_everything_was_sent_and_only_what_was_in_flight_twice(
    producer: Producer, applying: Appliers
) -> None:
    chance = random.Random(20261128)
    done, number, doubled = 0, 0, 0
    while done < KILLS:
        number += 1
        name = f"shop-{number}"
        case, kills = shop(producer, name, "late" if number % 2 else "prompt"), Kills()
        while done < KILLS and killed(producer, applying, case, chance):
            kills.note(unsure(case))
            done += 1
        assert applying.apply(case.folder) == DONE
        sent = producer.sent(name)
        kills.explain(case, sent)
        assert_accepted(case)
        doubled += sum(times - 1 for times in sent.values())
    assert doubled, "nobody was ever killed while something was in flight: the kills prove nothing"


def killed(producer: Producer, applying: Appliers, case: Case, chance: random.Random) -> bool:
    """Apply a plan and kill whoever does: every third time with a request in flight, else at a random moment.

    Returns False where the plan was done before that.
    """
    before = sum(producer.sent(case.folder.name).values())
    if chance.random() < 1 / 3:
        with producer.holding_on(case.folder.name):
            code = applying.apply(case.folder, Moment(producer.file, before + 1, 0))
    else:
        rows = before + BATCH * chance.randrange(3)
        code = applying.apply(case.folder, Moment(producer.file, rows, chance.uniform(0, 0.03)))
    assert code in (DONE, -signal.SIGKILL)
    return code != DONE


def test_the_program_itself_goes_on_after_a_kill(producer: Producer) -> None:
    moments = random.Random(5)
    case, kills = shop(producer, "program", "late"), Kills()
    command = [
        *(*COMMAND, "redeliver", "apply", str(case.plan_file), "--config", str(case.config_file)),
        *("--execute", "--yes", "--unknown-wait", "0s", "--format", "json", "--lock-wait", "30s"),
        *("--rate", "60"),  # slowly enough to be killed where it should be, and held on to where whoever kills is late
    ]
    while kills.count < KILLS_OF_THE_PROGRAM:
        wanted = sum(producer.sent("program").values()) + moments.randrange(1, 2 * BATCH)
        with (
            producer.holding_on("program", wanted + 2 * BATCH),
            subprocess.Popen(command, env=environment({}), stdout=subprocess.PIPE) as process,
        ):
            while process.poll() is None and sum(producer.sent("program").values()) < wanted:
                time.sleep(0.001)
            process.kill()
            process.wait()
        if process.returncode != -signal.SIGKILL:
            break
        kills.note(unsure(case))
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    kills.explain(case, producer.sent("program"))
    assert_accepted(case)
    assert kills.count == KILLS_OF_THE_PROGRAM


def test_terminated_it_ends_after_the_batch_in_flight_and_says_how_far_it_came(producer: Producer) -> None:
    case = shop(producer, "terminated", "prompt")
    command = [
        *(*COMMAND, "redeliver", "apply", str(case.plan_file), "--config", str(case.config_file)),
        *("--execute", "--yes", "--rate", "3", "--verify"),
    ]
    with subprocess.Popen(
        command, env=environment({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and not producer.sent("terminated"):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (143, "error: terminated\n")
    assert said.startswith("stopped: ")
    assert "interrupted; the same command goes on" in said
    assert unsure(case) == set()
    assert set(producer.sent("terminated").values()) == {1}
