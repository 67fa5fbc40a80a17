"""Time models side by side: in turns, and with a given number of threads in a child process."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coach.core.reading.card import ModelCard
    from tools.conversion.formats import Format

WARM_UP: Final = 5


def medians_ms(
    calls: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median milliseconds of each of `calls` over `repeats` rounds in which each is called once, in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(WARM_UP + repeats):
        for name, call in calls.items():
            began = clock()
            call()
            if number >= WARM_UP:
                times[name].append(clock() - began)
    return {name: statistics.median(each) * 1000 for name, each in times.items()}


_LONGEST_S: Final = 600.0
"""Seconds after which the process is ended: it hangs."""


@dataclass(frozen=True)
class Candidate:
    """A model to time: its name in the table, its format, its file, and the file of its card."""

    name: str
    kind: Format
    path: str
    card: str


def times_ms(
    candidates: Sequence[Candidate], threads: int, batches: Sequence[int], repeats: int
) -> dict[str, dict[int, float]]:
    """The median milliseconds a batch, by name and batch, timed in turns with so many threads in a fresh process.

    Raises:
        RuntimeError: the process failed; the text is its last words.
    """
    job = {"models": [asdict(each) for each in candidates], "threads": threads, "batches": list(batches)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.conversion.timing"],
        input=json.dumps(job | {"repeats": repeats}),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:] or f"the timing process ended with {done.returncode}")
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: {int(batch): ms for batch, ms in each.items()} for name, each in found.items()}


def read_card(path: Path) -> ModelCard:
    """The card at `path`.

    Raises:
        ModelError: it is missing, or says something that cannot be.
    """
    from coach.core.reading.card import ModelCard
    from coach.perception.model_file import read_card as read

    return read(path, ModelCard)


def main() -> int:
    """Time what standard input says."""
    from tools.console import quiet_tensorflow

    job = json.load(sys.stdin)
    quiet_tensorflow()
    candidates = [Candidate(**each) for each in job["models"]]
    if any(each.kind == "keras" for each in candidates):
        _set_threads(job["threads"])
    calls: dict[str, Callable[[], object]] = {}
    for each in candidates:
        for batch in job["batches"]:
            calls[json.dumps([each.name, batch])] = _call(each, job["threads"], batch)
    found: dict[str, dict[int, float]] = {each.name: {} for each in candidates}
    for key, ms in medians_ms(calls, job["repeats"]).items():
        name, batch = json.loads(key)
        found[name][batch] = ms
    print(json.dumps(found))
    return 0


def _set_threads(threads: int) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _call(candidate: Candidate, threads: int, batch: int) -> Callable[[], object]:
    """Asks the candidate for a batch of noise, which takes as long as faces do."""
    import numpy as np

    from tools.conversion.formats import open_format

    card = read_card(Path(candidate.card))
    ask = open_format(candidate.kind, Path(candidate.path), card, threads)
    tensor = np.random.default_rng(0).uniform(-1, 1, (batch, *card.input.shape)).astype(np.float32)
    return lambda: ask(tensor)


if __name__ == "__main__":
    sys.exit(main())
