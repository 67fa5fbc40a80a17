"""Times one network in every format it can run in, and mini_xception beside it: accuracy against time per face.

    python -m tools.bench_models runs/audience --data fer2013.csv --out figures
    python -m tools.bench_models my_model.keras --onnx my_model.onnx

The network is a finished training run, or a Keras file with the ONNX file (and card) that it became. Keras, TFLite and
ONNX Runtime in float32, int8 and fp16, each with 1 and 2 threads and batches of 1, 8 and 20 faces, timed in turns.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found from any folder, also uninstalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.calibration_faces import Split
    from tools.conversion.quantise import Faces
    from tools.conversion.timing import Candidate

YARDSTICK: Final = "mini_xception"
THREADS: Final = (1, 2)
BATCHES: Final = (1, 8, 20)
REPEATS: Final = 100
SPLITS: Final = ("held_out", "public")
_ASKED_AT_ONCE: Final = 128


@dataclass(frozen=True)
class Answered:
    """The faces whose answers are compared: at `data`, of FER-2013 a split; without it, those in the video `take`."""

    data: Path | None
    split: Split
    take: Path


@dataclass(frozen=True)
class Result:
    """What was measured of one model.

    Attributes:
        name: with its format.
        size: of its file in bytes.
        ms: per face, by threads and batch.
        ratio: its time per face to the yardstick's, at batch 1 on one thread.
        same: share of faces on which it names the emotion that Keras names; None for the yardstick.
        labels, viewers: share of faces on which it is right by the label, by the viewers' majority; None where unknown.
    """

    name: str
    size: int
    ms: dict[int, dict[int, float]]
    ratio: float
    same: float | None
    labels: float | None
    viewers: float | None


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit code."""
    from coach.base.errors import CoachError
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError

    args = _parser().parse_args(words)
    quiet_tensorflow()
    try:
        results, on = bench(args.model, args.onnx, Answered(args.data, args.split, args.take), args.repeats)
        _show(results, on, args.out)
    except (CoachError, ConversionError, OSError, RuntimeError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    from coach.base.assets import sample_take

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "model", type=Path, help="the folder of a finished training run, or a .keras, .h5 or .hdf5 file"
    )
    parser.add_argument("--onnx", type=Path, help="the ONNX model that a Keras file became, with its card")
    parser.add_argument("--data", type=Path, help="FER-2013, LABEL/*.jpg or a folder of pictures, for the accuracy")
    parser.add_argument("--split", choices=SPLITS, default="held_out", help="of FER-2013 (default: held_out)")
    parser.add_argument("--take", type=Path, default=sample_take(), help="a video whose faces serve without --data")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"rounds of the timing (default: {REPEATS})")
    parser.add_argument("--out", type=Path, help="a folder for the table as Markdown and the plot as PNG")
    return parser


def bench(source: Path, onnx: Path | None, answered: Answered, repeats: int) -> tuple[list[Result], str]:
    """Measure the network at `source` in every format, the yardstick last; gives also what faces the answers are of.

    Raises:
        ConversionError: it is no model, or a format cannot be made of it.
        RuntimeError: a timing process failed.
    """
    from coach.perception.models import shipped
    from tools.conversion.timing import Candidate, read_card, times_ms

    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        whole = _converted(source, onnx, Path(folder), answered.take)
        card = read_card(whole.with_suffix(".json"))
        faces = _faces(answered, card)
        candidates = _formats(source, whole, card, faces, Path(folder))
        yardstick = shipped(YARDSTICK)
        candidates.append(Candidate(YARDSTICK, "onnx", str(yardstick), str(yardstick.with_suffix(".json"))))
        times = {threads: times_ms(candidates, threads, BATCHES, repeats) for threads in THREADS}
        return _results(candidates, times, faces, answered), faces.title


def _converted(source: Path, onnx: Path | None, folder: Path, take: Path) -> Path:
    from tools.conversion.model_files import ConversionError
    from tools.conversion.training_run import convert_run, is_run

    if onnx:
        return onnx
    if is_run(source):
        return convert_run(source, folder, "converted", take)
    raise ConversionError(f"{source} is no training run; name the ONNX model that it became with --onnx")


def _faces(answered: Answered, card: ModelCard) -> Faces:
    """For measuring and calibrating; without any, the take's faces serve for both."""
    from tools.conversion.calibration_faces import faces_of_take, open_faces

    if answered.data:
        return open_faces(answered.data, card, answered.split)
    faces = faces_of_take(card, answered.take)
    return replace(faces, calibration=faces.measured)


def _formats(source: Path, whole: Path, card: ModelCard, faces: Faces, folder: Path) -> list[Candidate]:
    """The network in every format, Keras first; files that are not there yet are made in `folder`."""
    from tools.conversion.formats import open_source, to_tflite
    from tools.conversion.quantise import to_fp16, to_int8
    from tools.conversion.timing import Candidate

    made = {"TFLite": folder / "float.tflite", "ONNX int8": folder / "int8.onnx", "ONNX fp16": folder / "fp16.onnx"}
    made["TFLite"].write_bytes(to_tflite(open_source(source, card)))
    made["ONNX int8"].write_bytes(to_int8(whole.read_bytes(), card, faces.calibration))
    made["ONNX fp16"].write_bytes(to_fp16(whole.read_bytes()))
    beside = str(whole.with_suffix(".json"))
    return [
        Candidate("Keras", "keras", str(source), beside),
        Candidate("TFLite", "tflite", str(made["TFLite"]), beside),
        Candidate("ONNX", "onnx", str(whole), beside),
        *(Candidate(name, "onnx", str(made[name]), beside) for name in ("ONNX int8", "ONNX fp16")),
    ]


def _results(
    candidates: list[Candidate],
    times: dict[int, dict[str, dict[int, float]]],
    faces: Faces,
    answered: Answered,
) -> list[Result]:
    from tools.conversion.timing import read_card

    standard = times[1][YARDSTICK][1]
    results, first = [], None
    for each in candidates:
        card = read_card(Path(each.card))
        theirs = _faces(answered, card) if each.name == YARDSTICK else faces
        tops = _tops(each, card, theirs)
        first = tops if first is None else first
        results.append(
            Result(
                each.name,
                _size(Path(each.path)),
                {threads: {b: ms / b for b, ms in found[each.name].items()} for threads, found in times.items()},
                times[1][each.name][1] / standard,
                None if each.name == YARDSTICK else float((tops == first).mean()),
                *_right(tops, theirs),
            )
        )
    return results


def _tops(candidate: Candidate, card: ModelCard, faces: Faces) -> NDArray[np.int64]:
    """The place of the strongest emotion on each of the measured faces."""
    import numpy as np

    from coach.perception.classifier import scale_crops
    from tools.conversion.formats import open_format

    ask = open_format(candidate.kind, Path(candidate.path), card, 1)
    crops = faces.measured
    parts = [crops[at : at + _ASKED_AT_ONCE] for at in range(0, len(crops), _ASKED_AT_ONCE)]
    return np.concatenate([ask(scale_crops(part, card.input)).argmax(1) for part in parts])


def _right(tops: NDArray[np.int64], faces: Faces) -> tuple[float | None, float | None]:
    """How often right by the labels and by the viewers' majority."""
    import numpy as np

    labels = None if faces.labels is None else float((tops == faces.labels).mean())
    if faces.shares is None or not (voted := np.isfinite(faces.shares).all(1)).any():
        return labels, None
    return labels, float((tops[voted] == faces.shares[voted].argmax(1)).mean())


def _size(path: Path) -> int:
    from tools.conversion.training_run import MODEL

    return (path / MODEL if path.is_dir() else path).stat().st_size


def _show(results: list[Result], on: str, out: Path | None) -> None:
    """Print the table; with `out` also write it as Markdown, and the plot."""
    from rich.console import Console

    from tools.bench_report import as_markdown, as_rich, draw

    console = Console()
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    note = (
        f"Milliseconds a face by threads × faces at once, medians timed in turns on one machine ({machine}); ratio to "
        f"{YARDSTICK} at 1 × 1; answers on: {on}"
    )
    (console if console.is_terminal else Console(width=160)).print(as_rich(results, note))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "formats.md").write_text(as_markdown(results, note), encoding="utf-8")
        draw(results, out / "formats.png")
        print(f"{out / 'formats.md'}\n{out / 'formats.png'}")


if __name__ == "__main__":
    sys.exit(main())
