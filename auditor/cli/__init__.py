"""The command line: parse, call, print, exit. What a command does stands elsewhere; here is only how it is asked for.

Start-up imports Typer and nothing heavier; each command imports what it needs when it runs.
"""

from auditor.cli.program import main

__all__ = ["main"]
