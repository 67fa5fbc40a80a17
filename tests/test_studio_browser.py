"""The studio by clicks alone, in a real browser with a film for a camera, on a real server."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest
from cli_help import environment
from page_help import CHROMIUM, FLAGS, needs_chromium
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright
from studio_help import SCENE, face_pictures, keep_script, serving
from voice_help import HAS_ENGINE, needs_espeak

from coach.studio.live_take import LiveTake
from coach.studio.stage_view import State
from coach.studio.state import Studio
from coach.takes.report_file import load_report
from coach.voice.engines import Speech, SystemEngine

pytestmark = needs_chromium

LIMIT_MS = 20_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("studio")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        with serving() as running:
            yield running


def _write_speech(path: Path) -> None:
    """Write a sentence, with silence before and after it."""
    engine = SystemEngine()
    engine.render(Speech("I said that I would be here tonight.", "gmw/en", 150), path)
    engine.close()
    with wave.open(str(path)) as file:
        settings, spoken = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(settings)
        file.writeframes(bytes(settings.framerate) + spoken + bytes(settings.framerate * 6))


@pytest.fixture(scope="module")
def camera_browser(tmp_path_factory: pytest.TempPathFactory, short_take: Path) -> Iterator[Browser]:
    """A browser whose camera is the sample take, and whose microphone hears a sentence again and again."""
    folder = tmp_path_factory.mktemp("film")
    if HAS_ENGINE:
        _write_speech(folder / "speech.wav")
    film = folder / "camera.mjpeg"
    film.write_bytes(b"".join(face_pictures(short_take, 24)))
    camera = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
        f"--use-file-for-fake-audio-capture={folder / 'speech.wav'}",
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(studio: Studio, camera_browser: Browser) -> Page:
    """The one tab of the user, who opened the printed address."""
    page = camera_browser.new_context(
        reduced_motion="reduce", permissions=["camera"], viewport={"width": 800, "height": 600}
    ).new_page()
    page.set_default_timeout(LIMIT_MS)
    expect.set_options(timeout=LIMIT_MS)  # other tests run at the same time
    page.goto(studio.access.entry_address)
    return page


@pytest.fixture
def page(tab: Page, studio: Studio) -> Iterator[Page]:
    """The tab at the start page; a test fails on errors of scripts and on what the policy of a page refuses."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            errors.append(message.text)

    tab.on("console", note)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(studio.access.address)
    yield tab
    tab.remove_listener("console", note)
    assert errors == []


def test_the_sample_take_is_played_by_one_click_loaded_anew_and_its_report_read(page: Page, studio: Studio) -> None:
    page.get_by_role("button", name="Try it with the sample take").click()
    expect(page.locator("#line")).to_contain_text("They said by morning")
    expect(page.locator("#number")).to_have_text("line 1 of 5")
    expect(page.locator("#reading")).to_contain_text(re.compile("on target|nearly|off target"))
    page.keyboard.press("p")
    expect(page.locator("#held")).to_contain_text("Paused")
    page.keyboard.press("p")
    expect(page.locator("#held")).to_be_hidden()
    page.reload()
    expect(page.locator("#number")).to_have_text(re.compile("line [1-5] of 5"))
    page.get_by_role("button", name="End").click()
    page.wait_for_url("**/takes/*")
    expect(page.frame_locator("iframe").first.locator("h1")).to_have_text("Waiting for news")
    assert load_report(studio.takes.takes()[0] / "report.json").ended == "quit"


def test_a_script_is_pasted_tagged_rehearsed_with_the_camera_and_its_report_read(page: Page, studio: Studio) -> None:
    page.get_by_role("link", name="Scripts").first.click()
    page.get_by_role("link", name="Bring in a script").click()
    page.locator("#text").fill("They said by morning.")
    page.get_by_role("button", name="Use this text").click()
    page.locator(".item [data-emotion=sad]").click()
    page.locator(".item summary").click()
    page.locator(".item .length").fill("0")
    page.locator("#save").click()
    expect(page.locator(".item .mistakes")).to_contain_text("length")
    page.locator(".item .length").fill("0.6")
    page.locator("#save").click()
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.locator("#rehearse").click()
    page.locator("summary").click()
    page.locator("#lead_in_s").select_option("0")
    page.locator("#sound").select_option("off")
    page.get_by_role("button", name="Rehearse with the camera").click()
    expect(page.locator("#consent-text")).to_contain_text("What is kept")
    page.get_by_role("button", name="Allow the camera").click()
    expect(page.locator("#reading")).to_have_text("The camera reads your face.")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/takes/*")
    expect(page.frame_locator("iframe").first.locator("body")).to_contain_text("They said by morning.")
    report = load_report(studio.takes.takes()[0] / "report.json")
    assert report.source.name == "camera of the browser"
    assert (report.ended, report.lines[0].targets, report.lines[0].coverage > 0.3) == ("finished", ["sad"], True)


def test_a_camera_that_the_browser_refuses_is_said_and_can_be_tried_again(page: Page, studio: Studio) -> None:
    studio.consented = True
    page.context.clear_permissions()
    page.get_by_role("link", name="Rehearse", exact=True).click()
    page.get_by_role("button", name="Rehearse with the camera").click()
    expect(page.locator("#line")).to_contain_text("does not let this page use the camera")
    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#begin")).to_have_text("Begin")


def test_the_mirror_reads_the_camera_and_saves_a_snapshot(page: Page, studio: Studio) -> None:
    studio.consented = True
    page.get_by_role("link", name="Mirror").first.click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".face.chosen")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save a snapshot").click()
    assert cv2.imread(str(saved.value.path())) is not None
    page.get_by_role("button", name="End").click()


UNPLUG = """() => {
  const media = navigator.mediaDevices;
  media.getUserMedia = async () => { throw new DOMException("", "NotFoundError"); };
  const [track] = document.getElementById("video").srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
  media.dispatchEvent(new Event("devicechange"));
}"""
"""What a browser tells a page when its only camera is unplugged."""

PLUG_IN = """() => {
  delete navigator.mediaDevices.getUserMedia;
  for (const device of ["camera", "microphone"]) navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""


def _state_when(take: LiveTake, reached: Callable[[State], bool]) -> State:
    """The first state of `take` for which `reached` is true."""
    state = take.state()
    while not reached(state):
        assert not state["over"]
        state = take.state(state["version"], 1.0)
    return state


def test_a_take_waits_for_a_camera_that_was_unplugged_and_goes_on_with_it(page: Page, studio: Studio) -> None:
    studio.consented = True
    script = keep_script(studio, {"title": "Unplugged", "lines": [{"text": "They said.", "duration_s": 60}]})
    _choose(page, studio, script, advance="key")
    page.get_by_role("button", name="Rehearse with the camera").click()
    held = page.locator("#held")
    expect(page.locator("#reading")).to_have_text("The camera reads your face.")
    page.evaluate(UNPLUG)
    expect(held).to_contain_text("The camera was unplugged.")
    page.evaluate(PLUG_IN)
    expect(held).to_be_hidden()
    page.get_by_role("button", name="Begin").click()
    page.locator("#stage[data-phase=line]").wait_for()
    assert studio.take is not None
    _state_when(studio.take, lambda state: state["t"] > 0)
    page.evaluate(UNPLUG)
    stopped = _state_when(studio.take, lambda state: state["held"])
    assert studio.take.state(stopped["version"], 1.0)["t"] == stopped["t"], "the clock stands still"
    expect(held).to_contain_text("The camera was unplugged.")
    page.evaluate(PLUG_IN)
    expect(held).to_be_hidden()
    _state_when(studio.take, lambda state: state["t"] > stopped["t"])
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/takes/*")
    report = load_report(studio.takes.takes()[0] / "report.json")
    assert report.ended == "finished"
    assert [warning for warning in report.warnings if "no picture" in warning.lower()]


def test_a_calibration_begins_with_a_prompt_and_keeps_nothing_when_it_is_ended(page: Page, studio: Studio) -> None:
    studio.consented = True
    page.get_by_role("link", name="Rehearse", exact=True).click()
    page.get_by_role("link", name="Show it in two minutes").click()
    page.get_by_label("Say aloud").uncheck()
    page.get_by_role("button", name="Begin with the camera").click()
    expect(page.locator("#number")).to_have_text("1 of 17")
    expect(page.locator("#said")).to_contain_text("Let your face rest")
    page.get_by_role("button", name="End without").click()
    expect(page.locator("#toast")).to_have_text("Nothing is kept.")
    expect(page.locator("#guide")).to_be_hidden()


def test_a_drill_plays_what_is_due_passage_by_passage_and_keeps_the_takes(page: Page, studio: Studio) -> None:
    lines = [{"text": f"Line {number}.", "duration_s": 0.3} for number in range(1, 6)]
    script = keep_script(
        studio,
        {"title": "Drill", "lines": [{**lines[0], "emotion": "sad"}, *lines[1:4], {**lines[4], "emotion": "sad"}]},
    )
    page.goto(f"{studio.access.address}/rehearse?script={script}")
    page.locator("summary").click()
    page.locator("#lead_in_s").select_option("0")
    page.locator("#sound").select_option("off")
    page.get_by_role("button", name="Drill lines").click()
    expect(page.locator("#drill-tasks li")).to_have_count(2)
    expect(page.locator("#drill-about")).to_contain_text("To play: line 1, then lines 4-5.")
    page.get_by_label("Lines", exact=True).select_option("random")
    expect(page.locator("#drill-about")).to_contain_text("In random order: line")
    page.get_by_label("Lines", exact=True).select_option("due")
    expect(page.locator("#drill-tasks li")).to_have_count(2)
    page.locator("#drill").get_by_role("button", name="Without a camera").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#drill-about")).to_have_text("Passage 2 of 2: lines 4-5.")
    page.get_by_role("button", name="Play it").click()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/takes")
    played = [load_report(take / "report.json").lines for take in studio.takes.takes()[:2]]
    assert [[line.text for line in lines] for lines in played] == [["Line 4.", "Line 5."], ["Line 1."]]
    page.goto(f"{studio.access.address}/rehearse#drill")
    expect(page.locator("#drill")).to_be_hidden()


def _choose(page: Page, studio: Studio, script: str, **choices: str) -> None:
    page.goto(f"{studio.access.address}/rehearse?script={script}")
    page.locator("summary").click()
    for name, value in {"lead_in_s": "0", **choices}.items():
        page.locator(f"#{name}").select_option(value)


def _begin(page: Page, studio: Studio, script: str, **choices: str) -> None:
    _choose(page, studio, script, **choices)
    page.get_by_role("button", name="Without a camera").click()
    page.get_by_role("button", name="Begin").click()


@needs_espeak
def test_the_browser_plays_the_line_of_a_partner_and_goes_on(page: Page, studio: Studio) -> None:
    sounds: list[Response] = []
    page.on("response", lambda answer: sounds.append(answer) if "/sound/" in answer.url else None)
    said: list[str] = []
    page.on("request", lambda asked: said.append(asked.post_data_json["what"]) if "/heard" in asked.url else None)
    _begin(page, studio, keep_script(studio, SCENE), role="BEN")
    page.locator("#stage[data-phase=line]").wait_for()
    expect(page.locator("#line")).to_have_text("Me.")
    assert sounds[0].headers["content-type"] == "audio/wav"
    assert said == ["began", "ended"]
    with page.expect_request(lambda asked: "ended" in (asked.post_data or "")):
        page.keyboard.press("l")
    assert len(sounds) == 2
    page.keyboard.press("q")
    page.wait_for_url("**/takes/*")


@needs_espeak
def test_the_browser_without_a_microphone_says_that_a_tap_ends_a_line(page: Page, studio: Studio) -> None:
    page.context.clear_permissions()
    _begin(page, studio, keep_script(studio, SCENE), role="ANNA", advance="voice", sound="off")
    expect(page.locator("#toast")).to_contain_text("use the microphone. Space or a tap ends a line.")
    page.locator("#stage[data-phase=line]").wait_for()
    page.keyboard.press("q")
    page.wait_for_url("**/takes/*")


@needs_espeak
def test_who_reads_in_sees_the_line_of_the_partner_large_and_taps(page: Page, studio: Studio) -> None:
    script = keep_script(studio, SCENE)
    _begin(page, studio, script, role="BEN", partner="off", show="none", sound="off")
    expect(page.locator("#line")).to_have_text("Who is there?")
    expect(page.locator("#cue")).to_have_text("ANNA, for who reads in:")
    expect(page.locator("#waits")).to_have_text("Tap when you have read it, or press space.")
    page.locator("#tap").click()
    page.locator("#stage[data-phase=line]").wait_for()
    expect(page.locator("#line")).not_to_contain_text("Who is there?")
    page.keyboard.press("q")
    page.wait_for_url("**/takes/*")


@needs_espeak
def test_a_spoken_line_ends_by_the_microphone_of_the_browser(page: Page, studio: Studio) -> None:
    page.context.grant_permissions(["camera", "microphone"])
    lines = [{"text": "I said that I would be here tonight.", "duration_s": 60}, {"text": "Me.", "duration_s": 60}]
    script = keep_script(studio, {"title": "Heard", "lines": lines})
    _begin(page, studio, script, advance="voice", sound="off")
    expect(page.locator("#hearing")).to_have_text("hears you")
    assert float(page.locator("#level").evaluate("meter => meter.value")) > 0.3
    expect(page.locator("#number")).to_have_text("line 2 of 2")
    page.keyboard.press("q")
    page.wait_for_url("**/takes/*")


def test_the_first_page_is_light_narrow_and_asks_only_this_machine(page: Page, studio: Studio) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(studio.access.address, wait_until="networkidle")
    sized = "performance.getEntries().filter(e => e.decodedBodySize).map(e => [e.name, e.decodedBodySize])"
    loaded = page.evaluate(sized)
    assert all(name.startswith(studio.access.address) for name, _ in loaded)
    assert len(loaded) >= 5
    assert sum(size for _, size in loaded) <= 300_000
    for path in ("/", "/scripts", "/rehearse", "/takes"):
        page.goto(studio.access.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
