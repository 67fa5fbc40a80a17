"""The wording of a report is the same on the terminal, on the page and in Markdown."""

from __future__ import annotations

import io
from typing import get_args

from history_help import line_reports, take_report
from rich.console import Console
from test_summary import line_report

from coach.core.analysis.moments import FacePicture, PictureKind
from coach.core.progress.notes import TakeNotes
from coach.display.tables.report import print_details
from coach.display.tables.summary import print_take
from coach.pages.markdown import report_markdown
from coach.pages.report_page import PageParts, report_page


def test_numbers_stay_on_one_line_with_their_unit_and_pictures_are_ordered() -> None:
    pictures = [FacePicture(1, kind, t, "sad", 0.93, b"") for t, kind in enumerate(reversed(get_args(PictureKind)))]
    text = report_page(take_report(2, line_reports([0.7, 0.2, 0.9])), None, PageParts(pictures=pictures))
    assert "93\u202f% for what you wanted" in text
    places = [text.index(f"<figcaption>{kind}, ") for kind in ("best", "turning point", "worst")]
    assert places == sorted(places)


def test_every_report_format_has_the_word_nothing_for_a_line_without_a_target() -> None:
    report = take_report(2, [line_report(1, "Hello.", "not_scored", None, target="")])
    assert '<td data-name="wanted">nothing</td>' in report_page(report, None)
    assert "| nothing |" in report_markdown(report, TakeNotes())
    output = io.StringIO()
    print_take(report, Console(width=130, file=output), print_details, take_path=None, more=[])
    assert "nothing" in output.getvalue()
