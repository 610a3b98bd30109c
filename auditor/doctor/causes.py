"""Why a store is out of reach, read from the words of its driver, and what to do about it.

Drivers tell a wrong password, a wrong port and a wrong host in one and the same exception. A server that speaks another
language than English matches nothing here; its own words have to do then.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A short code, the words (a pattern) by which a message shows it, and what to do."""

    code: str
    words: str
    advice: str


CAUSES = (
    # PostgreSQL, from the outside in: name, network, port, TLS, account, database.
    Cause(
        "host",
        r"resolve host|could not translate host name|Name or service not known|nodename nor servname",
        "no computer has that name: correct the host in the url, or the name service of this machine",
    ),
    Cause(
        "socket",
        r"on socket .*(No such file|Connection refused)",
        "no server listens on that socket of this machine: name the host in the url, or start the server",
    ),
    Cause(
        "port",
        r"Connection refused",
        "the machine is there and nothing listens on that port: correct the port in the url, or start the server "
        "and let it listen there (listen_addresses)",
    ),
    Cause(
        "network",
        r"timeout expired|timed out|No route to host|Network is unreachable",
        "nobody answers at that address: correct host and port in the url, or open the firewall between",
    ),
    Cause(
        "tls",
        r"no pg_hba\.conf entry.*(no encryption|SSL off)|SSL connection is required|SSL required",
        "the server wants TLS: add sslmode=require to the url; if it still refuses, a line in its pg_hba.conf has to "
        "let this role in from here",
    ),
    Cause(
        "tls",
        r"does not support SSL|SSL was required",
        "the url asks for TLS and the server has none: switch it on there (ssl = on), or ask for sslmode=prefer",
    ),
    Cause(
        "tls",
        r"certificate|SSL error|SSL SYSCALL error|invalid sslmode",
        "TLS was tried and failed: give sslrootcert=FILE with the authority that signed the server's certificate, and "
        "the host by the name in that certificate",
    ),
    Cause(
        "admission",
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "the server does not let this role in from this machine: add a line for it to the server's pg_hba.conf",
    ),
    Cause(
        "password",
        r"no password supplied",
        "the server wants a password and the url has none: write it as ${VARIABLE}, or put it into ~/.pgpass",
    ),
    Cause(
        "password",
        r"authentication failed for user",
        "the role or its password is wrong: correct them in the url (special characters in a password as %XX)",
    ),
    Cause("role", r'role ".*" does not exist', "the server has no such role: correct it in the url, or create it"),
    Cause(
        "role",
        r"not permitted to log in",
        "the role may not log in: name another one in the url, or ALTER ROLE … LOGIN",
    ),
    Cause(
        "database",
        r'database ".*" does not exist',
        "the server is there and has no such database: correct its name at the end of the url",
    ),
    Cause(
        "rights",
        r"permission denied for database",
        "the role may not enter the database: GRANT CONNECT ON DATABASE … TO the role",
    ),
    Cause(
        "database",
        r"not currently accepting connections",
        "the database is closed to everybody: name another one, or ALTER DATABASE … ALLOW_CONNECTIONS true",
    ),
    Cause(
        "slots",
        r"too many (clients|connections)|remaining connection slots",
        "all connections are taken: end idle ones, or raise the limit of the server, the database or the role",
    ),
    Cause(
        "starting",
        r"system is (starting up|shutting down|in recovery|not yet accepting)",
        "the server is there and not ready: try again in a moment",
    ),
    Cause("url", r"invalid (URI|connection option|port)|url cannot be understood", "correct the url of the store"),
    # SQLite.
    Cause(
        "file",
        r"': no such file",
        "there is no such file: correct the path in the url (relative ones begin in the folder of the config)",
    ),
    Cause("file", r"' is no file", "the path is a folder or a device: name the file of the database"),
    Cause("file", r"': not a directory", "a part of the path is a file, not a folder: correct the path in the url"),
    Cause(
        "rights",
        r"permission denied|unable to open",
        "this account may not read the file, or not enter a folder above it; in WAL mode SQLite also has to write "
        "the -shm file beside it",
    ),
    Cause("format", r"not a database", "it is another kind of file, or encrypted: name a SQLite database"),
    Cause("format", r"malformed", "the database is damaged: PRAGMA integrity_check says where; restore it"),
    Cause(
        "lock",
        r"database is locked",
        "somebody keeps it locked: try again, or use PRAGMA journal_mode = WAL, where readers and writers coexist",
    ),
)
"""The first that matches is taken: what is more special stands further up."""


def cause_of(message: str) -> Cause | None:
    """The cause whose words ``message`` has; ``None``: words that nobody has met before."""
    return next((cause for cause in CAUSES if re.search(cause.words, message, re.IGNORECASE)), None)
