"""A take's report in every format: JSON, page, Markdown, CSV, SVG. The front end decides where to write them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.app.review import Review, has_measures, report_of, review_of
from coach.base.errors import TakeError
from coach.base.messages import tr

if TYPE_CHECKING:
    from coach.app.card_text import Section
    from coach.core.analysis.chart_data import ChartData
    from coach.core.analysis.moments import FacePicture
    from coach.core.progress.notes import TakeNotes
    from coach.core.scoring.report import Report
    from coach.pages.face_charts import FacePart
    from coach.takes.store import TakeStore


def find_take(store: TakeStore, name: str | None) -> Path:
    """Find the take called `name`; the newest if `name` is None.

    Raises:
        TakeError: there is no such take, or no take at all.
    """
    take = store.find(name) if name is not None else store.newest()
    if take is None:
        raise TakeError(
            tr("no takes in {folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one", folder=store.folder)
        )
    return take


@dataclass(frozen=True, slots=True)
class Page:
    """A page as text; `private` if it shows a face."""

    html: str
    private: bool


class TakeReport:
    """The report of a take in all formats. The journal is read once, when first needed.

    Attributes:
        take: the folder.
        report: the report itself.
    """

    def __init__(
        self, take: Path, notify: Callable[[str], None], read_review: Callable[[Path], Review] = review_of
    ) -> None:
        """Read the report.

        Args:
            take: the folder.
            notify: gets sentences about missing parts.
            read_review: reads the review of the take.

        Raises:
            TakeError: the take is still being played, or neither report nor journal can be read.
        """
        self.take = take
        self.report: Report = report_of(take, notify)
        self._notify = notify
        self._read_review = read_review

    def json(self) -> str:
        """The report as JSON."""
        from coach.takes.report_file import report_json

        return report_json(self.report)

    def page(self, path: Path | None, *, video: bool = True) -> Page:
        """The report as a page.

        Args:
            path: where the page will be written; None if it is printed.
            video: include the recording. If it is too large for the page, it is copied beside it.

        Raises:
            TakeError: the recording cannot be copied.
        """
        from coach.app.report_video import page_video
        from coach.pages.report_page import PageParts, report_page

        with gc_paused():
            recording = page_video(self.take, self.report, self.review, path, self._notify) if video else None
            pictures = self._pictures()
            parts = PageParts(
                no_arc=self._chart_error(),
                pictures=pictures,
                no_pictures=self._pictures_error(),
                video=recording,
                card=self._card(),
                own=self.own_notes,
                face=self._face_part(),
            )
            html = report_page(self.report, self.chart, parts)
        return Page(html, bool(recording or pictures))

    def markdown(self) -> str:
        """The notes and the table of lines as Markdown."""
        from coach.pages.markdown import report_markdown

        return report_markdown(self.report, self.own_notes)

    def lines_csv(self) -> str:
        """A CSV table with a row for each line."""
        from coach.pages.tables import lines_csv

        review = self.review if has_measures(self.take) else None
        return lines_csv(self.report, review.face if review else None)

    def samples_csv(self) -> str:
        """A CSV table with a row for each reading.

        Raises:
            TakeError: the journal cannot be read.
        """
        from coach.pages.tables import samples_csv

        with gc_paused():
            review = self._required_review()
            return samples_csv(review.moments, review.face)

    def svg(self) -> str:
        """The arc of the take as an SVG picture.

        Raises:
            TakeError: the journal cannot be read.
        """
        from coach.pages.arc_chart import arc_file

        with gc_paused():
            self._required_review()
            assert self.chart is not None
            return arc_file(self.chart, tr("The arc of {title}", title=self.report.title))

    @cached_property
    def own_notes(self) -> TakeNotes:
        """The actor's own notes on this take and earlier ones. Cached, so that errors are reported only once."""
        from coach.app.own_notes import own_notes_of

        return own_notes_of(self.take, self.report, self._notify)

    @cached_property
    def _review_or_error(self) -> Review | TakeError:
        try:
            review = self._read_review(self.take)
        except TakeError as error:
            return error
        if review.damage:
            self._notify(review.damage)
        return review

    @property
    def review(self) -> Review | None:
        """The moments and the judge behind the report; None if the journal cannot be read."""
        return None if isinstance(self._review_or_error, TakeError) else self._review_or_error

    def _required_review(self) -> Review:
        if isinstance(self._review_or_error, TakeError):
            raise self._review_or_error
        return self._review_or_error

    @cached_property
    def chart(self) -> ChartData | None:
        """The data of the take's chart; None if the journal cannot be read."""
        from coach.core.analysis.chart_data import chart_data_of

        review = self.review
        return chart_data_of(review.moments, review.header.script, review.judge) if review else None

    def _face_part(self) -> FacePart | None:
        """The measures for the page; None without landmarks."""
        review = self.review
        if review is None or review.face is None or not review.face.moments:
            return None
        from coach.core.analysis.face_chart import face_chart_of
        from coach.pages.face_charts import FacePart

        return FacePart(face_chart_of(review.face, review.moments.end), review.face.lines, self.face_sentences())

    def face_sentences(self) -> list[str]:
        """What the landmarks of the take say about eyes and face; empty without landmarks.

        A take without landmarks is not read for it.
        """
        if not has_measures(self.take) or self.review is None or self.review.face is None:
            return []
        from coach.app.face_notes import sentences_of

        return sentences_of(self.take, self.report, self.review.face)

    def _chart_error(self) -> str:
        """Why there is no chart; empty if there is one. Pages are shared, so the folder's path is left out."""
        error = self._review_or_error
        return f"{str(error).replace(str(self.take), self.take.name)}." if isinstance(error, TakeError) else ""

    def _card(self) -> Sequence[Section]:
        from coach.app.card_text import report_sections

        card = self.review.header.card if self.review else None
        return list(report_sections(card)) if card else []

    def _pictures_error(self) -> str:
        """Why the stored pictures cannot be shown; empty if they can. The user is notified as well."""
        from coach.takes.contents import EVIDENCE_NAME
        from coach.takes.face_pictures import has_damaged_index

        if not has_damaged_index(self.take):
            return ""
        message = tr(
            "The pictures that were kept cannot be read: index.json in the take's folder {folder} is damaged.",
            folder=EVIDENCE_NAME,
        )
        self._notify(message)
        return message

    def _pictures(self) -> list[FacePicture]:
        """The stored pictures of the face. After rescoring, only those whose line and target are unchanged."""
        from coach.app.rescore import unchanged_lines
        from coach.app.review import as_played
        from coach.takes.face_pictures import pictures_of

        pictures = pictures_of(self.take)
        if self.report.created.rescored is None or self.review is None or not pictures:
            return pictures
        unchanged = unchanged_lines(as_played(self.take)[1].header, self.review.header)
        return [replace(picture, line=unchanged[picture.line]) for picture in pictures if picture.line in unchanged]


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector. A long take has a million live values; scanning them takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
