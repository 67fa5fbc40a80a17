"""The report page in a real browser: it requests nothing, logs no errors, and reacts to pointer, keys and video."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from cli_help import Demo, copy_take
from core_help import VIEWERS, frames, seen, steadily, unseen
from page_help import Scheme, Seen, keep_take, needs_chromium, opened, page_of
from playwright.sync_api import Browser, Position, expect
from takes_help import make_report

from coach.app.report_video import MAX_EMBEDDED_BYTES
from coach.base.files import sample_take
from coach.base.protocols import SourceInfo
from coach.core.scoring.report import Report
from coach.pages.report_page import PageParts, report_page

pytestmark = needs_chromium

WIDTHS = (375, 1280)


@pytest.fixture(scope="module")
def page(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the sample take, with pictures of the face."""
    return page_of(copy_take(demo.take, tmp_path_factory.mktemp("page")))


@pytest.fixture
def shown(browser: Browser, page: Path) -> Iterator[Seen]:
    """The page of the sample take on a wide screen."""
    with opened(browser, page) as seen:
        yield seen


def test_the_page_requests_nothing_and_logs_no_errors(browser: Browser, page: Path) -> None:
    for scheme, width in itertools.product(get_args(Scheme), WIDTHS):
        with opened(browser, page, width, scheme) as seen:
            expect(seen.page.locator("svg.arc")).to_be_visible()
            expect(seen.page.locator("svg.small")).to_have_count(7)
            expect(seen.page.locator("table tbody tr")).to_have_count(5)
            expect(seen.page.locator(".face img")).to_have_count(13)
            assert not seen.overflows()
            assert seen.complaints == []
            assert seen.asked_for == [page.as_uri()]


def test_the_page_names_no_folder_of_this_machine(demo: Demo, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    home = demo.take.parents[3]
    assert "/" + home.name not in text
    assert "/" + page.parent.name not in text
    assert "scripts_examples/takes" not in text


def test_the_verdict_comes_first_and_says_what_to_keep(shown: Seen) -> None:
    sentence = shown.page.locator(".verdict-line").inner_text()
    assert sentence.startswith("Line 1 works: the sadness holds. Next, line 4: ")
    assert "the camera read joy where you wanted surprise" in sentence
    assert shown.page.locator(".note").count() == 2


def place(shown: Seen, share: float) -> Position:
    """A point of the arc at a share of its width."""
    box = shown.page.locator("svg.arc").bounding_box()
    assert box
    return {"x": box["width"] * share, "y": 150}


def test_pointing_at_the_arc_describes_the_moment(shown: Seen) -> None:
    shown.page.locator("svg.arc").hover(position=place(shown, 0.39))
    readout = shown.page.locator("#readout")
    expect(readout).to_contain_text("line 2 · the camera reads fear")
    expect(readout).to_contain_text("of 10 viewers would see what you wanted")
    expect(readout).to_contain_text("0:07.6")


def test_a_note_links_to_its_moment_in_arc_and_recording(shown: Seen) -> None:
    shown.page.locator(".note .goto").last.click()
    expect(shown.page.locator("#readout")).to_contain_text("0:14.2 · line 4")
    assert shown.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(14.2, abs=0.1)
    assert shown.page.locator(".cursor.on").count() == 8
    assert float(shown.page.locator("svg.arc .cursor").get_attribute("x1").rstrip("%")) == pytest.approx(72.5, abs=1)


def test_a_row_links_to_its_moment(shown: Seen) -> None:
    shown.page.locator("tbody tr").nth(2).locator("td").nth(1).click()
    expect(shown.page.locator("#readout")).to_contain_text("0:08.8 · line 3")


def test_arc_and_recording_follow_each_other(shown: Seen) -> None:
    shown.page.locator("svg.arc").click(position=place(shown, 0.5))
    assert shown.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(9.8, abs=0.1)
    shown.page.evaluate("document.querySelector('video').currentTime = 3")
    expect(shown.page.locator("#readout")).to_contain_text("0:03.0 · line 1 · the camera reads sad")


def test_the_arrow_keys_move_along_the_arc(shown: Seen) -> None:
    shown.page.locator("#moment").focus()
    for _ in range(5):
        shown.page.keyboard.press("ArrowRight")
    expect(shown.page.locator("#readout")).to_contain_text("0:00.5 · line 1")


def test_a_heading_sorts_in_both_directions_with_the_keyboard(shown: Seen) -> None:
    head = shown.page.locator("th", has_text="accuracy")
    head.locator("button").focus()
    shown.page.keyboard.press("Enter")
    assert column(shown, "accuracy") == ["0 %", "83 %", "85 %", "97 %", "100 %"]
    assert head.get_attribute("aria-sort") == "ascending"
    shown.page.keyboard.press("Enter")
    assert column(shown, "accuracy") == ["100 %", "97 %", "85 %", "83 %", "0 %"]
    assert head.get_attribute("aria-sort") == "descending"


def test_rows_without_a_figure_are_last_in_both_directions(shown: Seen) -> None:
    for _ in range(2):
        shown.page.locator("th", has_text="arrival").locator("button").click()
        assert column(shown, "arrival")[-1] == "–"


def column(shown: Seen, name: str) -> list[str]:
    """The cells of a column from top to bottom, with plain spaces."""
    cells = shown.page.locator(f"td[data-name={name}]").all_inner_texts()
    return [cell.replace("\u202f", " ") for cell in cells]


def test_the_arc_can_be_zoomed_in_and_out(shown: Seen) -> None:
    before = shown.page.locator("#chart").bounding_box()
    shown.page.locator("#closer").click()
    nearer = shown.page.locator("#chart").bounding_box()
    shown.page.locator("#farther").click()
    assert before
    assert nearer
    assert nearer["width"] == pytest.approx(2 * before["width"], rel=0.05)
    assert shown.page.locator("#chart").bounding_box() == before
    assert not shown.overflows()


def test_dark_and_light_schemes_have_different_colours(browser: Browser, page: Path) -> None:
    grounds = set()
    for scheme in get_args(Scheme):
        with opened(browser, page, scheme=scheme) as seen:
            grounds.add(seen.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert grounds == {"rgb(251, 249, 244)", "rgb(20, 22, 26)"}


def test_the_page_prints_on_a4(shown: Seen) -> None:
    pdf = shown.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 595" in pdf or b"/MediaBox [0 0 594" in pdf


HOSTILE = (
    "<script>document.title='run'</script> </script></style> --> <img src=x onerror=alert(1)> javascript:alert(1) "
    "{{ 7 * 7 }} ${1} \u202eesrever\u2066 \x00 \x1b[31m &amp; \"'` 😱" + "😀" * 300
)


def hostile_report() -> Report:
    """A report in which all text from outside is hostile."""
    plain = make_report().model_dump()
    plain["title"] = HOSTILE + "x" * 500
    plain["warnings"] = [HOSTILE]
    plain["source"]["name"] = HOSTILE
    plain["settings"] = {"strictness": HOSTILE, HOSTILE: HOSTILE}
    plain["language"] = '"><script>document.title="run"</script>'
    plain["ended"] = HOSTILE
    plain["notes"] = [{"t": 1.0, "line": 1, "text": f"{HOSTILE} Next: {HOSTILE}", "kind": "after"}]
    plain["strength"] = {"t": 1.0, "line": 1, "text": HOSTILE}
    plain["lines"][0] |= {"text": HOSTILE, "target": HOSTILE, "reason": HOSTILE, "verdict": "not_scored"}
    plain["created"] |= {"at": HOSTILE, "take": HOSTILE, "coach_version": HOSTILE}
    plain["model"] |= {"name": HOSTILE, "limit": HOSTILE}
    return Report.model_validate(plain)


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_shown_as_text(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(report_page(hostile_report(), None, PageParts(no_arc=HOSTILE)), encoding="utf-8")
    assert not {"\u202e", "\u2066", "\x00", "\x1b"} & set(path.read_text(encoding="utf-8"))
    with opened(browser, path, width) as seen:
        assert "<script>document.title='run'</script>" in seen.page.locator("h1").inner_text()
        assert "{{ 7 * 7 }}" in seen.page.locator("td.line-text").inner_text()
        assert seen.page.title() != "run"
        assert seen.page.locator("main img").count() == 0
        assert seen.complaints == []
        assert not seen.overflows()


def test_a_hostile_script_reaches_neither_page_nor_drawing(browser: Browser, tmp_path: Path) -> None:
    line = "<script>document.title='run'</script></style></title></svg>"
    script = {"title": line, "lines": [{"text": line, "emotion": "sad", "duration_s": 2}]}
    path = page_of(keep_take(tmp_path / "take", script, frames(2, steadily("sad")), end=2.0))
    with opened(browser, path) as seen:
        assert seen.page.locator("h1").inner_text() == line
        assert seen.page.locator("td.line-text").inner_text() == line
        assert seen.page.title().startswith("<script>")
        assert seen.complaints == []


def long_page(folder: Path) -> Path:
    """The page of a take of two hours, with surprise in its first line."""
    lines = [{"text": f"Line {n}.", "emotion": "sad" if n else "surprise", "duration_s": 72} for n in range(100)]
    seen_now_and_then = frames(7200, steadily("sad"), fps=1)
    return page_of(
        keep_take(folder / "long", {"title": "Long", "lines": lines}, seen_now_and_then, card=VIEWERS, end=7200.0)
    )


def scrolled(shown: Seen) -> tuple[float, float]:
    """The scroll position of the arc, and its maximum."""
    left, room = shown.page.locator(".scroll").evaluate("e => [e.scrollLeft, e.scrollWidth - e.clientWidth]")
    return left, room


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_take_opens_at_its_start_and_scrolls_with_slider_and_keys(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    with opened(browser, long_page(tmp_path), width) as shown:
        left, room = scrolled(shown)
        assert left == 0
        assert room > 10_000
        shown.page.locator("#moment").focus()
        shown.page.keyboard.press("End")
        assert scrolled(shown)[0] == pytest.approx(room, abs=2)
        shown.page.locator("#moment").fill("3600")
        assert scrolled(shown)[0] == pytest.approx(room / 2, abs=20)
        shown.page.keyboard.press("Home")
        assert scrolled(shown)[0] == 0


def test_the_legend_explains_the_dashed_line_and_the_band_of_surprise(browser: Browser, page: Path) -> None:
    with opened(browser, page) as shown:
        legend = shown.page.locator("#arc .legend")
        expect(legend).to_contain_text("the typical actor")
        expect(legend).to_contain_text("what most trained actors reach (surprise: photos)")
        expect(shown.page.locator("#arc figcaption p")).to_contain_text("The grey band: what trained actors reach.")


def test_the_legend_mentions_surprise_only_where_a_line_asks_for_it(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Sad", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 2}]}
    path = page_of(keep_take(tmp_path / "take", script, frames(2, steadily("sad")), card=VIEWERS, end=2.0))
    with opened(browser, path) as shown:
        assert "surprise" not in shown.page.locator("#arc .legend").inner_text()


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_the_swatches_of_the_legend_are_distinguishable(browser: Browser, page: Path, scheme: Scheme) -> None:
    with opened(browser, page, scheme=scheme) as shown:
        styles = [
            shown.page.locator(f".swatch.{name}").evaluate("e => getComputedStyle(e).borderTopStyle")
            for name in ("actors", "unsure", "median", "enough")
        ]
        assert styles == ["none", "dotted", "dashed", "solid"]


def test_the_figures_of_an_emotion_have_one_source(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "fear: found in 84 %" in text
    assert "<dt>fear</dt><dd>found in 84 % of such faces</dd>" in text
    assert "on new photos" not in text
    assert "<dt>even-handed</dt><dd>rare emotions get the same chance" in text


def test_a_run_without_a_camera_shows_when_lines_were_played(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Alone", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 2}]}
    ticks = [unseen(n / 10, "no camera") for n in range(20)]
    path = page_of(
        keep_take(tmp_path / "take", script, ticks, card=None, source=SourceInfo("none", "none", live=True), end=2.0)
    )
    with opened(browser, path) as seen:
        assert "There was no camera" in seen.page.locator(".verdict-line").inner_text()
        expect(seen.page.locator("svg.arc")).to_be_visible()
        expect(seen.page.locator("#arc")).to_contain_text("There was no camera")
        expect(seen.page.locator("svg.small")).to_have_count(0)
        expect(seen.page.locator("svg text.heading")).to_have_text(["wanted"])
        assert seen.complaints == []


def test_an_aborted_take_shows_what_was_saved(browser: Browser, tmp_path: Path) -> None:
    lines = [{"text": f"Line {n}.", "emotion": "sad", "duration_s": 2} for n in range(3)]
    path = page_of(keep_take(tmp_path / "take", {"title": "Cut", "lines": lines}, frames(3, steadily("sad"))))
    with opened(browser, path, 375) as seen:
        expect(seen.page.locator(".warning")).to_contain_text("stopped early")
        expect(seen.page.locator("#lines ~ h3")).to_have_text("Why not scored")
        expect(seen.page.locator("dt", has_text="not reached")).to_be_visible()
        assert not seen.overflows()


def test_gaps_explain_why_the_face_was_not_read(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Gap", "lines": [{"text": "Look away.", "emotion": "sad", "duration_s": 4}]}
    inputs = frames(4, lambda t: unseen(t, "profile") if 1 <= t < 2 else seen(t, "sad"))
    path = page_of(keep_take(tmp_path / "take", script, inputs, card=VIEWERS, end=4.0))
    with opened(browser, path) as shown:
        shown.page.locator("svg.arc").hover(position=place(shown, 0.4))
        expect(shown.page.locator("#readout")).to_contain_text("the face could not be read: profile")
        assert shown.page.locator("svg.arc polyline.strong").count() == 2


SOUGHT = """() => new Promise((done) => {
    const video = document.querySelector("video");
    const look = () => video.readyState >= 2 && !video.seeking && done();
    ["loadeddata", "seeked"].forEach((name) => video.addEventListener(name, look));
    look();
})"""
"""Waits until the recording shows the requested moment; the policy of the page forbids polling with a string."""


def test_a_large_recording_plays_from_a_file_beside_the_page(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Long", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 19}]}
    take = keep_take(tmp_path / "take", script, frames(19, steadily("sad"), fps=5), end=19.0)
    skipped_box = (MAX_EMBEDDED_BYTES + 8).to_bytes(4, "big") + b"free" + bytes(MAX_EMBEDDED_BYTES)
    (take / "video.mp4").write_bytes(sample_take().read_bytes() + skipped_box)
    path = page_of(take)
    with opened(browser, path) as seen:
        seen.page.locator("svg.arc").click(position=place(seen, 0.5))
        seen.page.evaluate(SOUGHT)
        assert seen.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(9.5, abs=0.1)
        assert set(seen.asked_for) == {path.as_uri(), (tmp_path / "take-recording.mp4").as_uri()}
        assert seen.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_two_hundred_lines_in_any_script_fit(browser: Browser, tmp_path: Path, width: int) -> None:
    texts = ["مرحبا، أين أنت؟ لا تتركني", "誰も来なかったらどうしよう", "Ce-ai făcut?", "a" * 600]
    emotions = ["sad", "fear > surprise @60%", "happy", ["angry", "disgust"], None]
    lines = [{"text": texts[n % 4], "emotion": emotions[n % 5], "duration_s": 1} for n in range(200)]
    script = {"title": "很长" * 99, "language": "ar", "lines": lines}
    path = page_of(keep_take(tmp_path / "take", script, frames(200, steadily("fear"), fps=10), end=200.0))
    with opened(browser, path, width) as seen:
        expect(seen.page.locator("table tbody tr")).to_have_count(200)
        assert not seen.overflows()
        assert seen.complaints == []
        assert seen.page.locator("td.line-text").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
        seen.page.locator("tbody tr .goto").nth(150).click()
        expect(seen.page.locator("#readout")).to_contain_text("2:30.0 · line 151")
