"""Scripts of other programs for tests, and what importing them gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from fpdf import FPDF

from coach.base.errors import ScriptError
from coach.core.script.script import Action, Line, Pause, Scene
from coach.scripts.importing import import_script
from coach.scripts.importing.report import ImportReport

TOP = 72.0
PITCH = 12.0
LETTER = (612.0, 792.0)
CHARACTER = 7.2
"""Width of a character of 12-point Courier."""

ACTION, SPEECH, ASIDE, NAME = 108.0, 180.0, 210.0, 252.0
"""Left edges of a screenplay in points."""


def imported(path: Path, text: str, role: str | None = None) -> ImportReport:
    """The import of a file with `text`."""
    path.write_text(text, encoding="utf-8")
    return import_script(path, role=role)


def said(report: ImportReport) -> list[tuple[str | None, str]]:
    """Role and words of each line."""
    return [(item.role, item.text) for item in report.script.lines if isinstance(item, Line)]


def outline(report: ImportReport) -> list[str]:
    """Every item in a few words: ``ANNA: Hello.``, ``scene INT. ROOM``, ``action She sits.``, ``beat 1``."""
    rows = []
    for item in report.script.lines:
        if isinstance(item, Line):
            rows.append(f"{item.role}: {item.text}")
        elif isinstance(item, Scene):
            rows.append(f"scene {item.scene}")
        elif isinstance(item, Action):
            rows.append(f"action {item.action}")
        elif isinstance(item, Pause):
            rows.append(f"beat {item.beats}")
    return rows


def dropped(report: ImportReport) -> list[tuple[str, str]]:
    """Reason and text of everything that was left out."""
    return [(remark.about, remark.text) for remark in report.draft.dropped]


def refusal(path: Path) -> str:
    """The one message with which the file at `path` is refused."""
    try:
        import_script(path)
    except ScriptError as error:
        (mistake,) = error.mistakes
        return mistake.message
    raise AssertionError("the file was imported")


def fdx(*paragraphs: str, title: str = "") -> str:
    """A Final Draft file with `paragraphs`, which `paragraph` makes."""
    page = f"<TitlePage><Content>{paragraph('', title)}</Content></TitlePage>" if title else ""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n<FinalDraft DocumentType="Script" Version="5">'
    return f"{head}<Content>{''.join(paragraphs)}</Content>{page}</FinalDraft>"


def paragraph(kind: str, *runs: str, inside: str = "") -> str:
    """A paragraph of Final Draft; each run but the first is a revised one."""
    texts = [
        f'<Text RevisionID="{n}" Style="Bold">{escape(t)}</Text>' if n else f"<Text>{escape(t)}</Text>"
        for n, t in enumerate(runs)
    ]
    return f'<Paragraph Type="{kind}">{inside}{"".join(texts)}</Paragraph>'


class Pages:
    """Writes the pages of a PDF, row by row."""

    def __init__(self) -> None:
        self.pdf = FPDF(unit="pt", format="letter")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_font("Courier", size=12)
        self.new_page()

    def new_page(self) -> None:
        """Begin a page; its first row is one inch from the top."""
        self.pdf.add_page()
        self.y = TOP

    def row(self, x: float, text: str, *more: tuple[float, str]) -> None:
        """Write a row at `x`, with other pieces on the same row."""
        for left, piece in ((x, text), *more):
            self.pdf.text(left, self.y, piece)
        self.y += PITCH

    def rows(self, x: float, texts: Sequence[str]) -> None:
        """Write several rows at `x`."""
        for text in texts:
            self.row(x, text)

    def blank(self) -> None:
        """Leave a blank row."""
        self.y += PITCH

    def speech(self, name: str, *rows: str) -> None:
        """Write a name and its speech, with a blank row above."""
        self.blank()
        self.row(NAME, name)
        self.rows(SPEECH, rows)

    def save(self, path: Path) -> Path:
        """Write the file at `path`."""
        self.pdf.output(str(path))
        return path
