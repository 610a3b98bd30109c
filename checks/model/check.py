"""What a check is: a module that judges evidence, and the words in which it explains itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Generic, Protocol, TypeVar

from checks.model.finding import Finding

Evidence = TypeVar("Evidence")
Evidence_contra = TypeVar("Evidence_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a check has no ground to judge on. ``reason`` is a short code, ``message`` a sentence for the reader."""

    reason: str
    message: str


class CheckModule(Protocol[Evidence_contra]):
    """What the module of a check offers: two functions, and the docstring that ``auditor explain`` prints.

    The module stands in a folder named after what it judges, and its own name is the check's with underscores.
    """

    __name__: str
    __doc__: str | None

    def judge(self, evidence: Evidence_contra, /) -> Iterator[Finding]:
        """Yield what there is to say, at most one finding for each verdict, partition and reason."""
        ...

    def lacks(self, evidence: Evidence_contra, /) -> Lack | None:
        """Return what the config does not give ground for; ``judge`` is then not asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[Evidence]):
    """One check of the catalogue. ``of`` is its folder; ``text`` is what ``auditor explain`` prints."""

    of: str
    name: str
    text: str
    judge: Callable[[Evidence], Iterator[Finding]]
    lacks: Callable[[Evidence], Lack | None]

    @property
    def title(self) -> str:
        """The name in full, as in ``consumer/missing``."""
        return f"{self.of}/{self.name}"

    @property
    def summary(self) -> str:
        """The first line of the text: the check in one sentence, without its full stop."""
        return self.text.partition("\n")[0].rstrip(".")


def check_of(module: CheckModule[Evidence]) -> Check[Evidence]:
    """Make a catalogue entry out of a check's module."""
    _, of, name = module.__name__.rsplit(".", 2)
    return Check(
        of=of,
        name=name.replace("_", "-"),
        text=cleandoc(module.__doc__ or "").strip(),
        judge=module.judge,
        lacks=module.lacks,
    )
