"""The target of kind ``http``: a batch becomes requests, and their answers one for each event."""

from collections.abc import Sequence

from auditor.config.targets import HttpTargetConfig
from auditor.redact import learn, learn_secret
from auditor.redelivery.targets.http.answers import Reply, judge
from auditor.redelivery.targets.http.connection import Connection, LostError
from auditor.redelivery.targets.http.credentials import check_credentials, secrets_of, warnings_of
from auditor.redelivery.targets.http.repeating import Said, Waits, repeat
from auditor.redelivery.targets.http.requests import Requests, UnfitError
from auditor.redelivery.targets.interface import Answer, Batch, Parcel
from checks.model.redelivery import Outcome


class HttpTarget:
    """A redelivery API. ``warnings``: what people should know before anything is sent, a sentence each."""

    def __init__(self, config: HttpTargetConfig, waits: Waits | None = None) -> None:
        """``waits``: between repetitions, where they are not the usual ones."""
        learn(config.url)
        for secret in secrets_of(config):
            learn_secret(secret)
        self._config = config
        self._waits = Waits() if waits is None else waits
        self._requests = Requests(config)
        self._connection: Connection | None = None
        self.sends_whole = config.shape == "from-position"
        self.needs_data = self._requests.needs_data
        self.shared = self._requests.shared
        self.warnings = warnings_of(config)

    def prepare(self) -> None:
        """Look at templates, credentials and certificates; nothing is sent. Raises AuditorError."""
        self._requests.check()
        check_credentials(self._config)
        self._open()

    def send(self, batch: Batch) -> Sequence[Answer]:
        """One answer for each parcel. After a request that failed the rest is not sent: order is worth more."""
        answers: list[Answer] = []
        for parcels in self._requests.of(batch):
            if answers and answers[-1].outcome in {Outcome.FAILED, Outcome.UNKNOWN}:
                answers += _all(parcels, Outcome.FAILED, "not sent, as the request before it was not answered well")
            else:
                answers += self._send(batch, parcels)
        return answers

    def close(self) -> None:
        """Give everything back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._config)
        return self._connection

    def _send(self, batch: Batch, parcels: tuple[Parcel, ...]) -> list[Answer]:
        connection = self._open()
        try:
            request = connection.word(self._requests.make(batch, parcels))
        except UnfitError as error:
            return _all(parcels, Outcome.FAILED, f"not sent: {error}")
        said = repeat(lambda: connection.say(request), self._config.retries, self._waits)
        return [_certain(answer, said) for answer in self._judge(parcels, said.reply)]

    def _judge(self, parcels: tuple[Parcel, ...], reply: Reply | LostError) -> list[Answer]:
        if isinstance(reply, LostError):
            return _all(parcels, Outcome.UNKNOWN if reply.sent else Outcome.FAILED, reply.reason)
        return judge(self._config, parcels, reply)


def _all(parcels: Sequence[Parcel], outcome: Outcome, detail: str) -> list[Answer]:
    return [Answer(outcome, detail)] * len(parcels)


def _certain(answer: Answer, said: Said) -> Answer:
    """What a repetition was refused may have been done by the time before."""
    times = f" (asked {said.times} times)" if said.times > 1 else ""
    in_doubt = said.doubt and answer.outcome != Outcome.ACCEPTED
    detail = f"{answer.detail}{times}" + (", and an earlier one may have been done" if in_doubt else "")
    return Answer(Outcome.UNKNOWN if in_doubt else answer.outcome, detail)
