"""What a program says of the events that it was given, line by line: accepted or rejected, and of which."""

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import cast

from auditor.identity import Kind, canonical
from auditor.redelivery.targets.interface import Answer, Parcel
from auditor.redelivery.targets.said import shown
from checks.model.redelivery import Outcome

RESULTS: Mapping[str, Outcome] = {"accepted": Outcome.ACCEPTED, "rejected": Outcome.REJECTED}
"""What an answer may say."""

_WORDS = ("key", "id", "position")
"""By what an answer may name an event: the first of these that it has."""


class Answers:
    """The answers to one batch, as they come. ``unreadable``: how many lines were no answer."""

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self.unreadable = 0
        self._answers: dict[int, Answer] = {}
        self._places: dict[tuple[str, Hashable], list[int]] = {}
        for place, parcel in enumerate(parcels):
            event = parcel.event.event
            for word, value in (("key", parcel.key), ("id", event.id), ("position", event.position)):
                if value is not None:
                    self._places.setdefault((word, _same(word, value)), []).append(place)

    def hear(self, line: bytes) -> None:
        """One line of output. What is no answer to anything that was asked is counted, and changes nothing."""
        said = _object(line)
        outcome = RESULTS.get(str(said.get("result")))
        places = self._named(said)
        if outcome is None or not places:
            self.unreadable += bool(line.strip())
            return
        message = said.get("message")
        answer = Answer(outcome, shown(message) if isinstance(message, str) else "")
        for place in places:
            before = self._answers.get(place, answer)
            contradicts = before.outcome is not outcome
            self._answers[place] = Answer(Outcome.UNKNOWN, "it was answered for in two ways") if contradicts else answer

    def of(self, place: int, silence: str) -> Answer:
        """The answer for one parcel. ``silence``: why there is none."""
        return self._answers.get(place) or Answer(Outcome.UNKNOWN, silence)

    def _named(self, said: Mapping[str, object]) -> Sequence[int]:
        for word in _WORDS:
            value = said.get(word)
            if isinstance(value, str | int) and not isinstance(value, bool):
                return self._places.get((word, _same(word, value)), ())
        return ()


def _object(line: bytes) -> Mapping[str, object]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, object]", said) if isinstance(said, dict) else {}


def _same(word: str, value: str | int) -> Hashable:
    """A uuid may be written in more than one way, a number as text."""
    return canonical(str(value), Kind.TEXT) if word == "id" else str(value)
