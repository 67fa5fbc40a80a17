"""Count the calls of a run of the coach: files and functions entered, call depth, and calls per frame.

    python tools/calls.py [--max-files 70] [--max-depth 15] [--max-frame-calls 120] [--max-frame-files 15] [--list]

Runs `coach demo` under `sys.setprofile`, as fast as it decodes, with a temporary takes folder. Every call in the
package counts, including class bodies, comprehensions and resumed generators; importing a module does not. The depth
is the number of the package's calls on the stack. A frame is what the main thread does from one frame of the video to
the next. The mean is printed, because only some frames are read. Exits with 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

PACKAGE = f"{Path(__file__).resolve().parent.parent / 'coach'}{os.sep}"

Call = tuple[str, str]
"""A function: its file, relative to the package, and its name."""

READ: Call = ("perception/pipeline.py", "is_due")
"""Called once per frame that is read; the source leaves out the others."""

DECODED: Call = ("sources/files/decoder.py", "stamp")
"""Called once per frame of the video."""


@dataclass
class CallProfile:
    """Calls counted so far.

    Attributes:
        entered: number of calls of each function.
        depth: the highest number of the package's calls on the stack.
        deepest: that stack, innermost call first.
        frames: number of calls of each function, per frame that is read.
    """

    entered: Counter[Call] = field(default_factory=Counter)
    depth: int = 0
    deepest: list[Call] = field(default_factory=list)
    frames: list[Counter[Call]] = field(default_factory=list)

    def on_event(self, frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG002  # of sys.setprofile
        """Count one event of `sys.setprofile`."""
        call = _call(frame) if event == "call" else None
        if call is None:
            return
        self.entered[call] += 1
        if threading.current_thread() is not threading.main_thread():
            return
        if call == READ:
            self.frames.append(Counter())
        if self.frames:
            self.frames[-1][call] += 1
        stack = _stack(frame)
        if len(stack) > self.depth:
            self.depth, self.deepest = len(stack), stack

    @property
    def files(self) -> int:
        """The number of files in which a function was called."""
        return len({file for file, _ in self.entered})

    def per_frame(self) -> tuple[float, float]:
        """Return the mean calls and files per frame of the video, without the last one, which includes the report."""
        frames, decoded = self.frames[:-1], self.entered[DECODED] - 1
        calls = sum(sum(each.values()) for each in frames) / decoded
        return calls, sum(len({file for file, _ in each}) for each in frames) / decoded

    def typical_frame(self) -> Counter[Call]:
        """Return the calls of a usual frame that is read: that of the upper quartile, by number of calls."""
        return sorted(self.frames[:-1], key=lambda each: sum(each.values()))[len(self.frames) * 3 // 4]


def _call(frame: FrameType) -> Call | None:
    """Return the function that `frame` runs; None outside the package and for a module import."""
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


def profile_command(words: list[str]) -> CallProfile:
    """Run a `coach` command, discard its output, and count its calls."""
    from coach.cli.main import main

    calls = CallProfile()
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        threading.setprofile(calls.on_event)
        sys.setprofile(calls.on_event)
        try:
            main(words)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return calls


def main() -> int:
    """Count, print and compare with the limits; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("files", "depth", "frame-calls", "frame-files"):
        parser.add_argument(f"--max-{name}", type=float, default=float("inf"), metavar="N")
    parser.add_argument(
        "--list", action="store_true", help="also print the deepest stack, the calls of a frame and the files"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as takes:
        calls = profile_command(["demo", "--fast", "--voice", "off", "--takes", takes])
    frame_calls, frame_files = calls.per_frame()
    counts = {"files": calls.files, "depth": calls.depth, "frame-calls": frame_calls, "frame-files": frame_files}
    print(f"{'functions':12} {len(calls.entered):6}")
    for name, value in counts.items():
        print(f"{name:12} {value:6.0f}")
    if args.list:
        _print_details(calls)
    exceeded = [name for name, value in counts.items() if value > getattr(args, f"max_{name.replace('-', '_')}")]
    for name in exceeded:
        print(f"too many {name}", file=sys.stderr)
    return 1 if exceeded else 0


def _print_details(calls: CallProfile) -> None:
    print("\nthe deepest stack")
    for file, name in calls.deepest:
        print(f"  {file} {name}")
    print("\na frame")
    for (file, name), count in sorted(calls.typical_frame().items()):
        print(f"{count:8} {file} {name}")
    print("\ncalls by file")
    files: Counter[str] = Counter()
    for (file, _), count in calls.entered.items():
        files[file] += count
    for file, count in sorted(files.items()):
        print(f"{count:8} {file}")


if __name__ == "__main__":
    sys.exit(main())
