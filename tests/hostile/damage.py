"""Attempts to change what is not the student's: grades, others' work, the course, later runs."""

import json

from tests.hostile import ZEROS, Case


def damages(name: str, code: str, **options) -> Case:
    """A case that does harm behind the last test; its own answers are right."""
    return Case(name, last=f'import os, sys\n{code}\nprint("tried")\n', **options)


def writes(name: str, *paths: str, text: str = "@MARK@ = 1", **options) -> Case:
    """A case that writes into these files, which may be there or not."""
    return damages(
        name,
        f"""
for path in {paths!r}:
    try:
        path = os.path.expanduser(path)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "a") as file:
            file.write({text!r} + "\\n")
    except OSError as error:
        print(type(error).__name__)
""",
        **options,
    )


def hands_in(name: str, files: dict[str, str], **options) -> Case:
    """A case that hands in files beside its notebook, whose last exercise is wrong."""

    def add(folder, work):
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    code = ZEROS + '\nprint("tried")\n'
    return Case(name, cells={"most_attended": code}, folder=add, **options)


# What a module that is found before the real one would do.
SHADOW = """
open("@ROOT@/@MARK@", "w").write("@MARK@")
import os
os._exit(0)
"""
FORGED_MEMORY = {
    "fingerprint": "0" * 64,
    "timeout": None,
    "files": [],
    "problems": ["@MARK@"],
    "entered": [],
    "scores": [1000, 1000, 0],
}

CASES = [
    damages(
        "gives itself extra credit in the gradebook",
        """
import sqlite3

try:
    gradebook = sqlite3.connect("file:@ROOT@/gradebook.db?mode=rw", uri=True, timeout=2)
    with gradebook:
        gradebook.execute("UPDATE grade SET extra_credit = 100 WHERE auto_score IS NULL")
        gradebook.execute("UPDATE student SET email = '@MARK@'")
except sqlite3.Error as error:
    print(type(error).__name__)
""",
    ),
    damages(
        "renames all students through nbgrader's own interface",
        """
try:
    from nbgrader.api import Gradebook
    with Gradebook("sqlite:///@ROOT@/gradebook.db") as gradebook:
        for student in gradebook.students:
            student.first_name = "@MARK@"
        gradebook.db.commit()
except BaseException as error:
    print(type(error).__name__)
""",
    ),
    writes(
        "writes grades and feedback of its own",
        "@ROOT@/grades.csv",
        "@ROOT@/autograded/ada/01_dot_product_scores/01_dot_product_scores.ipynb",
        "@ROOT@/feedback/ada/01_dot_product_scores/01_dot_product_scores.html",
        text="@MARK@,100",
    ),
    damages(
        "writes into every folder above its own",
        """
for depth in range(1, 12):
    for name in ("@MARK@", "submitted/@MARK@", "gradebook.db.@MARK@"):
        try:
            open("../" * depth + name, "w").write("@MARK@")
        except OSError:
            pass
""",
    ),
    damages(
        "changes and deletes what others handed in",
        """
import glob

found = glob.glob("@ROOT@/submitted/a*/*/*.ipynb")
for path in found + glob.glob("../../../submitted/a*/*/*.ipynb"):
    try:
        os.chmod(path, 0o666)
        open(path, "a").write("@MARK@")
        os.rename(path, path + ".@MARK@")
    except OSError as error:
        print(type(error).__name__)
""",
    ),
    writes(
        "writes into the course's source and settings",
        "@ROOT@/nbgrader_config.py",
        "@ROOT@/source/header.ipynb",
        "@ROOT@/release/@MARK@.py",
        "@ROOT@/source/01_dot_product_scores/@MARK@.py",
    ),
    writes(
        "writes into the instructor's settings of Jupyter and IPython",
        "@HOME@/.jupyter/jupyter_config.py",
        "@HOME@/.jupyter/nbgrader_config.py",
        "@HOME@/.ipython/profile_default/startup/00-first.py",
        "@HOME@/.ipython/profile_default/ipython_config.py",
        "@HOME@/.config/matplotlib/matplotlibrc",
        "@HOME@/.local/share/jupyter/kernels/python3/kernel.json",
        "@HOME@/.bashrc",
        "~/.ipython/profile_default/startup/@MARK@.py",
    ),
    writes(
        "writes into the installed packages",
        "@SITE@/@MARK@.pth",
        "@SITE@/sitecustomize.py",
        "@SITE@/@MARK@/__init__.py",
        "@COURSE@/notebook/@MARK@.py",
        text="# @MARK@",
        dangerous=True,
    ),
    damages(
        "changes the checks on the disk for all who come later",
        """
try:
    import course.notebook.checks as installed
    with open(installed.__file__, "a") as file:
        file.write("# @MARK@\\n")
except OSError as error:
    print(type(error).__name__)
""",
        dangerous=True,
    ),
    damages(
        "leaves compiled code for the checks behind",
        """
import importlib.util

try:
    path = importlib.util.cache_from_source("@COURSE@/notebook/checks.py")
    open(path + ".@MARK@", "wb").write(b"@MARK@")
    open(path, "ab").write(b"@MARK@")
except OSError as error:
    print(type(error).__name__)
""",
        dangerous=True,
    ),
    writes(
        "writes into the temporary folders",
        "/tmp/@MARK@",
        "/var/tmp/@MARK@",
        "/dev/shm/@MARK@",
        "/run/@MARK@",
        "/@MARK@",
        dangerous=True,
    ),
    damages(
        "links the course into its folder and writes through the link",
        """
for target in ("@ROOT@", "@HOME@", "/", "/proc/1/root@ROOT@", "/proc/self/root@ROOT@"):
    try:
        if os.path.lexists("link"):
            os.remove("link")
        os.symlink(target, "link")
        open("link/@MARK@", "w").write("@MARK@")
    except OSError as error:
        print(type(error).__name__)
""",
        dangerous=True,
    ),
    damages(
        "mounts, changes its root and makes namespaces",
        """
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "unshare": lambda: libc.unshare(0x10000000 | 0x00020000),
    "mount": lambda: libc.mount(b"proc", b"/tmp", b"proc", 0, None),
    "bind": lambda: libc.mount(b"/", b"/tmp", None, 4096, None),
    "umount": lambda: libc.umount2(b"/proc", 2),
    "chroot": lambda: libc.chroot(b"/"),
    "setuid": lambda: libc.setuid(0),
    "pivot_root": lambda: libc.syscall(155, b"/", b"/tmp"),
}
for name, call in calls.items():
    print(name, call())
for path in ("/proc/1/root@ROOT@/@MARK@", "/tmp@ROOT@/@MARK@"):
    try:
        open(path, "w").write("@MARK@")
    except OSError as error:
        print(type(error).__name__)
""",
        dangerous=True,
    ),
    damages(
        "kills every process that it can",
        """
import signal, subprocess
bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)", "@MARK@"])
for number in range(1, 400):
    if number not in (os.getpid(), os.getppid()):
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass
""",
        dangerous=True,
    ),
    Case(
        "kills its parent and its group",
        cells={
            "most_attended": """
import os, signal

print("tried", flush=True)

def most_attended(scores):
    for target in (os.getppid(), -1, 0):
        try:
            os.kill(target, signal.SIGKILL)
        except OSError:
            pass
"""
        },
        dangerous=True,
    ),
    damages(
        "limits its parent",
        """
import resource

for pid in (os.getppid(), 1):
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU):
        try:
            resource.prlimit(pid, limit, (1, 1))
        except (OSError, ValueError) as error:
            print(type(error).__name__)
    try:
        os.setpriority(os.PRIO_PROCESS, pid, 19)
        os.sched_setaffinity(pid, {0})
    except OSError as error:
        print(type(error).__name__)
""",
        dangerous=True,
    ),
    hands_in(
        "hands in modules that are found before the real ones",
        {
            "torch.py": SHADOW,
            "IPython/__init__.py": SHADOW,
            "ipykernel_launcher.py": SHADOW,
            "nbgrader/__init__.py": SHADOW,
            "course/__init__.py": SHADOW,
            "sitecustomize.py": SHADOW,
            "json.py": SHADOW,
            "msgpack.py": SHADOW,
        },
    ),
    hands_in(
        "hands in settings and a kernel of its own",
        {
            "nbgrader_config.py": SHADOW,
            "jupyter_config.py": SHADOW,
            "ipython_config.py": SHADOW,
            "conftest.py": SHADOW,
            "matplotlibrc": "backend: module://shadow",
            "shadow.py": SHADOW,
            "kernel.json": json.dumps({"argv": ["touch", "@ROOT@/@MARK@"]}),
            ".ipython/profile_default/startup/00.py": SHADOW,
        },
    ),
    hands_in(
        "hands in a forged memory of having been graded",
        {".graded.json": json.dumps(FORGED_MEMORY)},
    ),
    hands_in(
        "hands in notebooks besides its own, and checkpoints",
        {
            "extra.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "02_softmax.ipynb": "broken",
            ".ipynb_checkpoints/01_dot_product_scores-checkpoint.ipynb": "broken",
        },
    ),
    hands_in(
        "hands in a timestamp that is no date",
        {"timestamp.txt": "9999999-99-99 @MARK@ \x00 __import__('os')"},
    ),
    damages(
        "plants modules and notebooks in its folder for later",
        """
for name in ("torch.py", "json.py", "sitecustomize.py", "nbgrader_config.py", "course.py",
             "01_dot_product_scores.ipynb", ".graded.json", "01_dot_product_scores.html"):
    with open(name, "w") as file:
        file.write("open('@ROOT@/@MARK@', 'w').write('@MARK@')")
""",
    ),
]
