"""Golden cases: commands on the takes in `tests/golden` whose output must not change by accident.

Each command runs on a copy of the takes. Its output must equal a file in `tests/golden/expected` byte for byte, except
for the block `created` of reports and version numbers. `pytest tests/test_golden.py --rewrite-golden` rewrites the
expected files; review the diff before you commit it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "golden"
EXPECTED: Final = FOLDER / "expected"

OLD_1: Final = "2026-11-01_10-00-00_waiting-for-news"  # journal 1, report 1
OLD_2: Final = "2026-11-02_10-00-00_waiting-for-news"  # journal 2, report 1
OLD_3: Final = "2026-11-03_10-00-00_waiting-for-news"  # journal 2, report 2
DEMO: Final = "2026-11-04_10-00-00_waiting-for-news"  # with pictures of the face and a note by the actor
WRONG_TAG: Final = "2026-11-05_10-00-00_wrong-tag"
SAMPLE: Final = "2026-11-06_10-00-00_the-kitchen-light"  # mini_xception, strict, live notes only between lines
LIVE: Final = "2026-11-07_10-00-00_at-the-window"  # with a camera, pauses, repeats and gaps
RESCORED: Final = "2026-11-08_10-00-00_waiting-for-news"
TAKES: Final = (OLD_1, OLD_2, OLD_3, DEMO, WRONG_TAG, SAMPLE, LIVE, RESCORED)

SCRIPT: Final = Path(__file__).parent.parent / "scripts_examples" / "waiting_for_news.yaml"
EDITED: Final = FOLDER / "edited.yaml"


@dataclass(frozen=True)
class Case:
    """One command and its expected output.

    Attributes:
        name: file name of the expected output in `EXPECTED`.
        args: arguments of the command; the takes folder is added.
        columns: width of the terminal.
        written: file to compare, which the command writes into the current folder; empty to compare stdout.
        prepare: function that changes the takes folder before the command runs.
    """

    name: str
    args: tuple[str, ...]
    columns: int = 100
    written: str = ""
    prepare: Callable[[Path], None] = lambda takes: None


def without_report(take: str) -> Callable[[Path], None]:
    """A `prepare` function that deletes the report of `take`, so that it is computed again from the journal."""
    return lambda takes: (takes / take / "report.json").unlink()


def _of_take(take: str) -> list[Case]:
    day = f"{take[8:10]}-{take[20:]}"
    cases = [
        Case(f"{day}.txt", ("report", take)),
        Case(f"{day}.narrow.txt", ("report", take), columns=50),
        Case(f"{day}.details.txt", ("report", take, "--details")),
        Case(f"{day}.json", ("report", take, "--json", "-")),
        Case(f"{day}.lines.csv", ("report", take, "--csv", "-")),
        Case(f"{day}.html", ("report", take, "--html", "-", "--no-video")),
    ]
    if take != RESCORED:  # its report does not follow from its own journal
        cases.append(
            Case(f"{day}.replayed.json", ("report", take, "--json", "-"), prepare=without_report(take)),
        )
    return cases


def _samples(take: str, name: str) -> Case:
    return Case(name, ("report", take, "--csv", "made.csv"), written="made-samples.csv")


CASES: Final = (
    *(case for take in TAKES for case in _of_take(take)),
    _samples(OLD_1, "samples-of-journal-1.csv"),
    _samples(LIVE, "samples-of-live-take.csv"),
    _samples(SAMPLE, "samples-of-mini-xception.csv"),
    Case("report.md", ("report", LIVE, "--markdown", "-")),
    Case("report-with-notes.md", ("report", DEMO, "--markdown", "-")),
    Case("arc.svg", ("report", LIVE, "--svg", "-")),
    Case("takes.txt", ("takes",), columns=140),
    Case("history.txt", ("history", str(SCRIPT))),
    Case("history.narrow.txt", ("history", str(SCRIPT)), columns=50),
    Case("history.json", ("history", str(SCRIPT), "--json", "-")),
    Case("history.csv", ("history", str(SCRIPT), "--csv", "-")),
    Case("history.html", ("history", str(SCRIPT), "--html", "-")),
    Case("compare.txt", ("compare", OLD_3, DEMO, RESCORED, "--best")),
    Case("compare.narrow.txt", ("compare", DEMO, WRONG_TAG), columns=50),
    Case("compare.json", ("compare", OLD_3, DEMO, RESCORED, "--json", "-")),
    Case("compare.csv", ("compare", OLD_3, DEMO, WRONG_TAG, "--csv", "-")),
    Case("compare.html", ("compare", OLD_3, DEMO, RESCORED, "--html", "-")),
    Case("rescore.txt", ("rescore", DEMO, "--script", str(EDITED), "--strictness", "gentle")),
    Case(
        "rescored.json",
        ("rescore", DEMO, "--script", str(EDITED), "--strictness", "gentle"),
        written=f"takes/{DEMO}/report.json",
    ),
    Case("rescore-live.txt", ("rescore", LIVE, "--strictness", "strict")),
    Case("rescore-journal-1.txt", ("rescore", OLD_1, "--strictness", "strict")),
)


def copy_takes(folder: Path) -> Path:
    """Copy the stored takes into a new folder below `folder`, because commands write beside them."""
    return Path(shutil.copytree(FOLDER / "takes", folder / "takes"))


_CREATED: Final = re.compile(rb'"created": \{[^}]*\}')
_VERSIONS: Final = re.compile(rb'"(schema_version|history_version|comparison_version|version)": \d+')
_FOLDER: Final = re.compile(rb"(?<!\S)/\S*/takes\b")


def mask(output: bytes) -> bytes:
    """Mask the parts of `output` that differ between runs or versions."""
    output = _FOLDER.sub(b"/takes", _CREATED.sub(b'"created": {}', output))
    return _VERSIONS.sub(rb'"\1": 0', output)
