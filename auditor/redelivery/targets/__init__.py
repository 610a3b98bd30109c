"""Where events are sent again: one file a kind."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auditor.desk import Desk
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.targets.interface import Target
from checks.model.redelivery import Plan
