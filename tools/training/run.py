"""One training, from its trial to a finished run; a killed run resumes after its last whole epoch."""

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
from tools.training.callbacks import SaveEpoch, SeedEpoch, Validation
from tools.training.losses import logit_offsets, make_loss, make_optimizer
from tools.training.metrics import softmax
from tools.training.networks import build
from tools.training.run_folder import MODEL, RunFolder
from tools.training.trial import TrialError

if TYPE_CHECKING:
    from tools.training.trial import Trial


def train(trial: Trial, data: Path, runs: Path, name: str) -> Path:
    """Train as `trial` says on the FER-2013 at `data`; return the folder `runs`/`name` with the finished model.

    The folder contains `model.keras` (logits in float32), `run.json` (trial, prior, versions, duration, final metrics),
    `log.csv`, `accuracy.png` and `loss.png`; during the training also a checkpoint `epoch-NNNN.keras`. A finished run
    is not changed.

    Raises:
        DataError: the faces cannot be read.
        TrialError: no face has the trial's targets, a run that it builds on is missing, or the folder contains a run of
            another trial.
    """
    folder = RunFolder(runs / name)
    done = folder.begin(trial)
    if folder.finished:
        return folder.path
    keras.utils.set_random_seed(trial.seed)
    training, held_out = split(trial, data)
    teacher = _teacher_shares(trial, runs, training) if trial.targets.teachers else None
    usable, targets = blend_targets(training, trial.targets, teacher)
    usable_held_out, held_out_targets = blend_targets(held_out, trial.targets, None)
    model = make_model(trial, runs, targets)
    if done:
        folder.restore(model)
    resumes = f" resumes after epoch {done};" if done else ""
    print(f"{name}:{resumes} {_sizes(len(usable), len(usable_held_out), model)}", flush=True)
    inputs = scale(held_out.faces[usable_held_out], trial.network.size, trial.network.scaling)
    validation = Validation(inputs, held_out_targets, targets.mean(0), logit_offsets(trial.loss, targets))
    batches = Batches(training.faces[usable], targets, trial)
    callbacks = [SeedEpoch(batches), SaveEpoch(folder, validation)]
    verbose = 1 if sys.stdout.isatty() else 2
    model.fit(batches, initial_epoch=done, epochs=trial.epochs, shuffle=False, callbacks=callbacks, verbose=verbose)
    folder.draw_curves()
    folder.finish(_inference_model(model, trial), _record(trial, targets, len(usable_held_out), folder))
    return folder.path


def split(trial: Trial, data: Path) -> tuple[FaceSet, FaceSet]:
    """Return the faces to train on and the held-out ones, the same for every run of the trial on the same data."""
    faces = load_fer(data, "train")
    if trial.faces.split == "official":
        return _limited(faces, trial), _limited(load_fer(data, "public"), trial)
    if trial.faces.split == "all":
        faces = _with_test_sets(faces, data)
    seed = trial.seed if trial.faces.split == "all" else 0
    training, held_out = split_faces(faces, trial.faces.held_out, seed)
    return _limited(faces.pick(training), trial), _limited(faces.pick(held_out), trial)


def _with_test_sets(faces: FaceSet, data: Path) -> FaceSet:
    """Return `faces` with those of both test sets, as far as they exist."""
    for test in ("public", "private"):
        try:
            faces = faces.join(load_fer(data, test))
        except NoSuchSplitError:
            print(f"{data} has no {test} test set: this trial goes on without it.", flush=True)
    return faces


def _limited(faces: FaceSet, trial: Trial) -> FaceSet:
    """Draw as many faces as the trial's limit allows, at random, because layouts in folders are sorted by emotion."""
    limit = trial.faces.limit
    if not limit or limit >= len(faces):
        return faces
    return faces.pick(np.sort(np.random.default_rng(trial.seed).permutation(len(faces))[:limit]))


def _teacher_shares(trial: Trial, runs: Path, faces: FaceSet) -> NDArray[np.float32]:
    """Return the teachers' shares (N, 7), averaged in log space over teachers and mirror images."""
    log_shares = []
    for teacher in trial.targets.teachers:
        record = RunFolder(runs / teacher).record()
        model = keras.models.load_model(runs / teacher / MODEL)
        network = record["trial"]["network"]
        for view in (faces.faces, faces.faces[:, :, ::-1]):
            logits = model.predict(scale(view, network["size"], network["scaling"]), batch_size=256, verbose=0)
            log_shares.append(np.log(softmax(logits + np.array(record["offsets"], np.float32)) + 1e-7))
    return softmax(np.mean(log_shares, 0))


def make_model(trial: Trial, runs: Path, targets: NDArray[np.float32]) -> keras.Model:
    """Return the compiled network before its first epoch, with its optimiser built."""
    keras.config.set_dtype_policy(trial.precision)
    try:
        model = build(trial.network, targets.shape[1])
    finally:
        keras.config.set_dtype_policy("float32")
    if trial.start_from:
        _load_weights(model, RunFolder(runs / trial.start_from))
    steps = max(1, len(targets) * trial.copies // trial.batch)
    optimizer = make_optimizer(trial.optimizer, trial.epochs, steps)
    accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
    model.compile(optimizer, make_loss(trial.loss, targets), metrics=[accuracy], jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def _load_weights(model: keras.Model, run: RunFolder) -> None:
    run.record()  # raises an error if the run is not finished
    try:
        model.set_weights(keras.models.load_model(run.path / MODEL).get_weights())
    except ValueError:
        raise TrialError(f"{run.path} is of another network, so this trial cannot start from it.") from None


def _sizes(training: int, held_out: int, model: keras.Model) -> str:
    return f"{training:,} training faces, {held_out:,} held out, {model.count_params():,} parameters"


def _inference_model(model: keras.Model, trial: Trial) -> keras.Model:
    """Return the finished model in float32 without its optimiser."""
    plain = build(trial.network, model.output_shape[-1])
    plain.set_weights(model.get_weights())
    return plain


def _record(trial: Trial, targets: NDArray[np.float32], held_out: int, folder: RunFolder) -> dict[str, Any]:
    """Return the record of the run; it says nothing about the user or their paths."""
    last = folder.log_rows()[-1]
    return {
        "trial": trial.model_dump(mode="json"),
        "emotions": list(trial.targets.emotions),
        "faces": {"learnt": len(targets), "held_out": held_out},
        "prior": [round(float(share), 6) for share in targets.mean(0)],
        "offsets": [round(float(each), 6) for each in logit_offsets(trial.loss, targets)],
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
