"""Child process for tests of takes: runs the task named by its first argument until it ends or is killed."""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
from contextlib import redirect_stderr
from datetime import datetime
from pathlib import Path

import numpy as np
from takes_help import make_header, make_report, reading

from coach.base.errors import TakeError
from coach.base.events import LineEnded
from coach.base.types import Frame
from coach.cli.main import command_parser, main
from coach.takes.contents import lock_take, takes_with_notes
from coach.takes.erasing import erase_take
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore

WHEN = datetime(2026, 11, 24, 13, 55, 2)  # noqa: DTZ001  takes are named by local time


def say(*values: object) -> None:
    """Print one line atomically."""
    os.write(1, (" ".join(map(str, values)) + "\n").encode())


def create(folder: Path, count: str) -> None:
    """Create takes of the same second and title as fast as possible."""
    for _ in range(int(count)):
        say(TakeStore(folder).create("Same", WHEN).name)


def play(folder: Path) -> None:
    """Play a take until stdin ends."""
    take = TakeStore(folder).create("Going", WHEN)
    recorder = TakeRecorder(take, make_header(), say)
    recorder.handle(reading(0.0))
    say(take.name)
    sys.stdin.read()


def die_often(folder: Path, seed: str, times: str) -> None:
    """Fork `times` writers, kill each at a random time, and print its take and number of acknowledged rows."""
    dice = random.Random(int(seed))
    for _ in range(int(times)):
        say(*_killed_after(folder, dice.randrange(400)))


def _killed_after(folder: Path, acknowledged: int) -> tuple[str, int]:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _write_for_ever(folder, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answers:
        name = answers.readline().decode().strip()
        for _ in range(acknowledged):
            answers.readline()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return name, acknowledged + len(answers.read().splitlines())


def _write_for_ever(folder: Path, pipe: int) -> None:
    take = TakeStore(folder).create("Killed", WHEN)
    recorder = TakeRecorder(take, make_header(), say)
    os.write(pipe, (take.name + "\n").encode())
    for n in range(1_000_000):
        recorder.handle(LineEnded(n / 30, n) if n % 10 == 9 else reading(n / 30))
        os.write(pipe, b"kept\n")


def fill_disk(take: Path, limit: str, record: str) -> None:
    """Play a take on a disk with room for files of `limit` bytes, and print every notice."""
    recorder = TakeRecorder(take, make_header(), lambda text: say("notice", text), record=record == "record")
    _limit_files(int(limit))
    noise = np.random.default_rng(0)
    for n in range(600):
        recorder.handle(reading(n / 30))
        recorder.show(Frame(n / 30, noise.integers(0, 255, (120, 160, 3), np.uint8)))
    recorder.close()
    recorder.write(make_report())
    say("done")


def create_on_full_disk(folder: Path) -> None:
    """Try to begin a take on a disk with room for files of 1000 bytes."""
    _limit_files(1000)
    _say_refusal(folder)


def report_on_full_disk(folder: Path) -> None:
    """Run `coach report` for the newest take on a disk with room for files of 1000 bytes; warnings go to stdout too."""
    args = command_parser("report").parse_args(["report", "--takes", str(folder)])
    os.dup2(1, 2)
    _limit_files(1000)
    args.run(args)


def create_without_rights(folder: Path) -> None:
    """Try to begin a take as a user without permission."""
    if os.geteuid() == 0:
        os.setuid(65534)
    _say_refusal(folder)


def _say_refusal(folder: Path) -> None:
    try:
        say("made", TakeStore(folder).create("Any", WHEN))
    except TakeError as error:
        say("refused", error)


def _limit_files(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def film(path: Path) -> None:
    """Record endlessly at the speed of the encoder; print the time of the last encoded frame."""
    from coach.takes.video import VideoRecorder

    video, sent, reported = VideoRecorder(path), 0, 0
    image = np.zeros((240, 320, 3), np.uint8)
    while True:
        if sent - video.encoded < 4:
            video.show(Frame(sent / 30, np.roll(image, sent, axis=1)))
            sent += 1
        if video.encoded > reported:
            reported = video.encoded
            say((reported - 1) / 30)


def list_without_rights(folder: Path) -> None:
    """Print the titles of all takes as a user without permission."""
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        for facts in TakeStore(folder).facts():
            say(facts.title)
    except TakeError as error:
        say("refused", error)


def coach_without_rights(folder: Path, *args: str) -> None:
    """Run `coach ARGS` on the takes in `folder` as a user without permission; print the exit code."""
    # Import all modules now: later this process may not be allowed to read their folder.
    main(["takes", "--takes", str(folder / "none")])
    for module in ("coach.takes.archive_export", "coach.cli.report", "coach.app.report"):
        importlib.import_module(module)
    if os.geteuid() == 0:
        os.setuid(65534)
    with redirect_stderr(sys.stdout):
        code = main([*args, "--takes", str(folder)])
    sys.stdout.flush()
    say("code", code)


def begin_without_rights(folder: Path) -> None:
    """Begin a take as a user without permission for another one; print what is said before it."""
    if os.geteuid() == 0:
        os.setuid(65534)
    store = TakeStore(folder)
    say("broken off", [take.name for take in store.unfinished()])
    say("noted", [take.name for take in takes_with_notes(store.takes())])
    _say_refusal(folder)


def erase_without_rights(folder: Path) -> None:
    """Erase takes as a user without permission; print what could not be erased."""
    if os.geteuid() == 0:
        os.setuid(65534)
    for take in TakeStore(folder).erasable():
        for failure in erase_take(take).failed:
            say(failure)


def list_often(folder: Path, times: str) -> None:
    """Print the names of all takes repeatedly, each time without the catalogue."""
    for _ in range(int(times)):
        (folder / "coach-catalogue.json").unlink(missing_ok=True)
        for facts in TakeStore(folder).facts():
            say(facts.name)


def hold(folder: Path) -> None:
    """Create a folder and hold its lock until stdin ends."""
    folder.mkdir()
    lock = lock_take(folder)
    say("held")
    sys.stdin.read()
    lock.release()


TASKS = {
    task.__name__: task
    for task in (
        create,
        play,
        die_often,
        fill_disk,
        create_on_full_disk,
        report_on_full_disk,
        create_without_rights,
        film,
        list_without_rights,
        coach_without_rights,
        begin_without_rights,
        list_often,
        erase_without_rights,
        hold,
    )
}

if __name__ == "__main__":
    name, folder, *args = sys.argv[1:]
    TASKS[name](Path(folder), *args)
