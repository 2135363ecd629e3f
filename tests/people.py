"""An instructor and a student on one machine, as two Unix users where the tests run as root.

Elsewhere both are the user who runs the tests, each with a home folder of their own: the same
commands run, only what permissions forbid cannot be seen.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
COURSE_ID = "attention"

# Python or the course may lie in a home folder that others may not enter (/root, say). In a mount
# namespace of its own the command finds there what it needs and nothing else.
OPEN_HOME = """
set -e
home=$1; shift
mount -t tmpfs none /mnt
bind() { mkdir -p "$2"; mount --rbind "$1" "$2"; }
for folder in $KEEP; do bind "$home/$folder" "/mnt/$folder"; done
mount -t tmpfs -o mode=755 none "$home"
for folder in $KEEP; do bind "/mnt/$folder" "$home/$folder"; done
exec "$@"
"""
# By way of a shell: the very first program after setpriv still starts with root's rights.
CAN_RUN = ["sh", "-c", "python -c 'import course, nbgrader'"]


@dataclass
class Person:
    """Somebody with an account.

    `prefix` makes a command run as theirs, `opened` one that root runs for them: see OPEN_HOME.
    """

    name: str
    home: Path
    environment: dict[str, str]
    prefix: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def run(self, *command: str | Path, folder: Path | None = None) -> str:
        """Run a command that must succeed; returns what it prints."""
        done = self.attempt(*command, folder=folder)
        assert done.returncode == 0, f"{self.name}: {command}\n{done.stdout}"
        return done.stdout

    def attempt(self, *command, folder: Path | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            cwd=folder or self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def nbgrader(self, *arguments: str, folder: Path | None = None) -> str:
        return self.run(sys.executable, "-m", "nbgrader", *arguments, folder=folder)

    def give(self, *paths: Path) -> None:
        """Make these theirs, with all that is in them, as if they had written them."""
        if os.geteuid() == 0:
            for path in paths:
                subprocess.run(["chown", "-R", f"{self.name}:", path], check=True)


@dataclass
class Campus:
    """The machine: a folder that all can enter, in it the homes and the exchange."""

    folder: Path
    instructor: Person
    student: Person

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    @property
    def two_users(self) -> bool:
        return self.instructor.name != self.student.name


@contextmanager
def campus() -> Iterator[Campus]:
    """An instructor, a student and an exchange, as docs/instructors.md sets them up."""
    with ExitStack() as stack:
        # Not in pytest's own folder, which others may not enter.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campus-")))
        folder.chmod(0o755)
        (folder / "exchange").mkdir()
        (folder / "exchange").chmod(0o777)
        (folder / "etc").mkdir()
        settings = [f"c.Exchange.root = {str(folder / 'exchange')!r}"]
        settings += [f"c.CourseDirectory.course_id = {COURSE_ID!r}"]
        config = "c = get_config()\n" + "\n".join(settings) + "\n"
        (folder / "etc" / "nbgrader_config.py").write_text(config, encoding="utf-8")
        people = [person(folder, role, stack) for role in ("instructor", "student")]
        yield Campus(folder, *people)


def person(folder: Path, role: str, stack: ExitStack) -> Person:
    """An account with its home; the account goes when the stack does."""
    home = folder / role
    home.mkdir(mode=0o700)
    environment = {
        "HOME": str(home),
        "JUPYTER_CONFIG_PATH": str(folder / "etc"),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    me = Person(pwd.getpwuid(os.geteuid()).pw_name, home, environment)
    if os.geteuid() != 0 or not shutil.which("useradd"):
        return me
    name = f"{role}{os.getpid()}"
    subprocess.run(["useradd", "--home-dir", home, "--shell", "/bin/bash", name], check=True)
    stack.callback(subprocess.run, ["userdel", name], check=True)
    plain = ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "--"]
    for opened in ([], open_home()):
        other = Person(name, home, environment | keep(), [*opened, *plain], opened)
        if other.attempt(*CAN_RUN).returncode == 0:
            other.give(home)
            return other
    return me


def open_home() -> list[str]:
    alone = ["unshare", "--mount", "--propagation=private"]
    return [*alone, "sh", "-c", OPEN_HOME, "sh", str(Path.home())]


def keep() -> dict[str, str]:
    """For OPEN_HOME: what Python and the course need of the home folder."""
    home = Path.home()
    needed = {Path(sys.base_prefix), Path(sys.prefix), ROOT}
    inside = {path.relative_to(home) for path in needed if path.is_relative_to(home)}
    return {"KEEP": " ".join(map(str, sorted(inside)))}
