"""The command `course`: its subcommands and their help. The work is done elsewhere."""

import argparse
import importlib
import sys

# name -> (module with add_arguments and run, what it does). A module is loaded only when its
# command is called: students need none of the instructor's tools, and help comes at once.
COMMANDS = {
    "check": ("course.student.check", "run a notebook's tests and say which exercises pass"),
    "progress": ("course.student.progress", "all chapters at a glance, from the saved notebooks"),
    "doctor": ("course.student.doctor", "mend copied, deleted or moved cells of a notebook"),
    "build": ("course.instructor.build", "make source/ and release/ from the chapters' text"),
    "grade": ("course.instructor.grade", "grade all submissions of a chapter, with feedback"),
    "report": ("course.instructor.report", "write a page on how the class fared in a chapter"),
    "export": ("course.instructor.export", "write scores as CSV, or for Canvas or Moodle"),
}

EPILOG = """\
exit codes: 0 all is well; 1 something that was checked or graded is not; 2 wrong usage.
`course COMMAND --help` tells the options of a command.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="course",
        description="Attention from scratch: check, build and grade its notebooks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if argv[:1] == [name]:
            loaded = importlib.import_module(module)
            loaded.add_arguments(sub)
            sub.set_defaults(run=loaded.run)
    args = parser.parse_args(argv)
    try:
        return args.run(args)
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept.", file=sys.stderr)
        return 130
