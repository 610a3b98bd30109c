"""``docs/checks.md``: what every check means, in its own words."""

import re
from typing import Any

from checks.catalogue import ALL, find
from checks.model.check import Check
from docs.generator.markdown import code, document, escaped, link, slug, table

INTRODUCTION = """\
What auditor looks for, in the order in which it reports: what hurts most first. `auditor explain CHECK` prints the
same texts in a terminal. [How verdicts come about](verdicts.md) has the rules that all checks share, [exit
codes](exit-codes.md) what a finding does to the end of a run."""

SUBJECTS = {
    "log": ("Checks of a log", "They look at what a producer wrote, whoever reads it."),
    "derived": (
        "Checks of a derived log",
        "They hold a log against the one that it is made out of. Its own rows are judged as those of any log.",
    ),
    "state": (
        "Checks of a state",
        "They hold a table with a row for each stream against the log. What they count is streams.",
    ),
    "consumer": ("Checks of a consumer", "They hold what a consumer has against the log that it reads."),
}
"""A heading and a sentence for each kind of audit."""


def page() -> str:
    """The whole page."""
    kinds = list(dict.fromkeys(check.of for check in ALL))
    return document("# Checks", INTRODUCTION, _overview(), *(block for kind in kinds for block in _of_kind(kind)))


def _overview() -> str:
    rows = ((link(code(check.title), f"#{slug(check.title)}"), escaped(check.summary)) for check in ALL)
    return table(("check", "it says"), rows)


def _of_kind(kind: str) -> list[str]:
    heading, introduction = SUBJECTS.get(kind, (f"Checks of a {kind}", ""))
    blocks = [f"## {heading}", introduction]
    for check in ALL:
        if check.of == kind:
            blocks += _check(check)
    return blocks


def _check(check: Check[Any]) -> list[str]:
    summary, *parts = check.text.split("\n\n")
    return [f"### {check.title}", f"**{_linked(summary, check.title)}**", *(_part(part, check.title) for part in parts)]


def _part(text: str, title: str) -> str:
    """A heading and the indented lines below it, as a paragraph that begins with the heading."""
    heading, _, body = text.partition("\n")
    return f"*{heading}.* {_linked(' '.join(body.split()), title)}"


def _linked(text: str, title: str) -> str:
    """The text with the other checks that it names as links."""

    def to_check(match: re.Match[str]) -> str:
        named = match[0].strip("`")
        return link(code(named), f"#{slug(named)}") if find(named) and named != title else match[0]

    return re.sub(r"`?\b(?:log|derived|state|consumer)/[a-z-]+`?", to_check, escaped(text))
