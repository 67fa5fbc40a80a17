"""The folder of a training run: its trial, log, checkpoint, learning curves, finished model and record."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tools.training.trial import Trial, TrialError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

MODEL: Final = "model.keras"
RECORD: Final = "run.json"
LOG: Final = "log.csv"
TRIAL: Final = "trial.json"
CHECKPOINTS: Final = "epoch-*.keras"

CURVES: Final = {"accuracy.png": ("accuracy", "val_accuracy"), "loss.png": ("loss", "val_loss")}
"""Each plot with its log columns for training and validation."""

LogRow = dict[str, Any]


class RunFolder:
    """One run on disk. Every file is replaced atomically, so a kill leaves either the old or the new content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @property
    def finished(self) -> bool:
        """True if the model and its record exist."""
        return (self.path / MODEL).exists() and (self.path / RECORD).exists()

    def begin(self, trial: Trial) -> int:
        """Create the folder for `trial` or resume it; return the number of epochs that are done.

        Later epochs are removed from the log, because they will be run again.

        Raises:
            TrialError: the folder contains a run of another trial.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        before = self._trial()
        if before is not None and _without_description(before) != _without_description(trial):
            raise TrialError(f"{self.path} holds a run of another trial: choose another --name, or remove it.")
        if self.finished:
            return trial.epochs
        self._write(TRIAL, trial.model_dump_json(indent=2) + "\n")
        done = self.epochs_done
        self._write_log([row for row in self.log_rows() if int(row["epoch"]) <= done])
        return done

    @property
    def epochs_done(self) -> int:
        """The epoch of the newest checkpoint, counted from 1; 0 without one."""
        return max((int(path.stem.partition("-")[2]) for path in self.path.glob(CHECKPOINTS)), default=0)

    def save_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Save `model` with its optimiser after `epoch` and remove older checkpoints."""
        new = self.path / "writing.keras"
        model.save(new)
        new.replace(self._checkpoint(epoch))
        for old in self.path.glob(CHECKPOINTS):
            if old != self._checkpoint(epoch):
                old.unlink()

    def restore(self, model: keras.Model) -> None:
        """Load the newest checkpoint into `model`, which must be compiled with its optimiser built.

        Raises:
            TrialError: the checkpoint is damaged or of another network.
        """
        path = self._checkpoint(self.epochs_done)
        try:
            model.load_weights(path)
        except Exception as error:  # Keras, zipfile and h5py raise any type for a damaged file
            why = f"{path} cannot be read; remove {self.path} to begin anew. ({_first_line(error)})"
            raise TrialError(why) from error

    def log_rows(self) -> list[LogRow]:
        """Return the log, one row per epoch, with all values as text; empty without a log."""
        if not (self.path / LOG).exists():
            return []
        with (self.path / LOG).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def log(self, row: LogRow) -> None:
        """Append an epoch to the log."""
        self._write_log([*self.log_rows(), row])

    def draw_curves(self) -> None:
        """Plot accuracy and loss over the epochs; does nothing if the log is empty."""
        rows = self.log_rows()
        for name, columns in CURVES.items() if rows else ():
            _draw_curve(rows, columns, self.path / name)

    def finish(self, model: keras.Model, record: dict[str, Any]) -> None:
        """Write the finished model and then its record; remove what was needed to resume."""
        new = self.path / "writing.keras"
        model.save(new)
        new.replace(self.path / MODEL)
        self._write(RECORD, json.dumps(record, indent=2) + "\n")
        for leftover in (*self.path.glob(CHECKPOINTS), self.path / TRIAL):
            leftover.unlink(missing_ok=True)

    def record(self) -> dict[str, Any]:
        """Return the record of the finished run.

        Raises:
            TrialError: the run is not finished.
        """
        if not self.finished:
            raise TrialError(f"{self.path} is no finished run: train {self.name} first, with the same --runs.")
        record: dict[str, Any] = json.loads((self.path / RECORD).read_text(encoding="utf-8"))
        return record

    def _trial(self) -> Trial | None:
        """Return the trial of the run in this folder; None if not even one epoch is done."""
        if self.finished:
            return Trial.model_validate(self.record()["trial"])
        path = self.path / TRIAL
        if not self.epochs_done or not path.exists():
            return None
        return Trial.model_validate_json(path.read_text(encoding="utf-8"))

    def _checkpoint(self, epoch: int) -> Path:
        return self.path / f"epoch-{epoch:04}.keras"

    def _write_log(self, rows: list[LogRow]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if not columns:
            (self.path / LOG).unlink(missing_ok=True)
            return
        with (self.path / "writing.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        (self.path / "writing.csv").replace(self.path / LOG)

    def _write(self, name: str, text: str) -> None:
        new = self.path / "writing.json"
        new.write_text(text, encoding="utf-8")
        new.replace(self.path / name)


def _draw_curve(rows: Sequence[Mapping[str, str]], columns: tuple[str, str], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for column, label in zip(columns, ("training (augmented faces)", "validation (held-out faces)"), strict=True):
        points = [(int(row["epoch"]), float(row[column])) for row in rows if row.get(column)]
        marker = "." if len(points) == 1 else ""
        axes.plot([epoch for epoch, _ in points], [value for _, value in points], label=label, marker=marker)
    axes.set(title=f"{path.parent.name}: {path.stem}", xlabel="epoch", ylabel=path.stem)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


def _without_description(trial: Trial) -> Trial:
    return trial.model_copy(update={"about": ""})


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
