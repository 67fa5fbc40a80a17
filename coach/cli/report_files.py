"""Writes a take's report as files: a page, Markdown, tables, the arc as a picture."""

from __future__ import annotations

import argparse
import gc
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import CoachError, TakeError, UsageError
from coach.cli.handing_out import STDOUT, free_name, hand_out, open_in_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coach.cli.card_text import Section
    from coach.core.analysis.chart_data import Sheet
    from coach.core.analysis.face_pictures import Picture
    from coach.core.progress.notes import Own
    from coach.core.scoring.report import Report
    from coach.review import Review

_HERE: Final = ""
"""An option without a path: a file named like the take, in the current folder."""

_ENDINGS: Final = {"html": (".html", ".htm"), "markdown": (".md", ".markdown"), "csv": (".csv",), "svg": (".svg",)}
_NAMES: Final = {"html": "page", "markdown": "Markdown", "csv": "table", "svg": "picture"}


def add_files(parser: argparse.ArgumentParser) -> None:
    """The options of the files."""
    group = parser.add_argument_group(
        "files", "Without a path a file is named like the take, lies in the current folder and replaces none there; "
        "a path that you give is replaced. - prints it instead."
    )  # fmt: skip
    abouts = {
        "html": "a page with the notes, the arc and every line, in one file that needs no network",
        "markdown": "the notes and the table as Markdown",
        "csv": "a table of the lines, and beside it NAME-samples.csv with every reading; - prints that of the lines",
        "svg": "the arc alone as a picture",
    }
    for name, about in abouts.items():
        group.add_argument(f"--{name}", nargs="?", const=_HERE, metavar="PATH", help=about)
    group.add_argument("--open", action="store_true", help="write the page and open it in your browser")
    group.add_argument("--no-video", action="store_true", help="leave the recording out of the page")


@dataclass
class ReportFiles:
    """The files that `args` ask for of the take in folder `take`; `say` is told where each lies."""

    args: argparse.Namespace
    take: Path
    report: Report
    say: Callable[[str], None]

    @property
    def printed(self) -> bool:
        """Whether one of them is printed, so that nothing else may be."""
        return any(getattr(self.args, name) == STDOUT for name in _ENDINGS)

    def check(self) -> None:
        """Refuse what cannot be meant, before anything is written.

        Raises:
            UsageError: a path of the wrong kind, two files to be printed, a page to be printed and opened.
        """
        for name, endings in _ENDINGS.items():
            path = getattr(self.args, name)
            if path not in (None, _HERE, STDOUT) and Path(path).suffix.lower() not in endings:
                hint = f"its name must end in {endings[0]}; a take is named before the options"
                raise UsageError(f"--{name} {path}: {hint}, as in coach report {path} --{name}")
        printed = [name for name in _ENDINGS if getattr(self.args, name) == STDOUT]
        if len(printed) > 1 or (printed and self.args.json == STDOUT):
            raise UsageError("only one thing can be printed with -; give the others a path")
        if self.args.open and self.args.html == STDOUT:
            raise UsageError("--open opens a file, and --html - prints the page; leave one of them out")

    def write(self) -> None:
        """Write them all.

        Raises:
            TakeError: one cannot be written, or the take's journal cannot be read for it.
        """
        if self.args.open and self.args.html is None:
            self.args.html = _HERE
        with _no_looking_for_cycles():
            self._write()

    def _write(self) -> None:
        writers = {"html": self._html, "markdown": self._markdown, "csv": self._csv, "svg": self._svg}
        for name, write in writers.items():
            path = getattr(self.args, name)
            if path == STDOUT:
                write(None)
            elif path is not None:
                write(Path(path or free_name(self.take.name, _ENDINGS[name][0])))

    def _html(self, path: Path | None) -> None:
        from coach.cli.report_film import film_of
        from coach.pages.report_page import PageParts, report_page

        film = None if self.args.no_video else film_of(self.take, self.report, self._review, path, self.say)
        pictures = self._pictures()
        parts = PageParts(
            no_arc=self._trouble,
            pictures=pictures,
            no_pictures=self._no_pictures(),
            video=film,
            card=self._card(),
            own=self.own,
        )
        page = report_page(self.report, self._sheet, parts)
        self._put("html", path, page, private=bool(film or pictures))
        if path is not None and self.args.open:
            open_in_browser(path)

    def _markdown(self, path: Path | None) -> None:
        from coach.pages.markdown import report_markdown

        self._put("markdown", path, report_markdown(self.report, self.own))

    def _csv(self, path: Path | None) -> None:
        from coach.pages.tables import lines_csv, samples_csv

        self._put("csv", path, lines_csv(self.report))
        if path is not None:
            self._put("csv", path.with_name(f"{path.stem}-samples.csv"), samples_csv(self._needed().arc))

    def _svg(self, path: Path | None) -> None:
        from coach.pages.arc_chart import arc_file

        self._needed()
        assert self._sheet is not None
        self._put("svg", path, arc_file(self._sheet, f"The arc of {self.report.title}"))

    def _put(self, kind: str, path: Path | None, text: str, *, private: bool = False) -> None:
        hand_out(STDOUT if path is None else str(path), text, _NAMES[kind], private=private)

    @cached_property
    def own(self) -> Own:
        """The actor's own notes around the take; what is wrong with them is told once, whoever shows them."""
        from coach.cli.own_notes import own_of

        return own_of(self.take, self.report, self.say)

    @cached_property
    def _read(self) -> Review | CoachError:
        from coach.review import review_of

        try:
            return review_of(self.take)
        except TakeError as error:
            return error

    @property
    def _review(self) -> Review | None:
        return None if isinstance(self._read, CoachError) else self._read

    @property
    def _trouble(self) -> str:
        """Why the arc cannot be drawn; empty where it can."""
        return f"{_without_folder(str(self._read), self.take)}." if isinstance(self._read, CoachError) else ""

    def _needed(self) -> Review:
        if isinstance(self._read, CoachError):
            raise self._read
        return self._read

    @cached_property
    def _sheet(self) -> Sheet | None:
        from coach.core.analysis.chart_data import Judge, sheet_of

        review = self._review
        if review is None:
            return None
        header = review.header
        judge = Judge(header.card.evidence if header.card else None, review.rest, header.settings.strictness)
        return sheet_of(review.arc, header.script, judge)

    def _card(self) -> list[Section]:
        from coach.cli.card_text import in_report

        card = self._review.header.card if self._review else None
        return list(in_report(card)) if card else []

    def _no_pictures(self) -> str:
        """Why pictures that were kept cannot be shown, told once; empty where there are none."""
        from coach.takes.contents import EVIDENCE_NAME
        from coach.takes.face_pictures import damaged

        if not damaged(self.take):
            return ""
        sentence = (
            f"The pictures that were kept cannot be read: index.json in the take's folder {EVIDENCE_NAME} is damaged."
        )
        self.say(sentence)
        return sentence

    def _pictures(self) -> list[Picture]:
        """Those kept of the face; of a take that was scored again only those that still show what they say."""
        from coach.rescoring import lines_that_stayed
        from coach.review import as_played
        from coach.takes.face_pictures import pictures_of

        pictures = pictures_of(self.take)
        if self.report.created.rescored is None or self._review is None or not pictures:
            return pictures
        stayed = lines_that_stayed(as_played(self.take)[1].header, self._review.header)
        return [replace(picture, line=stayed[picture.line]) for picture in pictures if picture.line in stayed]


@contextmanager
def _no_looking_for_cycles() -> Iterator[None]:
    """A take of hours is a million values that all stay; to look through them for cycles takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _without_folder(message: str, take: Path) -> str:
    """A page may be passed on: it names no folder of this machine."""
    return message.replace(str(take), take.name)
