"""Counts what a run of the coach goes through: files entered, functions, depth of calls, and the cost of one frame.

    python tools/calls.py [--max-files 70] [--max-depth 15] [--max-frame-calls 120] [--max-frame-files 15] [--list]

Runs `coach demo` as fast as it decodes, into a folder that is thrown away, under `sys.setprofile`. Every call in the
package counts, class bodies, comprehensions and resumed generators too; importing a module alone does not. The depth is
the number of the package's calls on the stack. A frame is what the main thread does from one call of perception to the
next; the median of all frames is told. With a limit that is passed the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PACKAGE = f"{Path(__file__).resolve().parent.parent / 'coach'}{os.sep}"

FRAME = "observe"
"""The method of perception that is called once for each frame."""

Call = tuple[str, str]
"""File, relative to the package, and name of a function."""


@dataclass
class Calls:
    """What was called so far.

    Attributes:
        entered: how often each function was called.
        depth: most calls of the package on the stack at once.
        deepest: those calls, innermost first.
        frames: for each frame, how often each function was called.
    """

    entered: Counter[Call] = field(default_factory=Counter)
    depth: int = 0
    deepest: list[Call] = field(default_factory=list)
    frames: list[Counter[Call]] = field(default_factory=list)

    def heard(self, frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG002  # of sys.setprofile
        """One event of `sys.setprofile`."""
        call = _call(frame) if event == "call" else None
        if call is None:
            return
        self.entered[call] += 1
        if threading.current_thread() is not threading.main_thread():
            return
        if call[1] == FRAME and call[0].startswith("perception"):
            self.frames.append(Counter())
        if self.frames:
            self.frames[-1][call] += 1
        stack = _stack(frame)
        if len(stack) > self.depth:
            self.depth, self.deepest = len(stack), stack

    @property
    def files(self) -> int:
        """Files in which something was called."""
        return len({file for file, _ in self.entered})

    def per_frame(self) -> tuple[float, float]:
        """Median calls and median files of a frame; the last is left out, since the report follows it."""
        frames = self.frames[:-1]
        calls = statistics.median(sum(each.values()) for each in frames)
        return calls, statistics.median(len({file for file, _ in each}) for each in frames)

    def typical_frame(self) -> Counter[Call]:
        """The frame in the middle, by its number of calls."""
        return sorted(self.frames[:-1], key=lambda each: sum(each.values()))[len(self.frames) // 2]


def _call(frame: FrameType) -> Call | None:
    """What `frame` is a call of; None outside the package, and for a module that is imported."""
    code = frame.f_code
    if not code.co_filename.startswith(PACKAGE) or code.co_name == "<module>":
        return None
    return code.co_filename.removeprefix(PACKAGE), code.co_name


def _stack(frame: FrameType | None) -> list[Call]:
    stack = []
    while frame is not None:
        call = _call(frame)
        if call:
            stack.append(call)
        frame = frame.f_back
    return stack


def counted(words: list[str]) -> Calls:
    """The calls of one `coach` command, whose output is thrown away."""
    from coach.cli.main import main

    calls = Calls()
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        threading.setprofile(calls.heard)
        sys.setprofile(calls.heard)
        try:
            main(words)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return calls


def main() -> int:
    """Count, print, and compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("files", "depth", "frame-calls", "frame-files"):
        parser.add_argument(f"--max-{name}", type=float, default=float("inf"), metavar="N")
    parser.add_argument("--list", action="store_true", help="name the deepest stack, the calls of a frame, the files")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as takes:
        calls = counted(["demo", "--fast", "--voice", "off", "--takes", takes])
    frame_calls, frame_files = calls.per_frame()
    told = {"files": calls.files, "depth": calls.depth, "frame-calls": frame_calls, "frame-files": frame_files}
    print(f"{'functions':12} {len(calls.entered):6}")
    for name, value in told.items():
        print(f"{name:12} {value:6g}")
    if args.list:
        _list(calls)
    passed = [name for name, value in told.items() if value > getattr(args, f"max_{name.replace('-', '_')}")]
    for name in passed:
        print(f"too many {name}", file=sys.stderr)
    return 1 if passed else 0


def _list(calls: Calls) -> None:
    print("\nthe deepest stack")
    for file, name in calls.deepest:
        print(f"  {file} {name}")
    print("\na frame")
    for (file, name), count in sorted(calls.typical_frame().items()):
        print(f"{count:8} {file} {name}")
    print("\nfiles, with calls")
    files: Counter[str] = Counter()
    for (file, _), count in calls.entered.items():
        files[file] += count
    for file, count in sorted(files.items()):
        print(f"{count:8} {file}")


if __name__ == "__main__":
    sys.exit(main())
