"""The page of a history in a real browser: it requests nothing, logs no errors, and explains its bars."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest
from display_help import HOSTILE
from history_help import WORDS, as_past, line_reports, past_take, script, take_report
from page_help import Scheme, needs_chromium, open_page
from playwright.sync_api import Browser

from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.notes import OwnNote, TakeNotes, answered_notes, locate_notes
from coach.core.progress.past_takes import PastTake
from coach.pages.history_page import MAX_DRAWN, full_takes_chart, history_page
from coach.pages.report_page import PageParts, report_page

pytestmark = needs_chromium

UGLY = ("<script>alert(1)</script>", "</style></title>{{ 7 * 7 }}", f"javascript:alert(1) {HOSTILE} {'🎭' * 300}")


def make_history(takes: Sequence[PastTake], words: Sequence[str] = WORDS, title: str = "Waiting for news") -> History:
    played = script(*(word.translate(dict.fromkeys(map(ord, "\x1b\x07\x9b\r\u202e"))) for word in words), title=title)
    return history_of(played, takes_of(played, takes))


def write_page(folder: Path, history: History) -> Path:
    path = folder / "history.html"
    path.write_text(history_page(history), encoding="utf-8")
    return path


RISING = [past_take(1, [0.9] * 3, model="old"), *(past_take(n, [0.1 * n, 0.2, 0.9]) for n in range(2, 8))]


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_requests_nothing_logs_no_errors_and_fits_the_screen(
    tmp_path: Path, browser: Browser, width: int, scheme: Scheme
) -> None:
    with open_page(browser, write_page(tmp_path, make_history(RISING)), width, scheme) as view:
        assert view.errors == []
        assert [url for url in view.requests if not url.startswith("file:")] == []
        assert not view.overflows()
        assert view.page.locator("table.lines tbody tr").count() == 3
        assert view.page.locator("svg.takes").count() == 4
        assert "line 2 (no hit in the last 5 takes)" in view.page.inner_text("#trouble ~ ol")


def test_pointing_at_or_tapping_a_bar_names_its_take(tmp_path: Path, browser: Browser) -> None:
    with open_page(browser, write_page(tmp_path, make_history(RISING))) as view:
        bars = view.page.locator("table.lines tbody tr").first.locator(".bar")
        assert bars.count() == 7
        bars.nth(6).hover()
        assert view.page.inner_text("#take") == "2026-11-08 12:00: hit, 70 %"
        assert [bars.nth(n).get_attribute("class") for n in (0, 6)] == ["bar apart", "bar hit"]
        bars.first.click()
        assert view.page.inner_text("#take").endswith("not compared: wanted sad, model old")


@pytest.mark.parametrize("width", [375, 1280])
def test_the_last_date_is_below_the_last_bar(tmp_path: Path, browser: Browser, width: int) -> None:
    takes = [past_take(n, [0.1, 0.2, 0.9]) for n in range(6)]
    with open_page(browser, write_page(tmp_path, make_history(takes)), width) as view:
        bar = view.page.locator(".over-takes .bar").last.bounding_box()
        date = view.page.locator(".ends span").last.bounding_box()
        assert bar
        assert date
        assert date["x"] + date["width"] == pytest.approx(bar["x"] + bar["width"], abs=bar["width"])


def test_two_takes_have_two_dates_and_one_take_has_one(tmp_path: Path, browser: Browser) -> None:
    takes = [past_take(n, [0.1, 0.2, 0.9]) for n in range(2)]
    with open_page(browser, write_page(tmp_path, make_history(takes)), 375) as view:
        assert view.page.locator(".ends span").all_inner_texts() == ["2026-11-01", "2026-11-02"]
        assert not view.overflows()
    with open_page(browser, write_page(tmp_path, make_history([past_take(1, [0.1, 0.2, 0.9])])), 375) as view:
        assert view.page.locator(".ends span").all_inner_texts() == ["2026-11-02"]


def test_the_curve_connects_only_bars_that_are_comparable(tmp_path: Path, browser: Browser) -> None:
    takes = [*(past_take(n, [0.2] * 3, model="old") for n in (1, 2)), *(past_take(n, [0.5] * 3) for n in (3, 4, 5))]
    with open_page(browser, write_page(tmp_path, make_history(takes))) as view:
        curves = view.page.locator("table.lines tbody tr").first.locator("polyline.through")
        points = curves.evaluate_all("lines => lines.map(line => line.points.numberOfItems)")
        assert points == [3]


def test_all_percentages_on_the_page_have_one_format(tmp_path: Path, browser: Browser) -> None:
    with open_page(browser, write_page(tmp_path, make_history(RISING))) as view:
        titles = view.page.locator("svg.takes title").all_text_contents()
        text = "\n".join([view.page.inner_text("main"), *titles]).replace("\u202f", " ")  # a no-break space
    assert "first 43 %" in text
    assert not re.search(r"\d%", text)


def curve_lengths(history: History) -> list[int]:
    """The number of takes in each segment of the curve of full takes."""
    lines = ET.fromstring(str(full_takes_chart(history, history.takes))).iter("{http://www.w3.org/2000/svg}polyline")
    return [len(line.get("points", "").split()) for line in lines if "through" in line.get("class", "")]


def test_the_curve_of_whole_takes_breaks_at_takes_of_another_model() -> None:
    takes = [past_take(n, [0.5, 0.5, 0.9], model="old" if n == 3 else "m") for n in range(6)]
    assert curve_lengths(make_history(takes)) == [3, 2]
    assert curve_lengths(make_history([*takes[:3], *takes[4:]])) == [5]


def test_a_heading_can_sort_the_table_by_keyboard(tmp_path: Path, browser: Browser) -> None:
    with open_page(browser, write_page(tmp_path, make_history(RISING))) as view:
        view.page.get_by_role("button", name="newest").press("Enter")
        numbers = view.page.locator('table.lines td[data-name="line"]').all_inner_texts()
        assert numbers == ["2", "1", "3"]


def test_texts_from_scripts_are_shown_and_never_executed(tmp_path: Path, browser: Browser) -> None:
    takes = [past_take(n, [0.1, 0.2, 0.9], UGLY, title=UGLY[0], model="<b>m</b>") for n in range(4)]
    with open_page(browser, write_page(tmp_path, make_history(takes, UGLY, UGLY[0])), 375) as view:
        assert view.errors == []
        assert not view.overflows()
        assert view.page.inner_text("h1") == UGLY[0]
        text = view.page.inner_text("table.lines")
        assert "</style></title>{{ 7 * 7 }}" in text
        assert view.page.locator("a, b").count() == 0


def test_only_the_newest_of_many_takes_are_drawn(tmp_path: Path, browser: Browser) -> None:
    takes = [past_take(n, [0.1, 0.2, 0.9]) for n in range(MAX_DRAWN + 20)]
    with open_page(browser, write_page(tmp_path, make_history(takes)), 375) as view:
        assert view.page.locator("table.lines tbody tr").first.locator(".bar").count() == MAX_DRAWN
        assert f"The curves show the newest {MAX_DRAWN} takes." in view.page.inner_text("main")
        assert f"{MAX_DRAWN + 20} takes" in view.page.inner_text("header")


def test_a_history_without_takes_is_explained(tmp_path: Path, browser: Browser) -> None:
    with open_page(browser, write_page(tmp_path, make_history([]))) as view:
        assert view.errors == []
        assert "No take of this script has been scored yet." in view.page.inner_text("main")


def test_own_notes_are_on_the_page_of_a_report_and_never_executed(tmp_path: Path, browser: Browser) -> None:
    report = take_report(2, line_reports([0.7, 0.2, 0.9]))
    takes = [past_take(1, [0.1, 0.2, 0.9]), as_past(report, 2)]
    notes = {"take-1": [OwnNote(line=1, text="<i>colder</i>", at="")]}
    own = TakeNotes(
        locate_notes([OwnNote(line=3, text="eyes still", at="")], report.lines),
        answered_notes(make_history(takes).lines, "take-2", notes),
    )
    path = tmp_path / "report.html"
    path.write_text(report_page(report, None, PageParts(own=own)), encoding="utf-8")
    with open_page(browser, path) as view:
        assert view.errors == []
        text = view.page.inner_text("section:has(#own-notes)")
    assert "<i>colder</i>" in text
    assert "Before: miss, 10%, 1 of 10 viewers. Now: hit, 70%, 7 of 10 viewers." in text
    assert "That laugh!" in text
    assert "eyes still" in text


def test_a_report_without_own_notes_has_no_section_for_them() -> None:
    report = take_report(2, line_reports([0.7, 0.2, 0.9]))
    assert 'id="own-notes"' not in report_page(report, None, PageParts(own=TakeNotes()))
