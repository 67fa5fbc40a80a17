"""Run an operation on a takes folder repeatedly, and kill it one step later each time, until a run finishes.

A step is a change of the file system; an audit hook kills the process just before it. For each killed run the program
prints ``killed`` and the audit event of the step; for the finished one it prints ``done``. ``FOLDER/N`` is the folder
as run N left it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from coach.takes.archive_export import export_takes
from coach.takes.erasing import erase_store_files, erase_take
from coach.takes.store import TakeStore, migrate

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def forget(folder: Path) -> None:
    for take in TakeStore(folder).erasable():
        erase_take(take)
    erase_store_files(folder)


def rename(folder: Path) -> None:
    store = TakeStore(folder)
    store.rename(store.takes()[0], "renamed")


def export(folder: Path) -> None:
    export_takes(TakeStore(folder).takes(), folder / "archives" / "out.zip", force=True)


TASKS: dict[str, Callable[[Path], object]] = {
    "migrate": migrate,
    "list": lambda folder: TakeStore(folder).facts(),
    "import": lambda folder: TakeStore(folder).import_archive(folder / "in.zip"),
    "export": export,
    "rename": rename,
    "forget": forget,
}


def die_at(step: int, pipe: int) -> None:
    """Kill this process just before change number `step` of the file system, counted from 0."""
    remaining = step

    def watch(event: str, details: tuple[object, ...]) -> None:
        nonlocal remaining
        writes = event == "open" and isinstance(details[2], int) and bool(details[2] & WRITING)
        if event in CHANGES or writes:
            remaining -= 1
            if remaining < 0:
                os.write(pipe, event.encode())
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def killed_at(step: int, task: Callable[[Path], object], folder: Path) -> str | None:
    """Run `task` in a fork that dies at `step`; return the audit event that it died at, None if it finished."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        die_at(step, theirs)
        task(folder)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        event = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return event
    assert os.waitstatus_to_exitcode(status) == 0
    return None


def main() -> None:
    name, directory = sys.argv[1:]
    template, step, event = Path(directory) / "template", 0, ""
    while event is not None:
        folder = shutil.copytree(template, Path(directory) / str(step))
        event = killed_at(step, TASKS[name], folder)
        sys.stdout.write(f"killed {event}\n" if event is not None else "done\n")
        sys.stdout.flush()
        step += 1


if __name__ == "__main__":
    main()
