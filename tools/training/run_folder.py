"""The folder of a training run: its trial, log, checkpoint, curves and finished model."""

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
BEGUN: Final = "trial.json"
EPOCHS: Final = "epoch-*.keras"

Row = dict[str, Any]


class RunFolder:
    """One run on disk. Whatever is written takes its place at once, so a kill leaves the old or the new, never half."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @property
    def finished(self) -> bool:
        """Whether the model and its record are there."""
        return (self.path / MODEL).exists() and (self.path / RECORD).exists()

    def begin(self, trial: Trial) -> int:
        """Make the folder for `trial`, or go on in it; gives how many epochs are done.

        The log loses the epochs after that one: they will be run again.

        Raises:
            TrialError: the folder holds a run of another trial.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        before = self._trial()
        if before is not None and _essence(before) != _essence(trial):
            raise TrialError(f"{self.path} holds a run of another trial: choose another --name, or remove it.")
        if self.finished:
            return trial.epochs
        self._put(BEGUN, trial.model_dump_json(indent=2) + "\n")
        done = self.epochs_done
        self._write([row for row in self.rows() if int(row["epoch"]) <= done])
        return done

    @property
    def epochs_done(self) -> int:
        """The epoch, counted from 1, that the run can go on after; 0 for none."""
        return max((int(path.stem.partition("-")[2]) for path in self.path.glob(EPOCHS)), default=0)

    def keep(self, model: keras.Model, epoch: int) -> None:
        """Keep `model` with its optimiser as it is after `epoch`, and forget earlier ones."""
        fresh = self.path / "writing.keras"
        model.save(fresh)
        fresh.replace(self._epoch(epoch))
        for old in self.path.glob(EPOCHS):
            if old != self._epoch(epoch):
                old.unlink()

    def restore(self, model: keras.Model) -> None:
        """Give `model`, compiled and its optimiser built, everything that was kept.

        Raises:
            TrialError: it is damaged, or of another network.
        """
        path = self._epoch(self.epochs_done)
        try:
            model.load_weights(path)
        except Exception as error:  # whatever Keras, zipfile or h5py make of a damaged file
            why = f"{path} cannot be read; remove {self.path} to begin anew. ({_first_line(error)})"
            raise TrialError(why) from error

    def rows(self) -> list[Row]:
        """The log, an epoch a row, every value as text; empty while there is none."""
        if not (self.path / LOG).exists():
            return []
        with (self.path / LOG).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def log(self, row: Row) -> None:
        """Add an epoch to the log."""
        self._write([*self.rows(), row])

    def finish(self, model: keras.Model, record: dict[str, Any]) -> None:
        """Write the finished model and then its record; what served to go on is removed."""
        fresh = self.path / "writing.keras"
        model.save(fresh)
        fresh.replace(self.path / MODEL)
        self._put(RECORD, json.dumps(record, indent=2) + "\n")
        for left in (*self.path.glob(EPOCHS), self.path / BEGUN):
            left.unlink(missing_ok=True)

    def record(self) -> dict[str, Any]:
        """The record of the finished run.

        Raises:
            TrialError: the run is not finished.
        """
        if not self.finished:
            raise TrialError(f"{self.path} is no finished run: train {self.name} first, with the same --runs.")
        found: dict[str, Any] = json.loads((self.path / RECORD).read_text(encoding="utf-8"))
        return found

    def _trial(self) -> Trial | None:
        """What the folder holds a run of, at least an epoch of it; None where nothing says it."""
        if self.finished:
            return Trial.model_validate(self.record()["trial"])
        begun = self.path / BEGUN
        if not self.epochs_done or not begun.exists():
            return None
        return Trial.model_validate_json(begun.read_text(encoding="utf-8"))

    def _epoch(self, epoch: int) -> Path:
        return self.path / f"epoch-{epoch:04}.keras"

    def _write(self, rows: list[Row]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if not columns:
            (self.path / LOG).unlink(missing_ok=True)
            return
        with (self.path / "writing.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        (self.path / "writing.csv").replace(self.path / LOG)

    def _put(self, name: str, text: str) -> None:
        fresh = self.path / "writing.json"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path / name)


def _essence(trial: Trial) -> Trial:
    """The trial without the words about it."""
    return trial.model_copy(update={"about": ""})


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


CURVES = {"accuracy.png": ("accuracy", "val_accuracy"), "loss.png": ("loss", "val_loss")}
"""Each picture with its column of the log for the faces learnt and that for the faces held out."""


def draw_curves(rows: Sequence[Mapping[str, str]], folder: Path) -> list[Path]:
    """Draw the log `rows` into `folder`; gives the pictures' paths, none where the log is empty."""
    if not rows:
        return []
    return [_draw(rows, columns, folder / name) for name, columns in CURVES.items()]


def _draw(rows: Sequence[Mapping[str, str]], columns: tuple[str, str], path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for column, label in zip(columns, ("faces learnt, as augmented", "faces held out"), strict=True):
        known = [(int(row["epoch"]), float(row[column])) for row in rows if row.get(column)]
        marker = "." if len(known) == 1 else ""
        axes.plot([epoch for epoch, _ in known], [value for _, value in known], label=label, marker=marker)
    axes.set(title=f"{path.parent.name}: {path.stem}", xlabel="epoch", ylabel=path.stem)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)
    return path
