"""The program that tries inputs of strangers notices what it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import harden  # noqa: E402  # tools are beside the package, not in it
from tools.hardening.guard import Canary  # noqa: E402
from tools.hardening.inputs import KINDS, make_script, script_seeds  # noqa: E402
from tools.hardening.kills import KillError, Moments, _check_rows  # noqa: E402
from tools.hardening.mutations import flip_bits, mutate  # noqa: E402
from tools.hardening.play import Run  # noqa: E402
from tools.hardening.watching import Watched  # noqa: E402
from tools.soak import Use, growth  # noqa: E402

WORKER = """
import json, os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    number = int(line)
    if number == 1:
        os._exit(9)
    if number == 2:
        time.sleep(60)
    print(json.dumps("read"), flush=True)
"""


def test_a_worker_that_crashes_or_hangs_is_told_and_replaced(tmp_path: Path) -> None:
    worker = Watched([sys.executable, "-c", WORKER], tmp_path, limit_s=1.0)
    outcomes = [worker.ask(number) for number in range(4)]
    worker.close()
    assert outcomes == ["read", "the interpreter ended with 9", "no end within 1 s", "read"]


def test_scripts_are_tried_and_a_run_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harden.main(["scripts", "--count", "10", "--keep", str(tmp_path)]) == 0
    assert harden.main(["scripts", "--count", "10", "--keep", str(tmp_path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert "scripts: 10 tried" in first


GUARD = """
import sys
from pathlib import Path
from tools.hardening.guard import Guard
folder = Path(sys.argv[1])
guard = Guard(folder / "in")
(folder / "in" / "mine").write_text("x")
assert guard.violations == []
(folder / "secret").read_text()
(folder / "out").write_text("x")
(folder / "out").unlink()
import subprocess, socket
subprocess.run(["true"])
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError:
    pass
print(*guard.violations, sep="\\n")
"""


def test_runs_that_end_teach_when_a_kill_would_find_them() -> None:
    moments = Moments()
    endless = [sys.executable, "-c", "while True: pass"]
    for args, running in (([sys.executable, "-c", ""], False), (endless, True)):
        with subprocess.Popen(args) as process:
            assert moments.wait("rehearsal", Run(process, lambda: None), 1.0) is running
            assert process.poll() == (None if running else 0)
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="folders of POSIX")
def test_what_is_done_outside_the_folder_of_the_inputs_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("mine")
    args = [sys.executable, "-c", GUARD, str(tmp_path)]
    ran = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=True)
    for what in (f"read {tmp_path}/secret", f"wrote {tmp_path}/out", f"os.remove {tmp_path}/out", "started", "socket"):
        assert what in ran.stdout


def test_a_canary_that_was_changed_is_noticed(tmp_path: Path) -> None:
    canary = Canary(tmp_path / "canary")
    assert canary.complaint() is None
    (tmp_path / "canary" / "secret").write_text("changed")
    assert canary.complaint() == "the canary was changed"


@pytest.mark.parametrize("seed", range(20))
def test_a_case_of_a_seed_is_always_the_same(seed: int, tmp_path: Path) -> None:
    seeds = script_seeds(tmp_path)
    twice = [make_script(seeds, Random(seed), tmp_path).read_bytes() for _ in range(2)]
    assert twice[0] == twice[1]
    assert mutate(b"some bytes", Random(seed)) == mutate(b"some bytes", Random(seed))
    assert mutate(b"", Random(seed)) is not None
    assert len(flip_bits(b"some bytes", Random(seed), 3)) == 10


def test_a_lost_row_is_noticed() -> None:
    _check_rows({"take": [b"1\n"]}, {"take": [b"1\n", b"2\n"]})
    with pytest.raises(KillError, match="rows of take are lost: 2 before, 1 after"):
        _check_rows({"take": [b"1\n", b"2\n"]}, {"take": [b"1\n"]})


def test_every_kind_of_the_help_exists() -> None:
    assert set(KINDS) == {"scripts", "media", "models", "archives", "takes"}


def test_the_soak_tells_growth_from_noise() -> None:
    flat = [Use(200 + number % 3, 12 + number % 2, 4, 0) for number in range(30)]
    assert growth(flat, most_mb=20) == []
    leaking = [Use(200 + number, 12 + number, 4, 0) for number in range(60)]
    assert growth([], most_mb=20) == ["no round came to its end"]
    assert growth(leaking, most_mb=20) == ["memory grew by 21.0 MB, at most 20 are allowed", "files grew from 31 to 71"]
