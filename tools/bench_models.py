"""Measure one network in every format beside mini_xception: accuracy against time per face.

    python -m tools.bench_models runs/audience --data fer2013.csv --out figures
    python -m tools.bench_models my_model.keras --onnx my_model.onnx

The network is a finished training run, or a Keras file with the ONNX file (and card) it was converted to. It is
measured in Keras, TFLite and ONNX Runtime, in float32, int8 and fp16, on 1 and 2 threads, with 1, 8 and 20 faces.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from tools.benchmarks.model_formats import REFERENCE, AccuracyFaces, FormatResult, measure_formats
from tools.conversion.calibration_faces import TestSplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

REPEATS: Final = 100

_COLOURS: Final = ("#08519c", "#e6550d", "#31a354", "#756bb1", "#d62728", "#636363")


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    from coach.base.errors import CoachError
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError

    args = _parser().parse_args(words)
    quiet_tensorflow()
    try:
        test_faces = AccuracyFaces(args.data, args.split, args.take)
        results, faces_title = measure_formats(args.model, args.onnx, test_faces, args.repeats)
        _show(results, faces_title, args.out)
    except (CoachError, ConversionError, OSError, RuntimeError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    from coach.base.files import sample_take

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "model", type=Path, help="the folder of a finished training run, or a .keras, .h5 or .hdf5 file"
    )
    parser.add_argument("--onnx", type=Path, help="the ONNX model, with its card, that a Keras file was converted to")
    parser.add_argument("--data", type=Path, help="FER-2013, LABEL/*.jpg or a folder of pictures, for the accuracy")
    splits = get_args(TestSplit)
    parser.add_argument("--split", choices=splits, default="held_out", help="of FER-2013 (default: held_out)")
    parser.add_argument("--take", type=Path, default=sample_take(), help="a video whose faces are used without --data")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"rounds of the timing (default: {REPEATS})")
    parser.add_argument("--out", type=Path, help="a folder for the table as Markdown and the plot as PNG")
    return parser


def _show(results: list[FormatResult], faces_title: str, out: Path | None) -> None:
    """Print the table; with `out` also write it as Markdown, and the plot."""
    from rich.console import Console

    console = Console()
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    note = (
        f"Milliseconds a face by threads × faces at once, medians timed in turns on one machine ({machine}); ratio to "
        f"{REFERENCE} at 1 × 1; answers on: {faces_title}"
    )
    (console if console.is_terminal else Console(width=160)).print(as_rich(results, note))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "formats.md").write_text(as_markdown(results, note), encoding="utf-8")
        draw(results, out / "formats.png")
        print(f"{out / 'formats.md'}\n{out / 'formats.png'}")


def as_rich(results: Sequence[FormatResult], note: str) -> Table:
    """Return the table for `rich`, with `note` below it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=Text(note), caption_justify="left")
    for number, name in enumerate(_header(results)):
        table.add_column(Text(name), justify="right" if number else "left")
    for result in results:
        table.add_row(*map(Text, _cells(result)))
    return table


def as_markdown(results: Sequence[FormatResult], note: str) -> str:
    """Return the same table as Markdown."""
    header = _header(results)
    lines = [_line(header), "|---|" + "---:|" * (len(header) - 1), *(_line(_cells(result)) for result in results)]
    return "\n".join([*lines, "", f"{note}.", ""])


def draw(results: Sequence[FormatResult], path: Path) -> None:
    """Plot accuracy against time, one point per model and thread count; agreement with Keras if accuracy is unknown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    y_label, heights = _accuracy_axis(results)
    for number, (result, height) in enumerate(zip(results, heights, strict=True)):
        if height is None:
            continue
        for threads, marker in zip(result.ms, "os^v", strict=False):
            label = f"{result.name}, {threads} thread{'s' * (threads > 1)}"
            colour = _COLOURS[number % len(_COLOURS)]
            axes.plot(result.ms[threads][1], height, marker, color=colour, label=label)
    axes.set(xlabel="milliseconds a face, one at a time", ylabel=y_label)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", fontsize=8)
    figure.savefig(path, dpi=120)


def _accuracy_axis(results: Sequence[FormatResult]) -> tuple[str, list[float | None]]:
    for label, values in (
        ("right by the viewers' majority", [result.viewers for result in results]),
        ("right by the labels", [result.labels for result in results]),
    ):
        if values[0] is not None:
            return label, values
    return "same emotion as Keras", [result.agreement for result in results]


def _header(results: Sequence[FormatResult]) -> list[str]:
    times = [f"{threads} × {batch}" for threads, batches in results[0].ms.items() for batch in batches]
    return ["model", "MB", *times, "ratio", "as Keras", "by labels", "by viewers"]


def _cells(result: FormatResult) -> list[str]:
    times = [f"{ms:.3f}" for batches in result.ms.values() for ms in batches.values()]
    shares = [_percent(value) for value in (result.agreement, result.labels, result.viewers)]
    return [result.name, f"{result.size / 2**20:.2f}", *times, f"{result.ratio:.2f}", *shares]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
