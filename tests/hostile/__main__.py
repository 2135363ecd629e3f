"""What the battery would get away with, were there no sandbox and no judge.

    python -m tests.hostile

grades the cases that harm no machine as `course grade --unsafe` does, and prints of each what went
wrong. It shows that the attacks are real: a case that is graded rightly even so proves less than
one that is not. Takes some minutes.
"""

import tempfile
from pathlib import Path

from tests.hostile import all_cases, campus


def main() -> None:
    cases = all_cases()
    numbers = {case.student: number for number, case in enumerate(cases)}
    harmless = [case for case in cases if not case.dangerous]
    wrong = 0
    for chapter in sorted({case.chapter for case in harmless}):
        mine = [case for case in harmless if case.chapter == chapter]
        with tempfile.TemporaryDirectory() as folder, campus.build(Path(folder)) as place:
            held = campus.hold(place, chapter, mine, numbers, unsafe=True)
            for case in mine:
                faults = campus.faults(case, held)
                wrong += bool(faults)
                print(f"{'WRONG' if faults else 'right'}  {chapter}  {case.name}")
                for fault in faults:
                    print(f"         {fault}")
    print(f"{wrong} of {len(harmless)} harmless cases go wrong without sandbox and judge.")


if __name__ == "__main__":
    main()
