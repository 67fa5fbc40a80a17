"""Try faults of the machine on real runs of the coach: what goes away, fills up, stops, or is set back.

    python tools/faults.py              # all; mounting needs root, and is left out without it
    python tools/faults.py suspended --show

Each fault prints a row: what was tried, whether the promise was kept, and what happened.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

import psutil  # noqa: E402

from coach.app.consent import keep_consent  # noqa: E402
from coach.app.review import report_of  # noqa: E402
from coach.base.files import sample_take  # noqa: E402
from coach.takes.report_file import load_report  # noqa: E402
from coach.takes.store import TakeStore  # noqa: E402
from tools.hardening.guard import private_home  # noqa: E402
from tools.hardening.play import WITH_CAMERA  # noqa: E402
from tools.hardening.studio_visitor import StudioVisitor, sample_pictures  # noqa: E402

LIMIT_S: Final = 300.0

_LINES: Final = "".join(f"- {{text: Line {n} of it., emotion: sad, duration_s: 2}}\n" for n in range(1, 6))
_SCRIPT: Final = f"title: Évènement – 試験\nlines:\n{_LINES}"

TAKES_OF_ONE: Final = 50
WRITERS: Final = 4


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

    def start(self, *words: str | Path, camera: bool = False, **environ: str) -> subprocess.Popen[str]:
        """Start `coach WORDS` in a process group of its own; both outputs are one."""
        head = ["-c", WITH_CAMERA, str(sample_take())] if camera else ["-m", "coach"]
        return subprocess.Popen(
            [sys.executable, *head, *map(str, words)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip

    def rehearse(self, takes: Path, *more: str | Path, **environ: str) -> subprocess.Popen[str]:
        """Start a rehearsal without pictures."""
        return self.start(
            "rehearse", self.script, "--source", "none", "--lead-in", "0", "--takes", takes, *more, **environ
        )

    def film(self, takes: Path, *more: str | Path, **environ: str) -> subprocess.Popen[str]:
        """Start a rehearsal with a camera, whose video is kept."""
        words = ("rehearse", self.script, "--source", "camera", "--lead-in", "0", "--record", "--no-sound", "--plain")
        return self.start(*words, "--voice", "off", "--takes", takes, *more, camera=True, **environ)

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


# --- the faults ---


def mount_goes_away(bench: Bench) -> str:
    """A disk that is taken away while lines are played."""
    disk = bench.folder / "disk"
    with small_disk(disk, 50):
        process = bench.rehearse(disk / "takes")
        until_line(process, "line 2")
        subprocess.run(["umount", "-l", str(disk)], check=True)
        text = bench.end_of(process, 1)
    require(text, "It would have gone to", "line 5")
    return "the take went on to its end, said that nothing is left of it, exit code 1"


def folder_dangles(bench: Bench) -> str:
    """The takes folder becomes a link to nowhere while lines are played."""
    process = bench.rehearse(bench.takes)
    until_line(process, "line 2")
    bench.takes.rename(bench.folder / "elsewhere")
    bench.takes.symlink_to(bench.folder / "nowhere")
    text = bench.end_of(process, 1)
    require(text, "It would have gone to", "line 5")
    return "the take went on to its end, said that nothing is left of it, exit code 1"


def clock_set_back(bench: Bench) -> str:
    """The clock of the machine is set back by a day while lines are played; only this run sees it."""
    source, library, offset = (bench.folder / name for name in ("clock.c", "clock.so", "offset"))
    source.write_text(_CLOCK, encoding="utf-8")
    offset.write_text("0", encoding="utf-8")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    except FileNotFoundError:
        return "LEFT OUT: there is no C compiler"
    fake = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}
    process = bench.rehearse(bench.takes, **fake)
    until_line(process, "line 2")
    offset.write_text("-86400", encoding="utf-8")
    bench.end_of(process, 0)
    (take,) = TakeStore(bench.takes).takes()
    lasted = _end_of_lines(take)
    bench.end_of(bench.rehearse(bench.takes, **fake), 0)  # of the day before
    names = [take.name[:19] for take in TakeStore(bench.takes).takes()]
    if len(names) != 2 or names[1] >= names[0]:
        raise BrokenError(f"takes: {names}")
    return f"five lines in {lasted:.1f} s; the next take has the day before: {names}"


def _end_of_lines(take: Path) -> float:
    """When the last of the lines, which are ten seconds long, ended."""
    lasted = load_report(take / "report.json").lines[-1].end_s or 0.0
    if not 9.9 < lasted < 12:
        raise BrokenError(f"ten seconds of lines lasted {lasted}")
    return lasted


_CLOCK: Final = r"""
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


def four_writers(bench: Bench) -> str:
    """Two hundred takes by four processes at once."""
    code = "import sys\nfrom tools.hardening.inputs import run_command\n" + (
        f"for _ in range({TAKES_OF_ONE}):\n assert run_command(*sys.argv[1:]) == 0"
    )
    short = bench.folder / "short.yaml"
    short.write_text("title: Short\nlines:\n- {text: One., duration_s: 0.05}\n", encoding="utf-8")
    words = ["rehearse", str(short), "--source", "none", "--lead-in", "0", "--takes", str(bench.takes)]
    writers = [
        subprocess.Popen([sys.executable, "-c", code, *words], cwd=ROOT, stdin=subprocess.DEVNULL)
        for _ in range(WRITERS)
    ]
    codes = [writer.wait(1800) for writer in writers]
    if any(codes):
        raise BrokenError("a writer failed")
    store = TakeStore(bench.takes)
    listed = [facts.name for facts in store.facts()]
    titles = Counter(report_of(take).title for take in store.takes())
    if len(set(listed)) != WRITERS * TAKES_OF_ONE or titles != {"Short": WRITERS * TAKES_OF_ONE}:
        raise BrokenError(f"{len(listed)} listed, {len(set(listed))} names, reports {titles}")
    text = bench.end_of(bench.start("takes", "--takes", bench.takes, "--json"), 0)
    return (
        f"{len(listed)} takes listed, as many names and readable reports; `takes --json` gives {len(json.loads(text))}"
    )


def suspended(bench: Bench) -> str:
    """The whole process group is stopped for six seconds in a take with a camera, and goes on."""
    process = bench.film(bench.takes)
    until_line(process, "line 2")
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(6)
    os.killpg(process.pid, signal.SIGCONT)
    text = bench.end_of(process, 0)
    require(text, "line 3", "line 4", "line 5")
    (take,) = TakeStore(bench.takes).takes()
    report = load_report(take / "report.json")
    unread = [line.text for line in report.lines if line.verdict not in ("hit", "miss")]
    warnings = [warning for warning in report.warnings if "was stopped at" in warning]
    if not warnings:
        raise BrokenError(f"the stop is not said: {report.warnings}")
    return f"five lines in {_end_of_lines(take):.1f} s, not scored {unread}; {warnings}"


def disk_full_in_recording(bench: Bench) -> str:
    """The disk fills up in a take with `--record`."""
    with small_disk(bench.folder / "disk", 8) as disk:
        process = bench.film(disk / "takes")
        until_line(process, "line 2")
        fill(disk)
        text = bench.end_of(process, 0, 1)
        require(text, "no space left", "the rehearsal goes on", "line 5")
        (take,) = TakeStore(disk / "takes").takes()
        kept = {path.name: path.stat().st_size for path in take.iterdir()}
        (disk / "ballast").unlink()
        bench.end_of(bench.start("takes", "recover", "--all", "--takes", disk / "takes"), 0, 1)
        report_of(take)
        said = [" ".join(row.split()) for row in text.splitlines() if "space" in row or "aved" in row]
    return f"kept {kept}, readable once there is room; {said}"


def disk_full_in_studio(bench: Bench) -> str:
    """The disk fills up in a take of the studio that is recorded."""
    with small_disk(bench.folder / "disk", 8) as disk:
        visitor = StudioVisitor(disk / "takes")
        said = ""
        try:
            visitor.enter()
            Timer(3.0, fill, [disk]).start()
            try:
                visitor.play_camera(sample_pictures())
            except OSError as error:
                said = str(error)
            listed = visitor.get("/takes").decode()
            kept = {path.name: path.stat().st_size for path in disk.glob("takes/*/*")}
            (disk / "ballast").unlink()
            again = visitor.play_camera(sample_pictures())
        finally:
            code = visitor.stop()
        if code != 0 or "Waiting for news" not in listed:
            raise BrokenError(f"exit code {code}, {said}, {listed[-300:]}")
        require(
            " ".join([*visitor.notices, said]), "no space left", "the rehearsal goes on", "Not all of this take was"
        )
        bench.end_of(bench.start("takes", "recover", "--all", "--takes", disk / "takes"), 0, 1)
        for take in TakeStore(disk / "takes").takes():
            report_of(take)
    return f"kept {kept}, the next take is {again}; errors {said or 'none'}; {visitor.notices}"


def fill(disk: Path) -> None:
    """Write until `disk` is full."""
    handle = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    os.close(handle)


def without_home(bench: Bench) -> str:
    """No HOME, an empty one, and one that is not there."""
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME")
    kept = {key: value for key, value in os.environ.items() if key not in names}
    takes: tuple[str | Path, ...] = ("--takes", bench.takes)
    commands = (("demo", "--fast", "--plain", *takes), ("takes", *takes), ("doctor",), ("actors",))
    told = []
    for home in ({}, {"HOME": ""}, {"HOME": "/nonexistent"}, {"HOME": "/proc"}):
        environ = {**kept, "PYTHONPATH": str(ROOT), **home}
        for words in commands:
            done = subprocess.run(
                [sys.executable, "-m", "coach", *map(str, words)],
                env=environ, cwd=bench.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                timeout=LIMIT_S,
            )  # fmt: skip
            if done.returncode not in (0, 1) or "Traceback" in done.stderr:
                raise BrokenError(f"{home} {words[0]}: {done.returncode} {done.stderr[-400:]}")
            if done.returncode:
                told.append(f"{home} {words[0]}: {(done.stderr or done.stdout).strip().splitlines()[-1][:120]}")
    return f"16 commands; {told or 'all with exit code 0'}"


def ascii_locale(bench: Bench) -> str:
    """LC_ALL=C, with streams in ASCII, and a title of other alphabets."""
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": ""}
    commands: list[tuple[str | Path, ...]] = [
        ("rehearse", bench.script, "--source", "none", "--lead-in", "0", "--takes", bench.takes),
        ("takes", "--takes", bench.takes), ("takes", "rename", ":1", "Ünlü 試", "--takes", bench.takes),
        ("takes", "show", ":1", "--takes", bench.takes), ("report", ":1", "--takes", bench.takes),
        ("report", ":1", "--html", bench.folder / "é.html", "--takes", bench.takes), ("check", bench.script),
        ("history", bench.script, "--takes", bench.takes), ("demo", "--fast", "--plain", "--takes", bench.takes),
        ("mirror", "--source", sample_take(), "--plain"), ("doctor",), ("models",), ("voices",), ("--help",),
        ("takes", "export", ":1", bench.folder / "ü.zip", "--takes", bench.takes),
    ]  # fmt: skip
    for words in commands:
        bench.end_of(bench.start(*words, **plain), 0, 1)
    names = [take.name for take in TakeStore(bench.takes).takes()]
    return f"{len(commands)} commands, no error of encoding; takes {names}"


def forty_columns(bench: Bench) -> str:
    """A terminal of 40 columns."""
    takes = ("--takes", str(bench.takes))
    with_takes = (("demo", "--fast"), ("takes",), ("takes", "show", ":1"), ("report", ":1"), ("demo",))
    others = (
        (), ("--help",), ("rehearse", "--help"), ("check", str(bench.script)), ("models",), ("doctor",), ("voices",),
        ("actors",), ("mirror", "--source", str(sample_take())),
    )  # fmt: skip
    wide = []
    for words in (*((*words, *takes) for words in with_takes), *others):
        text = _in_terminal(list(words), columns=40)
        if "Traceback" in text:
            raise BrokenError(f"{words}: {text[-500:]}")
        rows = [row for row in text.replace("\r", "\n").split("\n") if len(row) > 40]
        wide += [f"{' '.join(words[:2]) or 'coach'}: {row}" for row in rows[:2]]
    return f"{len(with_takes) + len(others)} commands; rows that the terminal breaks: {wide or 'none'}"


def _in_terminal(words: list[str], columns: int) -> str:
    """What `coach WORDS` prints in a terminal, without escape sequences."""
    import re

    command = " ".join([f"stty cols {columns} rows 24; COLUMNS= exec", sys.executable, "-m", "coach", *words])
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    environ.pop("COLUMNS", None)
    done = subprocess.run(
        ["script", "-qec", command.replace("COLUMNS= ", ""), "/dev/null"],
        env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    return re.sub(r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))", "", done.stdout)


FAULTS: Final[Mapping[str, Callable[[Bench], str]]] = {
    each.__name__: each
    for each in (
        mount_goes_away, folder_dangles, clock_set_back, four_writers, suspended, disk_full_in_recording,
        disk_full_in_studio, without_home, ascii_locale, forty_columns,
    )
}  # fmt: skip
_NEED_ROOT: Final = ("mount_goes_away", "disk_full_in_recording", "disk_full_in_studio")


def main(argv: list[str] | None = None) -> int:
    """Try the faults that are named, or all; return 1 if a promise was not kept."""
    parser = argparse.ArgumentParser(description="Try faults of the machine on real runs of the coach.")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("--show", action="store_true", help="print what the runs print")
    args = parser.parse_args(argv)
    broken = 0
    for name in args.faults or FAULTS:
        fault = FAULTS[name]
        if name in _NEED_ROOT and os.geteuid() != 0:
            print(f"{name}: LEFT OUT, mounting needs root", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                kept, told = "kept", fault(Bench(Path(folder), show=args.show))
            except (BrokenError, OSError, AssertionError, ValueError, subprocess.SubprocessError) as error:
                kept, told = "BROKEN", repr(error)
            _end_children()
        broken += kept == "BROKEN"
        print(f"{name}: {fault.__doc__} {kept}: {told}", flush=True)
    return 1 if broken else 0


def _end_children() -> None:
    children: list[Any] = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.Error):
            child.kill()


if __name__ == "__main__":
    sys.exit(main())
