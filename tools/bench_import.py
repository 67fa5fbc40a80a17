"""Time the import of long scripts, and compare each with its limit.

    python tools/bench_import.py

Writes a script of 10,000 lines in each text format, and a PDF of 120 full pages, and takes the median of three imports
in this process. The PDF includes the start of the child process that reads it. Exits with 1 where a limit is exceeded.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.scripts.importing import import_script
from tools.bench_reports import Measurement, median_s

LINES: Final = 10_000
"""Lines of each text file, blank ones included."""

LIMIT_S: Final = 3.0
PAGES: Final = 120
ROWS: Final = 54
"""Rows of a full page of a screenplay."""

PAGES_PER_S: Final = 20.0


def fountain() -> str:
    """Return a Fountain script with a name, a direction, a row of words and a blank row in turn."""
    speeches = (f"{_name(n)}\n(sadly)\nThese are the *words* of speech {n}, and no more.\n" for n in range(LINES // 4))
    return "\n".join(speeches)


def plain() -> str:
    """Return plain text with a name in front of each line."""
    return "".join(f"{_name(n)}: These are the words of line {n}.\n" for n in range(LINES))


def final_draft() -> str:
    """Return a Final Draft file with a paragraph per line."""
    rows = (
        f'<Paragraph Type="Character"><Text>{_name(n)}</Text></Paragraph>\n'
        f'<Paragraph Type="Dialogue"><Text>These are </Text><Text>the words of {n}.</Text></Paragraph>\n'
        for n in range(LINES // 2)
    )
    return f'<?xml version="1.0"?><FinalDraft><Content>{"".join(rows)}</Content></FinalDraft>'


def _name(number: int) -> str:
    return "ANNA" if number % 2 else "BEN"


def write_pdf(path: Path) -> Path:
    """Write a screenplay of full pages at `path`."""
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format="letter")
    pdf.set_auto_page_break(False)
    pdf.set_font("Courier", size=12)
    for page in range(PAGES):
        pdf.add_page()
        for row in range(ROWS):
            kind = row % 6
            text = {0: "", 1: _name(page + row // 6)}.get(kind, f"and the words of row {row}, page {page}, go on")
            pdf.text(252 if kind == 1 else 180, 72 + 12 * row, text)
    pdf.output(str(path))
    return path


def measurements(folder: Path) -> Iterator[Measurement]:
    """Measure each format."""
    texts = {"fountain": fountain(), "txt": plain(), "fdx": final_draft()}
    for suffix, text in texts.items():
        path = folder / f"script.{suffix}"
        path.write_text(text, encoding="utf-8")
        seconds = median_s(functools.partial(import_script, path))
        yield Measurement(f"import of {LINES:,} lines of .{suffix}", seconds, LIMIT_S, "s")
    seconds = median_s(functools.partial(import_script, write_pdf(folder / "script.pdf")))
    yield Measurement(
        f"import of {PAGES} full pages of .pdf, {PAGES / seconds:.0f} a second", seconds, PAGES / PAGES_PER_S, "s"
    )


def main() -> int:
    """Measure everything; return the exit code."""
    exceeded = False
    with tempfile.TemporaryDirectory() as folder:
        for measurement in measurements(Path(folder)):
            print(measurement, flush=True)
            exceeded = exceeded or measurement.value > measurement.limit
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
