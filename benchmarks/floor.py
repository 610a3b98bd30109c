"""The floor: a process that connects to two databases and counts the rows of a table in each, and does nothing else.

    python floor.py URL TABLE URL TABLE

The tables are the benchmark's own. Run as a script, so that it imports no more than a driver.
"""

import sys


def count(url: str, table: str) -> int:
    """``count(*)`` of one table."""
    statement = f"SELECT count(*) FROM {table}"
    return _in_sqlite(url, statement) if url.startswith("sqlite:///") else _in_postgres(url, statement)


def _in_sqlite(url: str, statement: str) -> int:
    import sqlite3

    [(number,)] = sqlite3.connect(url.removeprefix("sqlite:///")).execute(statement)
    return int(number)


def _in_postgres(url: str, statement: str) -> int:
    import psycopg

    with psycopg.connect(url) as connection:
        [(number,)] = connection.execute(statement.encode())
    return int(number)


if __name__ == "__main__":
    print(count(*sys.argv[1:3]), count(*sys.argv[3:5]))
