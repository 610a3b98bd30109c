"""A run: what is asked for is audited, what earlier runs left is used, and the result is put together and recorded."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.auditing.session import Session
from auditor.config import Config, load
from auditor.deadline import Deadline, Timed
from auditor.errors import UsageError
from auditor.ledger import Ledger
from auditor.memory import Memory
from auditor.observer import Observer, Silent
from auditor.recorder import gathered, recorder_for
from auditor.result import Result
from auditor.sampling import sampled


def run(  # noqa: PLR0913 (all but the first are keywords)
    config: Config | str | Path,
    *,
    names: Sequence[str] = (),
    confirm: bool = True,
    max_findings: int | None = 100,
    observer: Observer | None = None,
    timeout: timedelta | None = None,
    ledger: Ledger | bool = False,
    full: bool = False,
    baseline: bool = True,
) -> Result:
    """Audit everything in a config, or exactly the named logs, states and consumers.

    ``confirm=False`` takes no second look: every candidate stays pending. ``max_findings``: how many events a finding
    carries, ``None`` for all. ``timeout``: how long the run may take; audits that are not finished then are unknown.
    ``ledger``: the memory of runs, ``True`` for the config's own; one that fails changes no verdict, and the result is
    then ``not_recorded``. ``full``: nothing is left out because earlier runs verified it. ``baseline=False``: nothing
    is hidden because the ledger's baseline says that it is known.

    Raises ConfigError for a config that cannot be read and UsageError for an unknown name or a timeout of nothing;
    stores that fail do not raise, they make their audits unknown.
    """
    if timeout is not None and timeout <= timedelta(0):
        raise UsageError("a run cannot be over before it began: timeout must be longer than 0s")
    deadline = Deadline(timeout)
    settings = config if isinstance(config, Config) else load(Path(config))
    names = [names] if isinstance(names, str) else names
    known = (*settings.logs, *settings.states, *settings.consumers)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no log, state or consumer named {unknown[0]!r}")
    wanted = set(names) or set(known)
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with ExitStack() as stack:
        recorder = recorder_for(settings, ledger, observer or Silent(), deadline)
        session = Session(
            settings,
            Timed(observer or Silent(), deadline),
            run=run_id,
            memory=Memory() if recorder is None else recorder.recall(),
            upkeep=None if recorder is None else recorder.upkeep(run_id, started, len(wanted), full=full),
            sent_again=None if recorder is None else recorder.sent_again,
            recorded=None if recorder is None else recorder.recorded,
            confirm=confirm,
            max_findings=max_findings if recorder is None else gathered(max_findings),
            sleep=deadline.sleep,
            deadline=deadline,
        )
        stack.callback(session.close)
        session.audit(wanted)
    result = session.result(started)
    if recorder is None:
        return result
    recorded = recorder.record(result, session.learnt, hide_known=baseline)
    return sampled(session.with_sql(recorded), max_findings)
