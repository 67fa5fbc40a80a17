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
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

import psutil  # noqa: E402

from coach.app.review import report_of  # noqa: E402
from coach.base.files import sample_take  # noqa: E402
from coach.takes.report_file import load_report  # noqa: E402
from coach.takes.store import TakeStore  # noqa: E402
from tools.hardening.machine import (  # noqa: E402
    CLOCK,
    LIMIT_S,
    Bench,
    BrokenError,
    fill,
    in_terminal,
    require,
    small_disk,
    until_line,
)
from tools.hardening.studio_visitor import StudioVisitor, sample_pictures  # noqa: E402

TAKES_OF_ONE: Final = 50
WRITERS: Final = 4


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
    source.write_text(CLOCK, encoding="utf-8")
    offset.write_text("0", encoding="utf-8")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    except FileNotFoundError:
        return "LEFT OUT: there is no C compiler"
    fake = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}
    process = bench.rehearse(bench.takes, fake)
    until_line(process, "line 2")
    offset.write_text("-86400", encoding="utf-8")
    bench.end_of(process, 0)
    (take,) = TakeStore(bench.takes).takes()
    lasted = _end_of_lines(take)
    bench.end_of(bench.rehearse(bench.takes, fake), 0)  # of the day before
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


def four_writers(bench: Bench) -> str:
    """Two hundred takes by four processes at once."""
    code = "import sys\nfrom tools.hardening.inputs import run_command\n" + (
        f"for _ in range({TAKES_OF_ONE}):\n assert run_command(*sys.argv[1:]) == 0"
    )
    short = bench.folder / "short.yaml"
    short.write_text("title: Short\nlines:\n- {text: One., duration_s: 0.1}\n", encoding="utf-8")
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
        bench.end_of(bench.start(*words, environ=plain), 0, 1)
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
        text = in_terminal(list(words), columns=40)
        if "Traceback" in text:
            raise BrokenError(f"{words}: {text[-500:]}")
        rows = [row for row in text.replace("\r", "\n").split("\n") if len(row) > 40]
        wide += [f"{' '.join(words[:2]) or 'coach'}: {row}" for row in rows[:2]]
    return f"{len(with_takes) + len(others)} commands; rows that the terminal breaks: {wide or 'none'}"


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
            except Exception as error:  # whatever it is, the next fault is tried
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
