"""A take's report in every form: as data, as a page, as tables, as a chart. Where they go is a front end's affair."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.app.review import Review, report_of, review_of
from coach.base.errors import CoachError, TakeError

if TYPE_CHECKING:
    from coach.app.card_text import Section
    from coach.core.analysis.chart_data import ChartData
    from coach.core.analysis.moments import FacePicture
    from coach.core.progress.notes import TakeNotes
    from coach.core.scoring.report import Report
    from coach.takes.store import TakeStore


def chosen_take(store: TakeStore, name: str | None) -> Path:
    """The take that `name` means, the newest where it is None.

    Raises:
        TakeError: there is no such take, or none at all.
    """
    take = store.find(name) if name is not None else store.newest()
    if take is None:
        raise TakeError(f"no takes in {store.folder} yet; `coach demo` or `coach rehearse SCRIPT` makes one")
    return take


@dataclass(frozen=True, slots=True)
class Page:
    """A page as text; `private` where it shows a face."""

    html: str
    private: bool


class TakeReport:
    """The report of a take in all its forms. What they need of the take's journal is read once.

    Attributes:
        take: the folder.
        report: what was scored.
    """

    def __init__(self, take: Path, notify: Callable[[str], None]) -> None:
        """Read the report; `notify` gets sentences about what is missing.

        Raises:
            TakeError: it is still being played, or neither report nor journal can be read.
        """
        self.take = take
        self.report: Report = report_of(take, notify)
        self._notify = notify

    def json(self) -> str:
        """The report as JSON."""
        from coach.takes.report_file import report_json

        return report_json(self.report)

    def page(self, path: Path | None, *, video: bool = True) -> Page:
        """The report as a page that will lie at `path`; None where it will lie nowhere.

        A recording that is too large for the page is copied beside it, unless `video` is False.

        Raises:
            TakeError: the recording cannot be copied there.
        """
        from coach.app.report_film import film_of
        from coach.pages.report_page import PageParts, report_page

        with gc_paused():
            film = film_of(self.take, self.report, self.review, path, self._notify) if video else None
            pictures = self._pictures()
            parts = PageParts(
                no_arc=self._no_chart(),
                pictures=pictures,
                no_pictures=self._no_pictures(),
                video=film,
                card=self._card(),
                own=self.own,
            )
            html = report_page(self.report, self.chart, parts)
        return Page(html, bool(film or pictures))

    def markdown(self) -> str:
        """The notes and the table as Markdown."""
        from coach.pages.markdown import report_markdown

        return report_markdown(self.report, self.own)

    def lines_csv(self) -> str:
        """A row for each line."""
        from coach.pages.tables import lines_csv

        return lines_csv(self.report)

    def samples_csv(self) -> str:
        """A row for each reading.

        Raises:
            TakeError: the journal cannot be read.
        """
        from coach.pages.tables import samples_csv

        with gc_paused():
            return samples_csv(self._needed().moments)

    def svg(self) -> str:
        """The arc of the take as a picture.

        Raises:
            TakeError: the journal cannot be read.
        """
        from coach.pages.arc_chart import arc_file

        with gc_paused():
            self._needed()
            assert self.chart is not None
            return arc_file(self.chart, f"The arc of {self.report.title}")

    @cached_property
    def own(self) -> TakeNotes:
        """The actor's own notes around the take; what is wrong with them is told once, whoever shows them."""
        from coach.app.own_notes import own_of

        return own_of(self.take, self.report, self._notify)

    @cached_property
    def _read(self) -> Review | TakeError:
        try:
            return review_of(self.take)
        except TakeError as error:
            return error

    @property
    def review(self) -> Review | None:
        """What the report rests on; None where the journal cannot be read."""
        return None if isinstance(self._read, CoachError) else self._read

    def _needed(self) -> Review:
        if isinstance(self._read, CoachError):
            raise self._read
        return self._read

    @cached_property
    def chart(self) -> ChartData | None:
        """What the chart of the take shows; None where the journal cannot be read."""
        from coach.core.analysis.chart_data import chart_data_of

        review = self.review
        return chart_data_of(review.moments, review.header.script, review.judge) if review else None

    def _no_chart(self) -> str:
        """Why there is no chart, empty where there is one. A page may be passed on: it names no folder."""
        return (
            f"{str(self._read).replace(str(self.take), self.take.name)}." if isinstance(self._read, CoachError) else ""
        )

    def _card(self) -> Sequence[Section]:
        from coach.app.card_text import report_sections

        card = self.review.header.card if self.review else None
        return list(report_sections(card)) if card else []

    def _no_pictures(self) -> str:
        """Why pictures that were kept cannot be shown, told once; empty where there are none."""
        from coach.takes.contents import EVIDENCE_NAME
        from coach.takes.face_pictures import has_damaged_index

        if not has_damaged_index(self.take):
            return ""
        sentence = (
            f"The pictures that were kept cannot be read: index.json in the take's folder {EVIDENCE_NAME} is damaged."
        )
        self._notify(sentence)
        return sentence

    def _pictures(self) -> list[FacePicture]:
        """The kept pictures of the face; of a rescored take only those that still show what they say."""
        from coach.app.rescore import lines_that_stayed
        from coach.app.review import as_played
        from coach.takes.face_pictures import pictures_of

        pictures = pictures_of(self.take)
        if self.report.created.rescored is None or self.review is None or not pictures:
            return pictures
        stayed = lines_that_stayed(as_played(self.take)[1].header, self.review.header)
        return [replace(picture, line=stayed[picture.line]) for picture in pictures if picture.line in stayed]


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector: a long take is a million live values; scanning them takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
