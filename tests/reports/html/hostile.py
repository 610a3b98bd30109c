"""A result in which every name tries to be more than a name."""

from dataclasses import replace

from checks.model.event import Event
from checks.model.result import NotChecked, Problem, Result
from tests.reports import samples

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}javascript:alert(3)\"'`<!--"


def everywhere(name: str) -> Result:
    """A result in which every text that comes from a store or a config is this one."""
    event = Event(position=3, id=name, stream=name, version=1, type=name, partition=name)
    finding = samples.finding(
        ranges=((1, 9),),
        events=(event,),
        message=name,
        partition=name,
        reason=name,
        evidence={
            name: [name, {"sql": name}],
            "sql": [{"store": name, "shows": name, "statement": name}],
        },
    )
    audit = samples.consumer(
        finding,
        name=name,
        upstream=name,
        notes=(name,),
        losses=(samples.loss(source=name, target=name + "2", audit=name, partition=name, events=(event,)),),
        problems=(Problem(reason=name, message=name),),
    )
    not_checked = (NotChecked(audit=name, check="missing", reason=name, message=name),)
    return replace(samples.result(audit, not_checked=not_checked), run=name, not_recorded=name)
