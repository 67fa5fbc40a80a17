"""The figures of `tools.bench_models` as a table in the terminal, as Markdown, and as a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from tools.bench_models import Result

_COLOURS = ("#08519c", "#e6550d", "#31a354", "#756bb1", "#d62728", "#636363")


def as_rich(results: Sequence[Result], note: str) -> Table:
    """A table for `rich`."""
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=Text(note), caption_justify="left")
    for number, name in enumerate(_header(results)):
        table.add_column(Text(name), justify="right" if number else "left")
    for result in results:
        table.add_row(*map(Text, _cells(result)))
    return table


def as_markdown(results: Sequence[Result], note: str) -> str:
    """The same table as Markdown."""
    header = _header(results)
    lines = [_line(header), "|---|" + "---:|" * (len(header) - 1), *(_line(_cells(result)) for result in results)]
    return "\n".join([*lines, "", f"{note}.", ""])


def draw(results: Sequence[Result], path: Path) -> None:
    """Accuracy (where unknown, the share answered as by Keras) against time, a point a model and number of threads."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    what, heights = _height(results)
    for number, (result, height) in enumerate(zip(results, heights, strict=True)):
        if height is None:
            continue
        for threads, marker in zip(result.ms, "os^v", strict=False):
            label = f"{result.name}, {threads} thread{'s' * (threads > 1)}"
            colour = _COLOURS[number % len(_COLOURS)]
            axes.plot(result.ms[threads][1], height, marker, color=colour, label=label)
    axes.set(xlabel="milliseconds a face, one at a time", ylabel=what)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", fontsize=8)
    figure.savefig(path, dpi=120)


def _height(results: Sequence[Result]) -> tuple[str, list[float | None]]:
    for what, name in (("viewers", "right by the viewers' majority"), ("labels", "right by the labels")):
        values = [getattr(result, what) for result in results]
        if values[0] is not None:
            return name, values
    return "same emotion as Keras", [result.same for result in results]


def _header(results: Sequence[Result]) -> list[str]:
    times = [f"{threads} × {batch}" for threads, batches in results[0].ms.items() for batch in batches]
    return ["model", "MB", *times, "ratio", "as Keras", "by labels", "by viewers"]


def _cells(result: Result) -> list[str]:
    times = [f"{ms:.3f}" for batches in result.ms.values() for ms in batches.values()]
    shares = [_percent(value) for value in (result.same, result.labels, result.viewers)]
    return [result.name, f"{result.size / 2**20:.2f}", *times, f"{result.ratio:.2f}", *shares]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
