"""SIGTERM, by which systemd, Kubernetes and ``timeout`` end a process: it ends the program as Ctrl-C does.

Statements are cancelled and files that were being written are removed on the way out. ``timeout`` sends the signal
twice, to the process and to its group, and the second one must not disturb the clearing up after the first.
"""

import signal
import time

_ONE_AND_THE_SAME = 1.0
"""Seconds within which a second signal is an echo of the first; a later one means it."""


class Termination:
    """Listens to SIGTERM. ``asked``: whether it came."""

    def __init__(self) -> None:
        self.asked = False
        self._at = 0.0

    def listen(self) -> None:
        """From now on SIGTERM raises KeyboardInterrupt in the main thread, unless whoever started us ignores it."""
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._interrupt)

    def _interrupt(self, _number: int, _frame: object) -> None:
        is_echo = self.asked and time.monotonic() - self._at < _ONE_AND_THE_SAME
        if not is_echo:
            self.asked, self._at = True, time.monotonic()
            raise KeyboardInterrupt


TERMINATION = Termination()
"""That of this process."""
