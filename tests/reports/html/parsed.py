"""A page taken apart with the standard library's parser: it runs nothing, and here it forgives nothing."""

import base64
import gzip
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "input", "br"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.children)

    def all(self, tag: str | None = None, **attributes: str) -> list["Element"]:
        own = (tag in (None, self.tag)) and all(self.attributes.get(name) == text for name, text in attributes.items())
        below = [found for each in self.children if isinstance(each, Element) for found in each.all(tag, **attributes)]
        return ([self] if own else []) + below

    def one(self, tag: str | None = None, **attributes: str) -> "Element":
        [found] = self.all(tag, **attributes)
        return found


class Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: text or "" for name, text in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> where <{self.open[-1].tag}> is open"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(page: str) -> Element:
    parser = Parser()
    parser.feed(page)
    parser.close()
    assert [each.tag for each in parser.open] == [""], "not every element is closed"
    return parser.root


def data(page: Element, name: str) -> Any:
    """What stands in one of the page's blocks of JSON."""
    return json.loads(page.one("script", id=name).text)


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def rows(page: Element) -> dict[str, Any]:
    """The table of findings as the page's script reads it."""
    found: dict[str, Any] = unpacked(data(page, "finding-rows"))
    return found


def details(page: Element) -> list[dict[str, Any]]:
    """The findings with all that is known of them, in the order of the rows."""
    return [each for block in data(page, "finding-blocks") for each in unpacked(block)]
