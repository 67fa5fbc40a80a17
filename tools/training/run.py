"""One training from its trial to a finished run; a run that was killed goes on at its last whole epoch."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from tools.datasets.fer import FaceSet, NoSuchSplitError, load_fer, split_faces
from tools.training.batches import Batches, blend_targets, scale
from tools.training.callbacks import AfterEpoch, BeforeEpoch, Held
from tools.training.losses import make_loss, make_optimizer, offsets
from tools.training.metrics import softmax
from tools.training.networks import build
from tools.training.run_folder import MODEL, RunFolder, draw_curves
from tools.training.trial import TrialError

if TYPE_CHECKING:
    from tools.training.trial import Trial


def train(trial: Trial, data: Path, runs: Path, name: str) -> Path:
    """Train as `trial` says on the FER-2013 at `data`; gives the folder `runs`/`name` with the finished model.

    The folder holds `model.keras` (logits in float32), `run.json` (the trial, priors, versions, duration, last
    figures), `log.csv`, `accuracy.png` and `loss.png`; while it runs, one `epoch-NNNN.keras` from which it can go on.
    A finished run is left as it is.

    Raises:
        DataError: the faces cannot be read.
        TrialError: no face fits the trial, a run that it builds on is missing, or the folder holds another trial's run.
    """
    folder = RunFolder(runs / name)
    done = folder.begin(trial)
    if folder.finished:
        return folder.path
    keras.utils.set_random_seed(trial.seed)
    learnt, held = split(trial, data)
    teacher = _teach(trial, runs, learnt) if trial.targets.teachers else None
    usable, targets = blend_targets(learnt, trial.targets, teacher)
    seen, truth = blend_targets(held, trial.targets, None)
    model = start(trial, runs, targets)
    if done:
        folder.restore(model)
    print(_opening(name, done, len(usable), len(seen), model), flush=True)
    inputs = scale(held.faces[seen], trial.network.size, trial.network.scaling)
    watched = Held(inputs, truth, targets.mean(0), offsets(trial.loss, targets))
    batches = Batches(learnt.faces[usable], targets, trial)
    shown = 1 if sys.stdout.isatty() else 2
    each = [BeforeEpoch(batches), AfterEpoch(folder, watched)]
    model.fit(batches, initial_epoch=done, epochs=trial.epochs, shuffle=False, callbacks=each, verbose=shown)
    draw_curves(folder.rows(), folder.path)
    folder.finish(_plain(model, trial), _record(trial, targets, len(seen), folder))
    return folder.path


def split(trial: Trial, data: Path) -> tuple[FaceSet, FaceSet]:
    """The faces to learn and those held out, the same for every run on the same data."""
    faces = load_fer(data, "train")
    if trial.faces.split == "official":
        return _some(faces, trial), _some(load_fer(data, "public"), trial)
    if trial.faces.split == "all":
        faces = _all(faces, data)
    rest, kept = split_faces(faces, trial.faces.held_out, trial.seed if trial.faces.split == "all" else 0)
    return _some(faces.pick(rest), trial), _some(faces.pick(kept), trial)


def _all(faces: FaceSet, data: Path) -> FaceSet:
    """`faces` and those of both test sets, as far as they are there."""
    for test in ("public", "private"):
        try:
            faces = faces.join(load_fer(data, test))
        except NoSuchSplitError:
            print(f"{data} has no {test} test set: this trial goes on without it.", flush=True)
    return faces


def _some(faces: FaceSet, trial: Trial) -> FaceSet:
    """As many as the trial's limit allows, drawn by its seed: layouts in folders are sorted by emotion."""
    limit = trial.faces.limit
    if not limit or limit >= len(faces):
        return faces
    return faces.pick(np.sort(np.random.default_rng(trial.seed).permutation(len(faces))[:limit]))


def _teach(trial: Trial, runs: Path, faces: FaceSet) -> NDArray[np.float32]:
    """The teachers' shares (N, 7), averaged in log space over the teachers and both mirror images."""
    logs = []
    for teacher in trial.targets.teachers:
        record = RunFolder(runs / teacher).record()
        model = keras.models.load_model(runs / teacher / MODEL)
        network = record["trial"]["network"]
        for view in (faces.faces, faces.faces[:, :, ::-1]):
            logits = model.predict(scale(view, network["size"], network["scaling"]), batch_size=256, verbose=0)
            logs.append(np.log(softmax(logits + np.array(record["offsets"], np.float32)) + 1e-7))
    return softmax(np.mean(logs, 0))


def start(trial: Trial, runs: Path, targets: NDArray[np.float32]) -> keras.Model:
    """The network as it is before its first epoch, its optimiser built."""
    keras.config.set_dtype_policy(trial.precision)
    try:
        model = build(trial.network, targets.shape[1])
    finally:
        keras.config.set_dtype_policy("float32")
    if trial.start_from:
        _inherit(model, RunFolder(runs / trial.start_from))
    steps = max(1, len(targets) * trial.copies // trial.batch)
    optimizer = make_optimizer(trial.optimizer, trial.epochs, steps)
    right = keras.metrics.CategoricalAccuracy(name="accuracy")
    model.compile(optimizer, make_loss(trial.loss, targets), metrics=[right], jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def _inherit(model: keras.Model, run: RunFolder) -> None:
    run.record()
    try:
        model.set_weights(keras.models.load_model(run.path / MODEL).get_weights())
    except ValueError:
        raise TrialError(f"{run.path} is of another network, so this trial cannot start from it.") from None


def _opening(name: str, done: int, learnt: int, held: int, model: keras.Model) -> str:
    goes_on = f" goes on after epoch {done};" if done else ""
    return f"{name}:{goes_on} {learnt:,} faces to learn, {held:,} held out, {model.count_params():,} parameters"


def _plain(model: keras.Model, trial: Trial) -> keras.Model:
    """The finished model in float32 without its optimiser."""
    plain = build(trial.network, model.output_shape[-1])
    plain.set_weights(model.get_weights())
    return plain


def _record(trial: Trial, targets: NDArray[np.float32], held: int, folder: RunFolder) -> dict[str, Any]:
    """What is to be known of the run, without a word on where or by whom."""
    last = folder.rows()[-1]
    return {
        "trial": trial.model_dump(mode="json"),
        "emotions": list(trial.targets.emotions),
        "faces": {"learnt": len(targets), "held_out": held},
        "prior": [round(float(share), 6) for share in targets.mean(0)],
        "offsets": [round(float(each), 6) for each in offsets(trial.loss, targets)],
        "figures": {key: round(float(value), 4) for key, value in last.items() if key.startswith("val_") and value},
        "minutes": round(float(last["seconds"]) / 60, 1),
        "backend": keras.backend.backend(),
        "versions": _versions(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: str(importlib.import_module(backend).__version__),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
