"""One training from its trial to a finished run; a run that was killed goes on at its last whole epoch."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from tools.datasets import FaceSet, load_fer
from tools.training.batches import Batches, blend_targets, scale, split_faces
from tools.training.losses import make_loss, make_optimizer, offsets
from tools.training.measures import softmax, watch
from tools.training.networks import build

if TYPE_CHECKING:
    from tools.training.trial import Trial

MODEL: Final = "model.keras"
RECORD: Final = "run.json"
LOG: Final = "log.csv"


def train(trial: Trial, data: Path, runs: Path, name: str) -> Path:
    """Train as `trial` says on the FER-2013 at `data`; gives the folder `runs`/`name` with the finished model.

    The folder holds `model.keras` (logits in float32), `run.json` (the trial, priors, versions, duration, last figures)
    and `log.csv`; while it runs, one `epoch-NNN.keras` from which it can go on.

    Raises:
        DataError: the faces cannot be read.
        ValueError: no face fits the trial.
    """
    folder = runs / name
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(trial.seed)
    learnt, watched = split(trial, data)
    teacher = _teach(trial, runs, learnt) if trial.targets.teachers else None
    usable, targets = blend_targets(learnt, trial.targets, teacher)
    seen, truth = blend_targets(watched, trial.targets, None)
    done, model = _start_or_go_on(trial, folder, targets)
    prior = targets.mean(0)
    after = AfterEpoch(folder, trial, prior, watched.faces[seen], truth, offsets(trial.loss, targets))
    batches = Batches(learnt.faces[usable], targets, trial, done)
    size = f"{model.count_params():,} parameters"
    print(f"{name}: {len(usable):,} faces to learn, {len(seen):,} held out, {size}", flush=True)
    shown = 1 if sys.stdout.isatty() else 2
    model.fit(batches, initial_epoch=done, epochs=trial.epochs, shuffle=False, callbacks=[after], verbose=shown)
    _keep(model, trial, folder, prior, offsets(trial.loss, targets), after)
    return folder


def split(trial: Trial, data: Path) -> tuple[FaceSet, FaceSet]:
    """The faces to learn and those held out, the same for every run on the same data."""
    faces = load_fer(data, "train")
    if trial.faces.split == "official":
        watched = load_fer(data, "public")
    else:
        if trial.faces.split == "all":
            faces = _join(faces, load_fer(data, "public"))
        rest, kept = split_faces(faces, trial.faces.held_out, trial.seed if trial.faces.split == "all" else 0)
        faces, watched = faces.pick(rest), faces.pick(kept)
    limit = trial.faces.limit or len(faces)
    return faces.pick(np.arange(min(limit, len(faces)))), watched.pick(np.arange(min(limit, len(watched))))


def _join(first: FaceSet, second: FaceSet) -> FaceSet:
    return FaceSet(
        np.concatenate([first.faces, second.faces]),
        np.concatenate([first.labels, second.labels]),
        np.concatenate([first.shares, second.shares]),
    )


def _teach(trial: Trial, runs: Path, faces: FaceSet) -> NDArray[np.float32]:
    """The teachers' shares (N, 7), averaged in log space over the teachers and both mirror images."""
    logs = []
    for teacher in trial.targets.teachers:
        record = json.loads((runs / teacher / RECORD).read_text(encoding="utf-8"))
        model = keras.models.load_model(runs / teacher / MODEL)
        network = record["trial"]["network"]
        for view in (faces.faces, faces.faces[:, :, ::-1]):
            logits = model.predict(scale(view, network["size"], network["scaling"]), batch_size=256, verbose=0)
            logs.append(np.log(softmax(logits + np.array(record["offsets"], np.float32)) + 1e-7))
    return softmax(np.mean(logs, 0))


def _start_or_go_on(trial: Trial, folder: Path, targets: NDArray[np.float32]) -> tuple[int, keras.Model]:
    kept = sorted(folder.glob("epoch-*.keras"))
    if kept:
        print(f"{folder.name}: goes on after epoch {int(kept[-1].stem[6:])} of {trial.epochs}", flush=True)
        return int(kept[-1].stem[6:]), keras.models.load_model(kept[-1])
    keras.config.set_dtype_policy(trial.precision)
    model = build(trial.network, targets.shape[1])
    keras.config.set_dtype_policy("float32")
    if trial.start_from:
        model.set_weights(keras.models.load_model(folder.parent / trial.start_from / MODEL).get_weights())
    steps = max(1, len(targets) * trial.copies // trial.batch)
    optimizer = make_optimizer(trial.optimizer, trial.epochs, steps)
    model.compile(optimizer, make_loss(trial.loss, targets), jit_compile=False)
    return 0, model


class AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the run so that it can go on, judges the averaged weights on the faces held out, and writes the log."""

    def __init__(self, folder: Path, trial: Trial, prior: Any, faces: Any, truth: Any, offset: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._folder, self._prior, self._truth, self._offsets = folder, prior, truth, offset
        self._inputs = scale(faces, trial.network.size, trial.network.scaling)
        self._began = time.monotonic()
        self.figures: dict[str, float] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """After epoch `epoch`, counted from 0."""
        self._save(epoch + 1)
        with averaged(self.model):
            logits = self.model.predict(self._inputs, batch_size=256, verbose=0)
        self.figures = watch(softmax(logits + self._offsets), self._truth, self._prior)
        row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - self._began, 1), **(logs or {}), **self.figures}
        print("  " + "  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
        self._write(row)

    def _save(self, epoch: int) -> None:
        fresh = self._folder / "writing.keras"
        self.model.save(fresh)
        fresh.replace(self._folder / f"epoch-{epoch:04}.keras")
        for old in sorted(self._folder.glob("epoch-*.keras"))[:-1]:
            old.unlink()

    def _write(self, row: dict[str, float]) -> None:
        log = self._folder / LOG
        fresh = not log.exists()
        with log.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """While inside, `model` has the moving average of its weights, where its optimiser keeps one."""
    raw = [np.array(weight) for weight in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for weight, value in zip(model.trainable_variables, raw, strict=True):
            weight.assign(value)


def _keep(model: keras.Model, trial: Trial, folder: Path, prior: Any, offset: Any, after: AfterEpoch) -> None:  # noqa: ANN401
    """The finished model in float32 without its optimiser, and the record of the run."""
    plain = build(trial.network, len(prior))
    plain.set_weights(model.get_weights())
    plain.save(folder / MODEL)
    with (folder / LOG).open(newline="", encoding="utf-8") as file:
        seconds = _total([float(row["seconds"]) for row in csv.DictReader(file)])
    record = {
        "trial": trial.model_dump(mode="json"),
        "emotions": list(trial.targets.emotions),
        "prior": [round(float(share), 6) for share in prior],
        "offsets": [round(float(each), 6) for each in offset],
        "figures": {key: round(value, 4) for key, value in after.figures.items()},
        "minutes": round(seconds / 60, 1),
        "backend": keras.backend.backend(),
        "versions": {"python": platform.python_version(), "keras": keras.__version__, "numpy": np.__version__},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    for left in folder.glob("epoch-*.keras"):
        left.unlink()


def _total(clock: list[float]) -> float:
    """Seconds over every part of a run that was interrupted: each part's clock starts anew."""
    ends = [now for now, later in zip(clock, [*clock[1:], 0.0], strict=True) if later < now]
    return sum(ends)
