"""The studio on a phone: a real browser of 390 x 844 with touch and a film for a camera, over TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from axe_help import SERIOUS, faults
from axe_playwright_python.sync_playwright import Axe
from cli_help import environment
from page_help import CHROMIUM, FLAGS, needs_chromium
from playwright.sync_api import Browser, Page, expect, sync_playwright
from studio_help import face_pictures, keep_script, serving

from coach.studio.phone.pairing import Phones
from coach.studio.phone.serving import PhoneSide
from coach.studio.state import Studio

pytestmark = needs_chromium

LIMIT_MS = 20_000

PORTRAIT, LANDSCAPE, NARROW = (390, 844), (844, 390), (320, 640)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("phone")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        with closing(PhoneSide(["127.0.0.1"], 0)) as side, serving(None, side) as running:
            yield running


@pytest.fixture(scope="module")
def phones(studio: Studio) -> Phones:
    assert studio.phones is not None
    return studio.phones


@pytest.fixture(scope="module")
def camera_browser(tmp_path_factory: pytest.TempPathFactory, short_take: Path) -> Iterator[Browser]:
    """A browser that trusts every certificate, and whose camera is the sample take."""
    film = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    film.write_bytes(b"".join(face_pictures(short_take, 24)))
    camera = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with sync_playwright() as driver:
        flags = [*FLAGS, *camera, "--ignore-certificate-errors"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def phone(phones: Phones, camera_browser: Browser) -> Page:
    """The browser of a phone that scanned the code."""
    width, height = PORTRAIT
    page = camera_browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
        permissions=["camera"],
    ).new_page()
    page.set_default_timeout(LIMIT_MS)
    expect.set_options(timeout=LIMIT_MS)
    page.goto(phones.entry_address)
    return page


@pytest.fixture(scope="module")
def script(studio: Studio) -> str:
    return keep_script(studio)


@pytest.fixture(scope="module")
def take(script: str, phone: Page, phones: Phones) -> str:
    """The path of the page of a take that the phone played with its camera."""
    phone.goto(f"{phones.address}/rehearse?script={script}")
    phone.locator("summary").tap()
    phone.locator("#lead_in_s").select_option("0")
    phone.locator("#sound").select_option("off")
    phone.get_by_role("button", name="Rehearse with the camera").tap()
    expect(phone.locator("#consent-text")).to_contain_text("through your Wi-Fi to the computer")
    phone.get_by_role("button", name="Allow the camera").tap()
    phone.get_by_role("button", name="Begin").tap()
    phone.wait_for_url("**/takes/*")
    return phone.url.removeprefix(phones.address)


def test_a_script_is_rehearsed_with_the_camera_of_the_phone(take: str, phone: Page, phones: Phones) -> None:
    phone.goto(phones.address + take)
    expect(phone.frame_locator("iframe").first.locator("body")).to_contain_text("They said by morning.")


def test_the_installed_studio_keeps_only_its_shell(take: str, phone: Page, phones: Phones) -> None:
    for path in ("/", take, "/takes", "/rehearse"):
        phone.goto(phones.address + path)
    phone.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    phone.goto(phones.address + take)
    assert phone.evaluate("navigator.serviceWorker.controller !== null")
    kept = phone.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    assert "/static/stage.js" in kept
    assert all(path.startswith("/static/") for path in kept)
    assert take not in kept


def test_the_studio_can_be_installed(phone: Page, phones: Phones) -> None:
    phone.goto(phones.address)
    session = phone.context.new_cdp_session(phone)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert '"display": "standalone"' in manifest["data"]
    errors = {error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors <= {"in-incognito"}, "Playwright's windows are private ones, from which nothing is installed"


def test_without_the_computer_the_phone_says_what_to_do(phone: Page, phones: Phones) -> None:
    phone.goto(phones.address)
    phone.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    phone.reload()
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_role("heading").first).to_have_text("The studio does not answer")
    phone.context.set_offline(False)
    phone.get_by_role("link", name="Try again").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile("Say your lines"))


def pages(script: str, take: str) -> list[str]:
    return [
        "/",
        "/scripts",
        "/scripts/new",
        f"/scripts/{script}",
        "/rehearse",
        "/mirror",
        "/actors",
        "/takes",
        take,
        "/phone/trust",
    ]


def set_text_size(page: Page, percent: int) -> None:
    """Set the size of text as the settings of the browser do; 16 px are 100 %."""
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 16 * percent // 100}})


WIDER = "document.documentElement.scrollWidth - innerWidth"

TOO_SMALL = """
() => [...document.querySelectorAll("a, button, select, input:not([type=checkbox]), summary")]
  .filter((thing) => thing.checkVisibility() && !thing.closest(".skip, .unseen"))
  .filter((thing) => thing.getBoundingClientRect().height < 40)
  .map((thing) => thing.outerHTML)
"""

COVERED = """
() => [...document.querySelectorAll("nav a")].filter((link) => {
  const { left, top, width, height } = link.getBoundingClientRect();
  return !link.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((link) => link.textContent)
"""


LOOKS = ((PORTRAIT, 100), (LANDSCAPE, 100), (NARROW, 100), (PORTRAIT, 200))
"""Sizes of the screen in pixels, and of the text in percent."""


HARDEST = ((NARROW, 100), (PORTRAIT, 200))


def looks(page: Page, wanted: Sequence[tuple[tuple[int, int], int]] = LOOKS) -> Iterator[tuple[tuple[int, int], int]]:
    """Show the page in each of the sizes; in the end as it was."""
    for (width, height), percent in wanted:
        page.set_viewport_size({"width": width, "height": height})
        set_text_size(page, percent)
        yield (width, height), percent
    set_text_size(page, 100)
    page.set_viewport_size({"width": PORTRAIT[0], "height": PORTRAIT[1]})


def test_every_page_fits_the_phone_and_axe_finds_no_serious_fault_by_day_or_night(
    script: str, take: str, phone: Page, phones: Phones
) -> None:
    in_dark = {**SERIOUS, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
    for path in pages(script, take):
        phone.goto(phones.address + path)
        for size, percent in looks(phone, HARDEST):
            assert phone.evaluate(WIDER) <= 0, (path, size, percent)
            assert phone.evaluate(COVERED) == [], (path, size, percent)
            assert phone.evaluate(TOO_SMALL) == [], (path, size, percent)
        for scheme, options in (("light", SERIOUS), ("dark", in_dark)):
            phone.emulate_media(color_scheme=scheme)
            assert faults(Axe().run(phone, options=options)) == [], (path, scheme)
    phone.emulate_media(color_scheme="light")


def open_stage(script: str, phone: Page, phones: Phones) -> None:
    """Begin a take without a camera in which keys and taps end the lines."""
    phone.goto(phones.address)
    wish = {"script": script, "source": "none", "advance": "key", "lead_in_s": 0}
    asked = "wish => fetch('/api/takes', {method: 'POST', body: JSON.stringify(wish)}).then(answer => answer.json())"
    phone.goto(phones.address + phone.evaluate(asked, wish)["path"])
    phone.get_by_role("button", name="Begin").tap()
    expect(phone.locator("#number")).to_have_text("line 1 of 2")


def swipe(page: Page, by: int) -> None:
    """Move a finger sideways over the line, by this many pixels."""
    box = page.locator("#tap").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + by, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_take_is_played_by_thumb_and_keeps_the_screen_awake(script: str, phone: Page, phones: Phones) -> None:
    phone.add_init_script("navigator.wakeLock.request = async (kind) => { window.awake = kind; };")
    open_stage(script, phone, phones)
    assert phone.evaluate("window.awake") == "screen"
    with phone.expect_request("**/command") as repeated:
        swipe(phone, 120)
    assert repeated.value.post_data_json["name"] == "repeat"
    phone.locator("#tap").tap()
    expect(phone.locator("#number")).to_have_text("line 2 of 2")
    phone.locator("#look-reading").select_option("bars")  # more than a screen
    for size, percent in looks(phone):
        phone.evaluate("scrollTo(0, 0)")
        assert phone.evaluate(WIDER) <= 0, (size, percent)
        for name in ("Pause", "Repeat", "End") if percent == 100 else ():
            expect(phone.get_by_role("button", name=name)).to_be_in_viewport()
    assert faults(Axe().run(phone, options=SERIOUS)) == []
    phone.locator("#look-text").select_option("1.8")  # much more than a screen
    phone.get_by_role("button", name="Pause").tap()
    expect(phone.locator("#held")).to_be_visible()
    phone.evaluate("scrollTo(0, 0)")
    bottom, top = (phone.locator(name).bounding_box() for name in ("#held", ".desk"))
    assert bottom is not None
    assert top is not None
    assert bottom["y"] + bottom["height"] <= top["y"], "no button covers that the take is paused"
    phone.get_by_role("button", name="End").tap()
    phone.wait_for_url("**/takes/*")


def test_the_mirror_begins_without_scrolling(phone: Page, phones: Phones) -> None:
    phone.goto(f"{phones.address}/mirror")
    expect(phone.locator("#begin")).to_be_in_viewport(ratio=1)


def test_axe_finds_no_serious_fault_on_the_page_that_pairs(studio: Studio, camera_browser: Browser) -> None:
    laptop = camera_browser.new_page()
    laptop.goto(studio.access.entry_address)
    laptop.goto(f"{studio.access.address}/phone")
    assert faults(Axe().run(laptop, options=SERIOUS)) == []
    laptop.close()
