"""The exit codes of the program: one meaning each, whatever the command.

Scripts go by them, so a code never changes its meaning, and 1 is kept for findings alone.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """An exit code and, in ``meaning``, what it tells a script."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitCode":
        """An ordinary number that has its meaning with it."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    CONSISTENT = 0, "consistent: there is nothing to act on"
    FINDINGS = 1, "confirmed errors, or what `--fail-on` names in their place; never anything else"
    USAGE = 2, "the command line or the config is wrong; nothing was read, standard output is empty"
    UNDECIDED = (
        3,
        "could not decide: a store out of reach, evidence that was not to be had, no time left, no lock, a fault",
    )
    INTERRUPTED = 130, "interrupted, as with Ctrl-C"
    READER_GONE = 141, "whoever read the output went away, as with `| head`"
    TERMINATED = 143, "terminated by SIGTERM, as `timeout`, systemd and Kubernetes do; otherwise the same as 130"
