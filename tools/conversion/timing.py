"""Time models in turns, also in a child process, because TensorFlow's thread count is fixed per process.

`python -m tools.conversion.timing` is that child: it reads one job from stdin as JSON and prints the milliseconds of
each model and batch size as JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coach.core.reading.card import ModelCard
    from tools.conversion.formats import Format

WARM_UP: Final = 5
"""Rounds that are run first and not counted."""

_TIMEOUT_S: Final = 600.0
"""The child is killed after this time: it hangs."""


def medians_ms(
    calls: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median milliseconds of each of `calls` over `repeats` rounds.

    Each round runs every call once, so that other load on the machine affects all of them.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(WARM_UP + repeats):
        for name, call in calls.items():
            start = clock()
            call()
            if number >= WARM_UP:
                times[name].append(clock() - start)
    return {name: statistics.median(each) * 1000 for name, each in times.items()}


@dataclass(frozen=True)
class TimedModel:
    """A model to time: its name in the table, its format, its file, and the file of its card."""

    name: str
    kind: Format
    path: str
    card: str


def child_times_ms(
    models: Sequence[TimedModel], threads: Sequence[int], batches: Sequence[int], repeats: int
) -> dict[int, dict[str, dict[int, float]]]:
    """Time `models` on each of those numbers of threads, each in a process of its own.

    Returns:
        The median milliseconds by threads, name and batch size.

    Raises:
        RuntimeError: the process failed; the message is the end of its stderr.
    """
    job = {"models": [asdict(each) for each in models], "threads": list(threads), "batches": list(batches)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.conversion.timing"],
        input=json.dumps(job | {"repeats": repeats}),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:] or f"the timing process ended with {done.returncode}")
    each = json.loads(done.stdout.splitlines()[-1])
    return {number: _with_numbers(times) for number, times in zip(threads, each, strict=True)}


def _with_numbers(times: dict[str, dict[str, float]]) -> dict[str, dict[int, float]]:
    """The times with their batch sizes as numbers, which JSON keeps as text."""
    return {name: {int(batch): ms for batch, ms in each.items()} for name, each in times.items()}


def read_card(path: Path) -> ModelCard:
    """Read the classifier's card at `path`.

    Raises:
        ModelError: it is missing or invalid.
    """
    from coach.core.reading.card import ModelCard
    from coach.perception.model_file import read_card as read

    return read(path, ModelCard)


def main() -> int:
    """Run the job on stdin.

    Where a process can be forked, the one of each number of threads is, after the import of TensorFlow, which takes
    longer than most jobs.
    """
    from tools.console import quiet_tensorflow

    job = json.load(sys.stdin)
    quiet_tensorflow()
    models = [TimedModel(**each) for each in job["models"]]
    if any(each.kind == "keras" for each in models):
        import keras  # noqa: F401
    context = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
    each = []
    for threads in job["threads"]:
        with context.Pool(1) as pool:
            each.append(pool.apply(_times_ms, (models, threads, job["batches"], job["repeats"])))
    print(json.dumps(each))
    return 0


def _times_ms(
    models: Sequence[TimedModel], threads: int, batches: Sequence[int], repeats: int
) -> dict[str, dict[int, float]]:
    """Return the median milliseconds by name and batch size; TensorFlow must not have run in this process yet."""
    if any(each.kind == "keras" for each in models):
        _set_tensorflow_threads(threads)
    calls: dict[str, Callable[[], object]] = {}
    for each in models:
        for batch in batches:
            calls[json.dumps([each.name, batch])] = _prediction(each, threads, batch)
    times: dict[str, dict[int, float]] = {each.name: {} for each in models}
    for key, ms in medians_ms(calls, repeats).items():
        name, batch = json.loads(key)
        times[name][batch] = ms
    return times


def _set_tensorflow_threads(threads: int) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _prediction(model: TimedModel, threads: int, batch: int) -> Callable[[], object]:
    """Return a function that predicts a batch of noise, which takes as long as a batch of faces."""
    import numpy as np

    from tools.conversion.formats import load_format

    card = read_card(Path(model.card))
    predict = load_format(model.kind, Path(model.path), card, threads)
    tensor = np.random.default_rng(0).uniform(-1, 1, (batch, *card.input.shape)).astype(np.float32)
    return lambda: predict(tensor)


if __name__ == "__main__":
    sys.exit(main())
