"""The table of docs/reliability.md: each fault, what is promised where it happens, and the tests that hold it.

A test names its rows with ``@pytest.mark.row(22)``. A test that is always skipped, or expected to fail, holds nothing.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

ROWS: Final = {
    1: ("camera number missing, negative or text", "one line that lists the tried numbers, exit code 1, no crash"),
    2: ("camera in use; black or empty picture", "a warning; the line is marked as without signal, the take goes on"),
    3: ("camera process killed or camera unplugged", "it is opened again, later each time; the gap is in the report"),
    4: ("a read of the camera blocks for ever", "a watchdog kills the process after 2 s; Ctrl-C works"),
    5: ("frozen picture", "it counts as frozen after 2 s and is not scored"),
    6: ("the camera takes 10 s to open", "the waiting is told, and it works; after a limit it is refused"),
    7: ("frame rate of 0, -1, NaN or 1000", "times of the container count; without them a plausible rate"),
    8: ("video of changing frame rate", "pictures keep the times of the container"),
    9: ("rotated video", "the picture is upright"),
    10: ("video damaged in the middle", "the other pictures are read, and the lost ones counted"),
    11: ("video cut off, or shorter than the script", "what is there is read; later lines are named as not reached"),
    12: ("source is empty, junk, sound only, a pipe, a playlist", "refused in one line; nothing else is opened"),
    13: ("picture or video of enormous size", "refused before it is decoded; large ones need little memory"),
    14: ("no face, twenty faces, a face that leaves", "told as no face; the tracked face is read and no other"),
    15: ("model missing, damaged, of wrong shape, NaN, a bomb", "refused with the reason; a NaN loses one face"),
    16: ("the model fails once, or always", "one frame is lost; after many in a row scoring stops, with the reason"),
    17: ("the model is slower than the camera", "the newest picture is read, skipped ones are counted"),
    18: ("no speech engine, player or sound device", "one notice, and the cues are printed"),
    19: ("the voice hangs, crashes or prints garbage", "killed at its limit; a spare speaks; silent after three"),
    20: ("a hundred mismatches in a row", "at most one note waits; notes are far apart, and none comes late"),
    21: ("a note is being spoken when a line begins", "it is silenced within 50 ms"),
    22: ("Ctrl-C at any moment", "exit code 130, report, cursor back, no process and no file left"),
    23: ("SIGKILL at any moment", "no acknowledged row is lost; the next start names the unfinished take"),
    24: ("disk full, read-only or missing folder", "refused before the start; in a take one warning, and it goes on"),
    25: ("script that is a bomb, huge, deeply nested, in any encoding", "read, or refused with its line"),
    26: ("script with mistakes", "all are listed at once with their places"),
    27: ("escape sequences and markup in texts and names", "none reaches the terminal; pages show them as text"),
    28: ("names such as ../../x or CON, long ones, links", "inside the folder or refused"),
    29: ("no display; window closed by the user", "it goes on in the terminal"),
    30: ("no terminal, 40 columns, NO_COLOR, old code page", "plain text that fits, without errors of encoding"),
    31: ("web address with any fault", "one short message within the time limits; nothing is left behind"),
    32: ("clock set, suspend and resume", "take time never goes back and leaves the gap out; no line is skipped"),
    33: ("two sessions in one folder", "each has a take of its own; none is lost"),
    34: ("models to convert, good and bad", "equal outputs, or refused with the reason"),
    35: ("text for the voice too long, empty or broken", "cut to 200 characters, cleaned or left out"),
}  # fmt: skip
"""Fault and promise of each row."""

PAGE: Final = "docs/reliability.md"

_OPENING: Final = """# Reliability

Written by `python tools/docs.py` from the tests; do not edit. What can go wrong around a rehearsal, what is promised
then, and the tests that hold it. They name their rows with `@pytest.mark.row(…)`, and run with every change."""


def page(root: Path) -> str:
    """Return docs/reliability.md for the tests under `root`.

    Raises:
        ValueError: a test names a row that does not exist.
    """
    tests = tests_of_rows(root)
    rows = [
        f"| {number} | {fault} | {promise} | {_links(tests[number])} |" for number, (fault, promise) in ROWS.items()
    ]
    table = "\n".join(["| | fault | promise | tests |", "|---|---|---|---|", *rows])
    bare = [str(number) for number in ROWS if not tests[number]]
    closing = f"Promised without a test: {', '.join(bare)}." if bare else "No row is promised without a test."
    return f"{_OPENING}\n\n{table}\n\n{closing}\n"


def tests_of_rows(root: Path) -> dict[int, list[tuple[str, str]]]:
    """Return the tests of each row as (file, function).

    Raises:
        ValueError: a test names a row that does not exist.
    """
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((root / "tests").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        functions = ast.parse(text).body if "mark.row(" in text else []
        for function in functions:
            for number in _rows(function):
                if number not in ROWS:
                    raise ValueError(f"{path.name}: there is no row {number}")
                found[number].append((path.name, getattr(function, "name", "")))
    return found


def _rows(function: ast.stmt) -> list[int]:
    if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
        return []
    calls = [call for call in function.decorator_list if isinstance(call, ast.Call)]
    marks = [ast.unparse(mark.func if isinstance(mark, ast.Call) else mark) for mark in function.decorator_list]
    if {"pytest.mark.skip", "pytest.mark.xfail"} & set(marks):
        return []
    return [ast.literal_eval(arg) for call in calls if ast.unparse(call.func) == "pytest.mark.row" for arg in call.args]


def _links(tests: list[tuple[str, str]]) -> str:
    return "<br>".join(f"[{_words(name)}](../tests/{file})" for file, name in tests) or "**none**"


def _words(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")
