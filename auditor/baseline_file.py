"""Known findings as a TOML file for version control: written the same way every time, read strictly.

The file is read by people who have to agree with it: every entry says what it is about in a comment, one unit stands on
a line, and an entry whose fingerprint is not that of the audit and check that it names is refused.
"""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from auditor.config.problems import suggestion
from auditor.errors import UsageError
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry, Unit
from reports.json_document import moment
from reports.visible import visible, well_formed

SCHEMA = "auditor.baseline/1"

_HEAD = """\
# Findings that are known and put off; they are no proof that all is well. Written by `auditor baseline export`,
# read by `auditor baseline import`. Each hides the units that it lists, and nothing that comes later.
"""
_LONGEST_SHORT_ESCAPE = 0xFFFF
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Unit(_Strict):
    name: str
    first: int = 1
    last: int = 1
    each: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, written: object) -> object:
        """A name alone is a unit without numbers of its own."""
        return {"name": written} if isinstance(written, str) else written


class _Known(_Strict):
    fingerprint: str
    audit: str
    check: str
    partition: str | None = None
    verdict: Literal["confirmed", "unknown"]
    reason: Annotated[str, Field(min_length=1)]
    owner: str
    added: AwareDatetime
    expires: AwareDatetime | None = None
    run: str
    units: list[_Unit]


class _Document(_Strict):
    format: Literal["auditor.baseline/1"] = Field(alias="schema")
    known: list[_Known] = []


def write(entries: Iterable[BaselineEntry]) -> str:
    """The file, in the order of what the entries are about."""
    ordered = sorted(entries, key=lambda each: (each.audit, each.check, each.partition or "", each.verdict, each.id))
    parts = [f"{_HEAD}\nschema = {_text(SCHEMA)}\n", *("".join(_lines(entry)) for entry in ordered)]
    return "\n".join(parts)


def read(text: str, name: str) -> tuple[BaselineEntry, ...]:
    """The entries of a file. UsageError about ``name``: it is no such file."""
    try:
        document = tomllib.loads(text)
        found = _Document.model_validate(document)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: no TOML: {error}") from error
    except ValidationError as error:
        raise UsageError(f"{name}: {_explained(error)}") from error
    return tuple(_entry(known, f"{name}: known {number}") for number, known in enumerate(found.known, 1))


def _lines(entry: BaselineEntry) -> Iterator[str]:
    where = "" if entry.partition is None else f" in partition {visible(entry.partition)}"
    yield f"# {visible(entry.audit)} {visible(entry.check)}{where}: {entry.count} {entry.verdict}\n[[known]]\n"
    for key, value in (
        ("fingerprint", entry.fingerprint),
        ("audit", entry.audit),
        ("check", entry.check),
        ("partition", entry.partition),
        ("verdict", entry.verdict.value),
        ("reason", entry.why),
        ("owner", entry.owner),
        ("added", entry.added),
        ("expires", entry.expires),
        ("run", entry.run),
    ):
        if value is not None:
            yield f"{key} = {moment(value) if isinstance(value, datetime) else _text(value)}\n"
    yield "units = [\n"
    yield from (f"    {_unit(unit)},\n" for unit in sorted(entry.units))
    yield "]\n"


def _unit(unit: Unit) -> str:
    if unit == Unit(unit.name):
        return _text(unit.name)
    each = "" if unit.each == 1 else f", each = {unit.each}"
    return f"{{ name = {_text(unit.name)}, first = {unit.first}, last = {unit.last}{each} }}"


def _text(text: str) -> str:
    """A TOML string; as it is between quotes where that can be read."""
    text = well_formed(text)
    if '"' in text and "'" not in text and text.isascii() and text.isprintable():
        return f"'{text}'"
    return f'"{"".join(_character(each) for each in text)}"'


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if visible(character) == character:
        return character
    return f"\\u{ord(character):04x}" if ord(character) <= _LONGEST_SHORT_ESCAPE else f"\\U{ord(character):08x}"


def _entry(known: _Known, place: str) -> BaselineEntry:
    named = Finding(check=known.check, verdict=Verdict(known.verdict), count=0, message="", partition=known.partition)
    right = named.fingerprint(known.audit)
    if known.fingerprint != right:
        raise UsageError(
            f"{place}: the fingerprint {known.fingerprint!r} is not that of {known.audit!r}, {known.check!r}"
            f"{'' if known.partition is None else f', {known.partition!r}'}, which is {right!r}"
        )
    units = tuple(Unit(**each.model_dump()) for each in known.units)
    if empty := next((unit for unit in units if unit.first > unit.last), None):
        raise UsageError(f"{place}: a unit ends before it begins: {empty.first} to {empty.last}")
    return BaselineEntry(
        fingerprint=right,
        audit=known.audit,
        check=known.check,
        partition=known.partition,
        verdict=Verdict(known.verdict),
        units=units,
        why=known.reason,
        owner=known.owner,
        added=known.added.astimezone(UTC),
        run=known.run,
        expires=None if known.expires is None else known.expires.astimezone(UTC),
    )


def _explained(error: ValidationError) -> str:
    """One fault, with the place where it stands; an unknown key, if there is one: it explains what is missing."""
    faults = error.errors()
    details = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location: list[Any] = [each + 1 if isinstance(each, int) else each for each in details["loc"]]
    *above, key = location
    place = f"{' '.join(str(each) for each in above)}: " if above else ""
    if details["type"] == "extra_forbidden":
        model = _Unit if "units" in above else _Known if above else _Document
        known = [field.alias or name for name, field in model.model_fields.items()]
        return f"{place}unknown key {str(key)!r}{suggestion(str(key), known)}"
    if details["type"] == "missing":
        return f"{place}needs the key {str(key)!r}"
    return f"{place}{str(key)!r}: {details['msg'][:1].lower()}{details['msg'][1:]}"
