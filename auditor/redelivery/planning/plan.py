"""Making a plan of redelivery: what a consumer lacks for certain, and what may be sent to it again."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.config import Config, load
from auditor.desk import Desk
from auditor.ledger import Ledger, open_ledger
from auditor.observer import Observer, Silent
from auditor.redelivery.planning.addressees import accept_duplicates, addressees, without_target
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.concerns import found_beside
from auditor.redelivery.planning.evidence import evidence
from auditor.redelivery.planning.making import Making
from auditor.redelivery.planning.scratch import PlanScratch
from checks.model.redelivery import Plan
from checks.wording import listed, quoted

NOTHING_ASKED = Asked()


def plan(
    config: Config | str | Path,
    consumers: Sequence[str] = (),
    *,
    output: Path | None = None,
    run: str | None = None,
    asked: Asked = NOTHING_ASKED,
    observer: Observer | None = None,
    ledger: Ledger | None = None,
) -> Plan:
    """Plan what is sent again to these consumers, or to all that the config says how to send to.

    ``output``: the file that the plan is put into, ``None``: it is only counted. ``run``: the recorded run that it goes
    by, ``None``: a fresh audit, which is recorded. ``ledger``: ``None`` for the config's own.

    Raises ConfigError and UsageError for what the config alone forbids, LedgerError where the ledger fails or holds no
    such run, PlanError where the file cannot be written, and StoreError where a store fails that had answered. A
    consumer that cannot be looked at is left out as ``undecided``.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    consumers = [consumers] if isinstance(consumers, str) else consumers
    addressed = addressees(settings, consumers)
    told = accept_duplicates(settings, addressed, asked.accept_duplicates)
    if not consumers and (others := without_target(settings)):
        told.append(
            f"nothing is planned for {listed([quoted(name) for name in others])}: no 'redelivery' is configured"
        )
    watcher = observer or Silent()
    with ExitStack() as stack:
        journal = stack.enter_context(_opened(settings, ledger))
        result = evidence(settings, addressed, journal, run, asked, watcher)
        if result.not_recorded is not None:
            told.append(f"run {result.run} was not recorded: {result.not_recorded}")
        told += found_beside(result, {name for each in addressed for name in (each.name, each.consumer.log)})
        desk, paper = Desk(settings, watcher), PlanScratch()
        stack.callback(desk.close)
        stack.callback(paper.close)
        file = output or Path(stack.enter_context(TemporaryDirectory(prefix="auditor-"))) / "plan.json"
        return Making(settings, addressed, asked, journal, result, desk, paper, told).make(file)


@contextmanager
def _opened(config: Config, ledger: Ledger | None) -> Iterator[Ledger]:
    if ledger is not None:
        yield ledger
        return
    with closing(open_ledger(config.ledger)) as opened:
        yield opened
