"""The report page in a real browser: it requests nothing, logs no errors, and reacts to pointer, keys and video."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from cli_help import Demo, copy_take
from core_help import VIEWERS, frames, seen, steadily, unseen
from page_help import PageView, Scheme, keep_take, needs_chromium, open_page, write_report_page
from playwright.sync_api import Browser, Position, expect
from recordings_help import write_clip
from takes_help import make_report
from video_help import steady

from coach.app.report_video import MAX_EMBEDDED_BYTES
from coach.base.files import sample_take, sha256_of
from coach.base.protocols import SourceInfo
from coach.core.scoring.report import Report
from coach.pages.report_page import PageParts, report_page

pytestmark = needs_chromium

WIDTHS = (375, 1280)


@pytest.fixture(scope="module")
def page(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the sample take, with pictures of the face."""
    return write_report_page(copy_take(demo.take, tmp_path_factory.mktemp("page")))


@pytest.fixture(name="view")
def sample_view(browser: Browser, page: Path) -> Iterator[PageView]:
    """The page of the sample take on a wide screen."""
    with open_page(browser, page) as view:
        yield view


def test_the_page_requests_nothing_and_logs_no_errors(browser: Browser, page: Path) -> None:
    for scheme, width in itertools.product(get_args(Scheme), WIDTHS):
        with open_page(browser, page, width, scheme) as view:
            expect(view.page.locator("svg.arc")).to_be_visible()
            expect(view.page.locator("svg.small")).to_have_count(7)
            expect(view.page.locator("table tbody tr")).to_have_count(5)
            expect(view.page.locator(".face img")).to_have_count(13)
            assert not view.overflows()
            assert view.errors == []
            assert view.requests == [page.as_uri()]


def test_the_page_names_no_folder_of_this_machine(demo: Demo, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    home = demo.take.parents[3]
    assert "/" + home.name not in text
    assert "/" + page.parent.name not in text
    assert "scripts_examples/takes" not in text


def test_the_verdict_comes_first_and_says_what_to_keep(view: PageView) -> None:
    sentence = view.page.locator(".verdict-line").inner_text()
    assert sentence.startswith("Line 1 works: the sadness holds. Next, line 4: ")
    assert "the camera read joy where you wanted surprise" in sentence
    assert view.page.locator(".note").count() == 2


def point_at(view: PageView, share: float) -> Position:
    """A point in the arc, at a share of its width."""
    box = view.page.locator("svg.arc").bounding_box()
    assert box
    return {"x": box["width"] * share, "y": 150}


def test_pointing_at_the_arc_describes_the_moment(view: PageView) -> None:
    view.page.locator("svg.arc").hover(position=point_at(view, 0.39))
    readout = view.page.locator("#readout")
    expect(readout).to_contain_text("line 2 · the camera reads fear")
    expect(readout).to_contain_text("of 10 viewers would see what you wanted")
    expect(readout).to_contain_text("0:07.6")


def test_a_note_links_to_its_moment_in_arc_and_recording(view: PageView) -> None:
    view.page.locator(".note .goto").last.click()
    expect(view.page.locator("#readout")).to_contain_text("0:14.2 · line 4")
    assert view.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(14.2, abs=0.1)
    assert view.page.locator(".cursor.on").count() == 8
    assert float(view.page.locator("svg.arc .cursor").get_attribute("x1").rstrip("%")) == pytest.approx(72.5, abs=1)


def test_a_row_links_to_its_moment(view: PageView) -> None:
    view.page.locator("tbody tr").nth(2).locator("td").nth(1).click()
    expect(view.page.locator("#readout")).to_contain_text("0:08.8 · line 3")


def test_arc_and_recording_follow_each_other(view: PageView) -> None:
    view.page.locator("svg.arc").click(position=point_at(view, 0.5))
    assert view.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(9.8, abs=0.1)
    view.page.evaluate("document.querySelector('video').currentTime = 3")
    expect(view.page.locator("#readout")).to_contain_text("0:03.0 · line 1 · the camera reads sad")


def test_the_arrow_keys_move_along_the_arc(view: PageView) -> None:
    view.page.locator("#moment").focus()
    for _ in range(5):
        view.page.keyboard.press("ArrowRight")
    expect(view.page.locator("#readout")).to_contain_text("0:00.5 · line 1")


def test_a_heading_sorts_in_both_directions_with_the_keyboard(view: PageView) -> None:
    head = view.page.locator("th", has_text="accuracy")
    head.locator("button").focus()
    view.page.keyboard.press("Enter")
    assert column_texts(view, "accuracy") == ["0 %", "83 %", "85 %", "97 %", "100 %"]
    assert head.get_attribute("aria-sort") == "ascending"
    view.page.keyboard.press("Enter")
    assert column_texts(view, "accuracy") == ["100 %", "97 %", "85 %", "83 %", "0 %"]
    assert head.get_attribute("aria-sort") == "descending"


def test_rows_without_a_figure_are_last_in_both_directions(view: PageView) -> None:
    for _ in range(2):
        view.page.locator("th", has_text="arrival").locator("button").click()
        assert column_texts(view, "arrival")[-1] == "–"


def column_texts(view: PageView, name: str) -> list[str]:
    """The cells of a column from top to bottom, with plain spaces."""
    cells = view.page.locator(f"td[data-name={name}]").all_inner_texts()
    return [cell.replace("\u202f", " ") for cell in cells]


def test_the_arc_can_be_zoomed_in_and_out(view: PageView) -> None:
    before = view.page.locator("#chart").bounding_box()
    view.page.locator("#closer").click()
    zoomed = view.page.locator("#chart").bounding_box()
    view.page.locator("#farther").click()
    assert before
    assert zoomed
    assert zoomed["width"] == pytest.approx(2 * before["width"], rel=0.05)
    assert view.page.locator("#chart").bounding_box() == before
    assert not view.overflows()


def test_dark_and_light_schemes_have_different_colours(browser: Browser, page: Path) -> None:
    backgrounds = set()
    for scheme in get_args(Scheme):
        with open_page(browser, page, scheme=scheme) as view:
            backgrounds.add(view.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert backgrounds == {"rgb(251, 249, 244)", "rgb(20, 22, 26)"}


def test_the_page_prints_on_a4(view: PageView) -> None:
    pdf = view.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 595" in pdf or b"/MediaBox [0 0 594" in pdf


HOSTILE = (
    "<script>document.title='run'</script> </script></style> --> <img src=x onerror=alert(1)> javascript:alert(1) "
    "{{ 7 * 7 }} ${1} \u202eesrever\u2066 \x00 \x1b[31m &amp; \"'` 😱" + "😀" * 300
)


def hostile_report() -> Report:
    """A report in which all text from outside is hostile."""
    fields = make_report().model_dump()
    fields["title"] = HOSTILE + "x" * 500
    fields["warnings"] = [HOSTILE]
    fields["source"]["name"] = HOSTILE
    fields["settings"] = {"strictness": HOSTILE, HOSTILE: HOSTILE}
    fields["language"] = '"><script>document.title="run"</script>'
    fields["ended"] = HOSTILE
    fields["notes"] = [{"t": 1.0, "line": 1, "text": f"{HOSTILE} Next: {HOSTILE}", "kind": "after"}]
    fields["strength"] = {"t": 1.0, "line": 1, "text": HOSTILE}
    fields["lines"][0] |= {"text": HOSTILE, "target": HOSTILE, "reason": HOSTILE, "verdict": "not_scored"}
    fields["created"] |= {"at": HOSTILE, "take": HOSTILE, "coach_version": HOSTILE}
    fields["model"] |= {"name": HOSTILE, "limit": HOSTILE}
    return Report.model_validate(fields)


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_shown_as_text(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(report_page(hostile_report(), None, PageParts(no_arc=HOSTILE)), encoding="utf-8")
    assert not {"\u202e", "\u2066", "\x00", "\x1b"} & set(path.read_text(encoding="utf-8"))
    with open_page(browser, path, width) as view:
        assert "<script>document.title='run'</script>" in view.page.locator("h1").inner_text()
        assert "{{ 7 * 7 }}" in view.page.locator("td.line-text").inner_text()
        assert view.page.title() != "run"
        assert view.page.locator("main img").count() == 0
        assert view.errors == []
        assert not view.overflows()


@pytest.mark.row(27)
def test_a_hostile_script_reaches_neither_page_nor_drawing(browser: Browser, tmp_path: Path) -> None:
    line = "<script>document.title='run'</script></style></title></svg>"
    script = {"title": line, "lines": [{"text": line, "emotion": "sad", "duration_s": 2}]}
    path = write_report_page(keep_take(tmp_path / "take", script, frames(2, steadily("sad")), end=2.0))
    with open_page(browser, path) as view:
        assert view.page.locator("h1").inner_text() == line
        assert view.page.locator("td.line-text").inner_text() == line
        assert view.page.title().startswith("<script>")
        assert view.errors == []


def long_page(folder: Path) -> Path:
    """The page of a take of two hours, with surprise in its first line."""
    lines = [{"text": f"Line {n}.", "emotion": "sad" if n else "surprise", "duration_s": 72} for n in range(100)]
    observations = frames(7200, steadily("sad"), fps=1)
    return write_report_page(
        keep_take(folder / "long", {"title": "Long", "lines": lines}, observations, card=VIEWERS, end=7200.0)
    )


def scroll_position(view: PageView) -> tuple[float, float]:
    """The scroll position of the arc, and its maximum."""
    left, room = view.page.locator(".scroll").evaluate("e => [e.scrollLeft, e.scrollWidth - e.clientWidth]")
    return left, room


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_take_opens_at_its_start_and_scrolls_with_slider_and_keys(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    with open_page(browser, long_page(tmp_path), width) as view:
        left, room = scroll_position(view)
        assert left == 0
        assert room > 10_000
        view.page.locator("#moment").focus()
        view.page.keyboard.press("End")
        assert scroll_position(view)[0] == pytest.approx(room, abs=2)
        view.page.locator("#moment").fill("3600")
        assert scroll_position(view)[0] == pytest.approx(room / 2, abs=20)
        view.page.keyboard.press("Home")
        assert scroll_position(view)[0] == 0


def test_the_legend_explains_the_dashed_line_and_the_band_of_surprise(browser: Browser, page: Path) -> None:
    with open_page(browser, page) as view:
        legend = view.page.locator("#arc .legend")
        expect(legend).to_contain_text("the typical actor")
        expect(legend).to_contain_text("what most trained actors reach (surprise: photos)")
        expect(view.page.locator("#arc figcaption p")).to_contain_text("The grey band: what trained actors reach.")


def test_the_legend_mentions_surprise_only_where_a_line_asks_for_it(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Sad", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 2}]}
    path = write_report_page(keep_take(tmp_path / "take", script, frames(2, steadily("sad")), card=VIEWERS, end=2.0))
    with open_page(browser, path) as view:
        assert "surprise" not in view.page.locator("#arc .legend").inner_text()


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_the_swatches_of_the_legend_are_distinguishable(browser: Browser, page: Path, scheme: Scheme) -> None:
    with open_page(browser, page, scheme=scheme) as view:
        styles = [
            view.page.locator(f".swatch.{name}").evaluate("e => getComputedStyle(e).borderTopStyle")
            for name in ("actors", "unsure", "median", "enough")
        ]
        assert styles == ["none", "dotted", "dashed", "solid"]


def test_the_figures_of_an_emotion_have_one_source(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "fear: it is found in 84 % of such faces" in text
    assert "<dt>fear</dt><dd>found in 84 % of such faces</dd>" in text
    assert "on new photos" not in text
    assert "<dt>even-handed</dt><dd>rare emotions get the same chance" in text


def test_a_run_without_a_camera_shows_when_lines_were_played(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Alone", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 2}]}
    ticks = [unseen(n / 10, "no camera") for n in range(20)]
    path = write_report_page(
        keep_take(tmp_path / "take", script, ticks, card=None, source=SourceInfo("none", "none", live=True), end=2.0)
    )
    with open_page(browser, path) as view:
        assert "There was no camera" in view.page.locator(".verdict-line").inner_text()
        expect(view.page.locator("svg.arc")).to_be_visible()
        expect(view.page.locator("#arc")).to_contain_text("There was no camera")
        expect(view.page.locator("svg.small")).to_have_count(0)
        expect(view.page.locator("svg text.heading")).to_have_text(["wanted"])
        assert view.errors == []


def test_an_aborted_take_shows_what_was_saved(browser: Browser, tmp_path: Path) -> None:
    lines = [{"text": f"Line {n}.", "emotion": "sad", "duration_s": 2} for n in range(3)]
    path = write_report_page(keep_take(tmp_path / "take", {"title": "Cut", "lines": lines}, frames(3, steadily("sad"))))
    with open_page(browser, path, 375) as view:
        expect(view.page.locator(".warning")).to_contain_text("stopped early")
        expect(view.page.locator("#lines ~ h3")).to_have_text("Why not scored")
        expect(view.page.locator("dt", has_text="not reached")).to_be_visible()
        assert not view.overflows()


def test_gaps_explain_why_the_face_was_not_read(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Gap", "lines": [{"text": "Look away.", "emotion": "sad", "duration_s": 4}]}
    inputs = frames(4, lambda t: unseen(t, "profile") if 1 <= t < 2 else seen(t, "sad"))
    path = write_report_page(keep_take(tmp_path / "take", script, inputs, card=VIEWERS, end=4.0))
    with open_page(browser, path) as view:
        view.page.locator("svg.arc").hover(position=point_at(view, 0.4))
        expect(view.page.locator("#readout")).to_contain_text("the face could not be read: profile")
        assert view.page.locator("svg.arc polyline.strong").count() == 2


WAIT_UNTIL_SOUGHT = """() => new Promise((done) => {
    const video = document.querySelector("video");
    const look = () => video.readyState >= 2 && !video.seeking && done();
    ["loadeddata", "seeked"].forEach((name) => video.addEventListener(name, look));
    look();
})"""
"""Waits until the recording shows the requested moment; the policy of the page forbids Playwright to poll a string."""


def test_a_large_recording_plays_from_a_file_beside_the_page(browser: Browser, tmp_path: Path) -> None:
    script = {"title": "Long", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 19}]}
    take = keep_take(tmp_path / "take", script, frames(19, steadily("sad"), fps=5), end=19.0)
    skipped_box = (MAX_EMBEDDED_BYTES + 8).to_bytes(4, "big") + b"free" + bytes(MAX_EMBEDDED_BYTES)
    (take / "video.mp4").write_bytes(sample_take().read_bytes() + skipped_box)
    path = write_report_page(take)
    with open_page(browser, path) as view:
        view.page.locator("svg.arc").click(position=point_at(view, 0.5))
        view.page.evaluate(WAIT_UNTIL_SOUGHT)
        assert view.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(9.5, abs=0.1)
        assert set(view.requests) == {path.as_uri(), (tmp_path / "take-recording.mp4").as_uri()}
        assert view.errors == []


@pytest.mark.parametrize(("first_t", "shift"), [(0.0, 1.5), (1.5, 0.0)], ids=["earlier version", "this version"])
def test_a_recording_whose_pictures_begin_late_shows_the_moment_of_the_arc(
    browser: Browser, tmp_path: Path, first_t: float, shift: float
) -> None:
    """Players count from the beginning of the file. Takes of earlier versions counted from the first picture."""
    video = write_clip(tmp_path / "late.mp4", steady(240), video_begins=1.5)
    source = SourceInfo("video", video.name, live=False, path=str(video), sha256=sha256_of(video))
    readings = [replace(reading, t=reading.t + first_t) for reading in frames(8, steadily("sad"), fps=5)]
    script = {"title": "Late", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 8}]}
    take = keep_take(tmp_path / "take", script, readings, source=source, end=8.0)
    with open_page(browser, write_report_page(take)) as view:
        view.page.locator("svg.arc").click(position=point_at(view, 0.5))
        view.page.evaluate(WAIT_UNTIL_SOUGHT)
        assert view.page.evaluate("document.querySelector('video').currentTime") == pytest.approx(4 + shift, abs=0.1)
        view.page.evaluate("document.querySelector('video').currentTime = 3")
        expect(view.page.locator("#readout")).to_contain_text(f"0:0{3 - shift:.1f}")


@pytest.fixture(scope="module")
def page_of_200_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = ["مرحبا، أين أنت؟ لا تتركني", "誰も来なかったらどうしよう", "Ce-ai făcut?", "a" * 600]
    emotions = ["sad", "fear > surprise @60%", "happy", ["angry", "disgust"], None]
    lines = [{"text": texts[n % 4], "emotion": emotions[n % 5], "duration_s": 1} for n in range(200)]
    script = {"title": "很长" * 99, "language": "ar", "lines": lines}
    take = tmp_path_factory.mktemp("lines") / "take"
    return write_report_page(keep_take(take, script, frames(200, steadily("fear"), fps=5), end=200.0))


@pytest.mark.parametrize("width", WIDTHS)
def test_two_hundred_lines_in_any_script_fit(browser: Browser, page_of_200_lines: Path, width: int) -> None:
    with open_page(browser, page_of_200_lines, width) as view:
        expect(view.page.locator("table tbody tr")).to_have_count(200)
        assert not view.overflows()
        assert view.errors == []
        assert view.page.locator("td.line-text").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
        view.page.locator("tbody tr .goto").nth(150).click()
        expect(view.page.locator("#readout")).to_contain_text("2:30.0 · line 151")
