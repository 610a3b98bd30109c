"""What the checks say of themselves, as ``auditor explain`` prints it, in pieces that the page can show one by one."""

from collections.abc import Iterable

from checks.catalogue import find


def advice(titles: Iterable[str]) -> dict[str, dict[str, object]]:
    """By the full name of a check its one sentence, and its sections: a heading and a text without line breaks each."""
    return {
        check.title: {"summary": check.summary, "sections": _sections(check.text)}
        for title in titles
        for check in find(title)
    }


def _sections(text: str) -> list[list[str]]:
    """Headings stand at the margin, their text is indented; the first paragraph is the summary."""
    sections: list[list[str]] = []
    for line in text.splitlines()[1:]:
        if line and not line.startswith(" "):
            sections.append([line.strip(), ""])
        elif sections and line.strip():
            sections[-1][1] = f"{sections[-1][1]} {line.strip()}".strip()
    return sections
