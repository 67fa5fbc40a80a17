"""The comparison page in a real browser: it requests nothing, fits a phone, and shows hostile texts as text."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import get_args

import pytest
from comparison_help import camera_take, compare_command, compared_take, line_report
from page_help import Scheme, needs_chromium, open_page
from playwright.sync_api import Browser, expect

from coach.app.compare import OpenedTake
from coach.core.analysis.curves import LineCurve
from coach.core.comparison.best_takes import choose_best_takes
from coach.core.comparison.compare import MAX_TAKES, Comparison, compare
from coach.pages.comparison_page import comparison_page

pytestmark = needs_chromium

WIDTHS = (375, 1280)

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "😀" * 300,
    "x" * 900,
    "مرحبا بالعالم",
]


def wavy_curve(seconds: float, phase: float) -> LineCurve:
    """A curve with a gap in the middle."""
    points = tuple((n / 10, abs((n / 10 + phase) % 2 - 1)) for n in range(int(seconds * 10)))
    return LineCurve(seconds, (points[: len(points) // 3], points[len(points) // 2 :]))


def write_page(folder: Path, comparison: Comparison, aligned: bool = True) -> Path:
    """Write the page of `comparison`, with a curve for every line of every take."""
    curves = {
        index: {line.index: wavy_curve(2 + index / 3, index / 4) for line in take.report.lines}
        for index, take in enumerate(comparison.takes)
    }
    path = folder / "comparison.html"
    path.write_text(comparison_page(comparison, curves, choose_best_takes(comparison), aligned), encoding="utf-8")
    return path


def compare_takes(count: int, *texts: str) -> Comparison:
    """Compare `count` takes of lines with `texts`."""
    shares = [round((index * 0.17) % 1, 2) for index in range(count)]
    return compare(
        [
            compared_take(f"take-{n}", *(line_report(text, share=share, asked_share=0.4) for text in texts))
            for n, share in enumerate(shares)
        ]
    )


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("count", [2, MAX_TAKES])
def test_the_page_requests_nothing_logs_no_errors_and_fits(
    count: int, aligned: bool, browser: Browser, tmp_path: Path
) -> None:
    path = write_page(tmp_path, compare_takes(count, "One line.", "Another line of it."), aligned)
    for scheme, width in itertools.product(get_args(Scheme), WIDTHS):
        with open_page(browser, path, width, scheme) as view:
            expect(view.page.locator("article")).to_have_count(2)
            expect(view.page.locator("article").first.locator("figure polyline.stroke")).to_have_count(3 * count)
            assert not view.overflows()
            assert view.errors == []
            assert view.requests == [path.as_uri()]


def test_every_take_has_a_different_colour(browser: Browser, tmp_path: Path) -> None:
    path = write_page(tmp_path, compare_takes(MAX_TAKES, "One line."))
    for scheme in get_args(Scheme):
        with open_page(browser, path, scheme=scheme) as view:
            keys = view.page.locator(".takes-compared .key polyline")
            strokes = keys.evaluate_all("keys => keys.map(key => getComputedStyle(key).stroke)")
            assert len(set(strokes)) == MAX_TAKES


def test_the_table_marks_the_best_take_and_links_to_the_line(browser: Browser, tmp_path: Path) -> None:
    with open_page(browser, write_page(tmp_path, compare_takes(2, "One line.", "Another."))) as view:
        row = view.page.locator(".matrix tbody tr").nth(1)
        expect(row.locator("td.ahead")).to_contain_text("ahead")
        expect(row.locator("td.ahead")).to_have_attribute("data-name", "take 2")
        row.locator("a").click()
        expect(view.page.locator("#row-2")).to_be_in_viewport()
        expect(view.page.locator("#row-2 .standing")).to_have_text("Take 2 is ahead by 2 of 10 viewers.")


def test_pointing_at_the_curves_shows_the_value_of_each_take(browser: Browser, tmp_path: Path) -> None:
    with open_page(browser, write_page(tmp_path, compare_takes(2, "One line."))) as view:
        figure = view.page.locator("article figure")
        box = figure.locator("svg").first.bounding_box()
        assert box is not None
        view.page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40)
        expect(figure.locator(".readout")).to_have_text("25 % – take 1: 5 of 10, take 2: 2 of 10")
        view.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
        expect(figure.locator(".readout")).to_have_text("40 % – take 1: not read, take 2: not read")
        expect(figure.locator(".cursor")).to_have_class("cursor on")


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_shown_as_text(width: int, browser: Browser, tmp_path: Path) -> None:
    with open_page(browser, write_page(tmp_path, compare_takes(2, *HOSTILE)), width) as view:
        texts = view.page.locator("article h3").all_inner_texts()
        assert [text.split(" ", 1)[1] for text in texts] == HOSTILE
        assert not view.overflows()
        assert view.errors == []


def test_takes_without_curves_still_have_their_figures(browser: Browser, tmp_path: Path) -> None:
    comparison = compare_takes(2, "One line.")
    path = tmp_path / "page.html"
    path.write_text(comparison_page(comparison, {}, choose_best_takes(comparison)), encoding="utf-8")
    with open_page(browser, path) as view:
        expect(view.page.locator("article figure")).to_have_count(0)
        expect(view.page.locator("article table tbody tr")).to_have_count(2)


def test_a_take_without_a_line_of_the_others_says_so() -> None:
    same, added = "They said by morning.", "Come in, the kettle is on!"
    takes = [compared_take("one", line_report(same)), compared_take("two", line_report(same), line_report(added))]
    comparison = compare(takes)
    page = comparison_page(comparison, {}, choose_best_takes(comparison))
    assert page.count("not in this script") == 1


def test_the_command_writes_the_page(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = [camera_take(tmp_path / name) for name in ("one", "two")]
    monkeypatch.chdir(tmp_path)
    assert compare_command(*pair, "--html") == 0
    with open_page(browser, tmp_path / "comparison.html", 375) as view:
        expect(view.page.locator("h1")).to_have_text("Filmed")
        expect(view.page.locator("article figure polyline.stroke")).to_have_count(2 + 2)
        assert "you feel" not in view.page.content()
    assert OpenedTake.of(pair[0], print).curves()[1].seconds == pytest.approx(4.0, abs=0.7)
