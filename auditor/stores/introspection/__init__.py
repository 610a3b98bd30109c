"""What tables a database has, and a few of their rows: what ``auditor init`` makes its proposals out of.

:func:`survey` reads the catalogue, never the tables, apart from a single value where SQLite's declared types say
nothing. :class:`Sampler` reads rows, a bounded number of them. Both judge nothing.
"""

from auditor.stores.introspection.sampling import Sampler, Value
from auditor.stores.introspection.surveying import survey
from auditor.stores.introspection.tables import ColumnInfo, ForeignKey, Survey, TableInfo

__all__ = ["ColumnInfo", "ForeignKey", "Sampler", "Survey", "TableInfo", "Value", "survey"]
