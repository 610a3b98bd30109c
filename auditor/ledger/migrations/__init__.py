"""How the tables of a ledger came to be, step by step. Run by Alembic, from :mod:`auditor.ledger.migrating`."""
