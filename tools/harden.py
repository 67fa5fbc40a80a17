"""Try inputs of strangers by the thousand: no traceback, no hang, no crash, nothing read or written outside.

    python tools/harden.py                        # all kinds, as many as their defaults
    python tools/harden.py scripts --count 1000000 --seed 7

Kinds: scripts, media (videos, pictures, sounds), models (with cards), archives, takes (folders with flipped bits), and
kills (runs that are killed at random moments, see tools/hardening/kills.py). Case N of a seed is always the same. A run
that was ended goes on where it stopped, and each failure is kept as a file with what happened.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

from tools.hardening.guard import Canary, Guard, private_home  # noqa: E402
from tools.hardening.inputs import KINDS, clear  # noqa: E402
from tools.hardening.kills import kill_runs  # noqa: E402
from tools.hardening.watching import Watched  # noqa: E402

HANG_S: Final = 5.0
"""A step of a case that takes longer twice has failed."""

KILLS: Final = 1_000


def main(argv: list[str] | None = None) -> int:
    """Run the kinds that are named; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description="Try damaged and hostile inputs, and runs that are killed.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)} or kills; all without one")
    parser.add_argument("--count", type=int, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("hardening"), help="folder of failures and of what was done")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.work:
        return _work(args.kinds[0], args.seed)
    args.keep.mkdir(parents=True, exist_ok=True)
    until, failed = time.monotonic() + args.minutes * 60, 0
    for kind in args.kinds or (*KINDS, "kills"):
        if kind == "kills":
            failed += kill_runs(args.count or KILLS, args.seed, args.keep, until)
        else:
            failed += _try(kind, args.count or KINDS[kind].count, args.seed, args.keep, until)
    return 1 if failed else 0


def _try(kind: str, count: int, seed: int, keep: Path, until: float) -> int:
    """Try the cases of a kind that were not tried yet; return how many have failed in all."""
    state_file = keep / f"{kind}-{seed}.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"done": 0, "refused": 0, "failed": 0}
    with tempfile.TemporaryDirectory() as folder:
        worker = Watched(
            [sys.executable, __file__, "--work", kind, "--seed", str(seed)], Path(folder), HANG_S * KINDS[kind].steps
        )
        try:
            while state["done"] < count and time.monotonic() < until:
                outcome = worker.ask(state["done"])
                if outcome == worker.hang:  # perhaps only a busy machine
                    outcome = worker.ask(state["done"])
                state["refused"] += outcome == "refused"
                if outcome not in ("read", "refused"):
                    state["failed"] += 1
                    _keep_failure(keep / f"{kind}-{seed}-{state['done']}", Path(folder) / "case", outcome)
                state["done"] += 1
                if state["done"] % 100 == 0:
                    state_file.write_text(json.dumps(state))
        finally:
            worker.close()
            state_file.write_text(json.dumps(state))
    print(f"{kind}: {state['done']:,} tried, {state['refused']:,} refused, {state['failed']} failed", flush=True)
    return int(state["failed"])


def _keep_failure(target: Path, case: Path, outcome: str) -> None:
    shutil.copytree(case, target, dirs_exist_ok=True)
    (target / "what-happened.txt").write_text(outcome, encoding="utf-8")
    print(f"FAILED {target}: {outcome.strip().splitlines()[-1][:200]}", flush=True)


def _work(kind: str, seed: int) -> int:
    """Try the cases whose numbers come on standard input, in the current folder; print an outcome for each as JSON."""
    folder = Path.cwd()
    sys.dont_write_bytecode = True  # beside the modules, which is outside
    private_home(folder)
    canary = Canary(folder / "canary")
    for name in ("seeds", "case"):
        (folder / name).mkdir(exist_ok=True)
        clear(folder / name)
    seeds = KINDS[kind].seeds(folder / "seeds")
    answers, sys.stdout = sys.stdout, sys.stderr
    guard = Guard(folder, KINDS[kind].programs)
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        clear(folder / "case")
        path = KINDS[kind].make(seeds, Random(f"{kind}-{seed}-{int(line)}"), folder / "case")  # noqa: S311
        guard.violations.clear()
        outcome = _outcome(kind, path)
        outcome = canary.complaint() or "; ".join(guard.violations[:5]) or outcome
        _answer(answers, outcome)
    return 0


def _outcome(kind: str, path: Path) -> str:
    from coach.base.errors import CoachError

    try:
        KINDS[kind].use(path)
    except CoachError as error:
        return "an escape sequence is in a message" if "\x1b" in str(error) else "refused"
    except Exception:  # every other one is what this program looks for
        return traceback.format_exc()
    return "read"


def _answer(answers: IO[str], outcome: str) -> None:
    answers.write(json.dumps(outcome) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
