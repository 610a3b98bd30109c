"""The command line: parse, call, print, exit. What a command does stands elsewhere; here is only how it is asked for.

Start-up imports Typer and nothing heavier; each command imports what it needs when it runs.
"""

from typing import NoReturn

from auditor.cli import garbage

__all__ = ["main"]


def main() -> NoReturn:
    """Run the program on the arguments that it was called with, and end the process."""
    garbage.put_off()
    from auditor.cli import program  # not before: its imports make much of what stays

    program.main()
