"""A program that is given lines and answers with lines, for a limited time: what it said, and how it ended.

Its input, its output and its errors are each served by a thread of their own, so however much of either there is, no
pipe fills up while somebody waits for another one. Nothing of its output is kept but what the listener keeps.
"""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

LONGEST_LINE = 65_536
"""Bytes of an answer. What is longer is read in pieces, of which none will make sense."""
_LAST_WORDS = 20  # lines of its errors that are kept
_AFTER_ITS_END = 5.0  # seconds in which what it wrote before must have been read, even if a child of it lives on


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended. ``code``: as the system gave it, negative for a signal; ``None``: its time was up.

    ``errors``: the last lines that it wrote to its standard error, as they are.
    """

    code: int | None
    errors: tuple[str, ...]


def converse(
    arguments: Sequence[str],
    program: Path,
    folder: Path,
    lines: Iterable[bytes],
    hear: Callable[[bytes], None],
    timeout: timedelta,
) -> Ending:
    """Run ``program`` in ``folder``, give it ``lines``, and let ``hear`` have each line of its output.

    ``hear`` is called from another thread, and not any more once this returns. Whatever the program started that is
    still of its process group is ended with it when its time is up, or when this is interrupted. OSError, ValueError:
    it could not be started.
    """
    process = subprocess.Popen(  # noqa: S603 (what the config names, and no shell)
        list(arguments),
        executable=program,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a group of its own, to be ended as a whole; Ctrl-C is for us alone
    )
    return _Dialogue(process, hear).hold(lines, timeout)


class _Dialogue:
    def __init__(self, process: subprocess.Popen[bytes], hear: Callable[[bytes], None]) -> None:
        self._process = process
        self._hear = hear
        self._errors: deque[str] = deque(maxlen=_LAST_WORDS)
        self._listening = True
        self._lock = threading.Lock()

    def hold(self, lines: Iterable[bytes], timeout: timedelta) -> Ending:
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        threads = [
            threading.Thread(target=self._tell, args=(stdin, lines), daemon=True),
            threading.Thread(target=self._listen, args=(stdout, self._hear), daemon=True),
            threading.Thread(target=self._listen, args=(stderr, self._keep), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            code = self._wait(timeout)
            for thread in threads[1:]:
                thread.join(_AFTER_ITS_END)
        except BaseException:
            self._end()
            raise
        finally:
            with self._lock:
                self._listening = False
        return Ending(code, tuple(self._errors))

    def _wait(self, timeout: timedelta) -> int | None:
        try:
            return self._process.wait(timeout.total_seconds())
        except subprocess.TimeoutExpired:
            self._end()
            return None

    def _end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # there is nobody left in it
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _tell(self, pipe: IO[bytes], lines: Iterable[bytes]) -> None:
        """A program may stop reading before the end: what it made of the rest is for its answers to say."""
        with suppress(OSError), pipe:
            pipe.writelines(lines)

    def _listen(self, pipe: IO[bytes], hear: Callable[[bytes], None]) -> None:
        with suppress(OSError), pipe:
            while line := pipe.readline(LONGEST_LINE):
                with self._lock:
                    if self._listening:
                        hear(line)

    def _keep(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        if text:
            self._errors.append(text)
