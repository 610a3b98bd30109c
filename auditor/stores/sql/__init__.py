"""Every question to a SQL database, said once for all of them (SQLAlchemy Core).

The dialects differ in how they connect, in a handful of expressions (:class:`auditor.stores.sql.relation.Dialect`), and
in how they know what is settled; those stand in ``postgres`` and ``sqlite``. Everything here reads, streams, and
holds no more than a batch of rows in memory.
"""
