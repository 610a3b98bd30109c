"""Looks at a ledger without making, moving or writing anything: for ``auditor doctor``."""

from auditor.config import LedgerConfig
from auditor.ledger.holdings import Survey
from auditor.ledger.opening import database_of
from auditor.ledger.survey_of_files import survey_of_file
from auditor.ledger.survey_of_servers import survey_of_server


def survey(config: LedgerConfig) -> Survey:
    """What can be told of the ledger that a config names. LedgerError: it cannot be had, or is something else."""
    database = database_of(config)
    try:
        return survey_of_server(database) if config.file is None else survey_of_file(config.file)
    finally:
        database.close()
