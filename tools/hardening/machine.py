"""A bench on which the coach is run as a process, and faults of the machine that can be made for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coach.app.consent import keep_consent
from coach.base.files import sample_take
from tools.hardening.guard import private_home
from tools.hardening.play import WITH_CAMERA

ROOT: Final = Path(__file__).resolve().parent.parent.parent

LIMIT_S: Final = 300.0

_LINES: Final = "".join(f"- {{text: Line {n} of it., emotion: sad, duration_s: 2}}\n" for n in range(1, 6))
_SCRIPT: Final = f"title: Évènement – 試験\nlines:\n{_LINES}"


class BrokenError(Exception):
    """A promise was not kept."""


class Bench:
    """A folder in which the coach is run as a process."""

    def __init__(self, folder: Path, *, show: bool) -> None:
        self.folder = folder
        self.takes = folder / "takes"
        self.script = folder / "script.yaml"
        self._show = show
        private_home(folder)
        keep_consent()
        self.script.write_text(_SCRIPT, encoding="utf-8")

    def start(
        self, *words: str | Path, environ: Mapping[str, str] | None = None, camera: bool = False
    ) -> subprocess.Popen[str]:
        """Start `coach WORDS` in a process group of its own; both outputs are one."""
        head = ["-c", WITH_CAMERA, str(sample_take())] if camera else ["-m", "coach"]
        return subprocess.Popen(
            [sys.executable, *head, *map(str, words)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(environ or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip

    def rehearse(self, takes: Path, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a rehearsal without pictures."""
        words = ("rehearse", self.script, "--source", "none", "--lead-in", "0", "--takes", takes)
        return self.start(*words, environ=environ)

    def film(self, takes: Path) -> subprocess.Popen[str]:
        """Start a rehearsal with a camera, whose video is kept."""
        words = ("rehearse", self.script, "--source", "camera", "--lead-in", "0", "--record", "--no-sound", "--plain")
        return self.start(*words, "--voice", "off", "--takes", takes, camera=True)

    def end_of(self, process: subprocess.Popen[str], *codes: int) -> str:
        """Wait for the end of a run; return what it printed.

        Raises:
            BrokenError: it ended with another code than `codes`, or with a traceback.
        """
        text, _ = process.communicate(timeout=LIMIT_S)
        if self._show:
            print(f"--- exit code {process.returncode}\n{text}", flush=True)
        if process.returncode not in codes or "Traceback" in text:
            raise BrokenError(f"exit code {process.returncode}: {text[-600:]}")
        return text


def until_line(process: subprocess.Popen[str], text: str) -> None:
    """Read the output of a run up to the row with `text`."""
    assert process.stdout is not None
    for row in process.stdout:
        if text in row:
            return
    raise BrokenError(f"the run ended without {text!r}")


def require(text: str, *wanted: str) -> None:
    """Check that `text`, however it is wrapped, says what is wanted."""
    plain = " ".join(text.split())
    if missing := [phrase for phrase in wanted if phrase not in plain]:
        raise BrokenError(f"{missing} is not said: {text[-600:]}")


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, mounted at `at`."""
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False, stderr=subprocess.DEVNULL)


def fill(disk: Path) -> None:
    """Write until `disk` is full."""
    handle = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    os.close(handle)


def in_terminal(words: list[str], columns: int) -> str:
    """What `coach WORDS` prints in a terminal, without escape sequences."""
    command = " ".join([f"stty cols {columns} rows 24; COLUMNS= exec", sys.executable, "-m", "coach", *words])
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    environ.pop("COLUMNS", None)
    done = subprocess.run(
        ["script", "-qec", command.replace("COLUMNS= ", ""), "/dev/null"],
        env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    return re.sub(r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))", "", done.stdout)


CLOCK: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) {
    long seconds = 0;
    const char *name = getenv("CLOCK_OFFSET_FILE");
    FILE *file = name ? fopen(name, "r") : NULL;
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, now);
    if (id == CLOCK_REALTIME) now->tv_sec += offset();
    return code;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (at) *at = precise.tv_sec;
    return precise.tv_sec;
}
"""
"""Sets back the calendar clock of a process, and leaves the monotonic one as it is."""
