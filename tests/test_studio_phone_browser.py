"""The studio on a phone: a real browser of 390 x 844 with touch and a film for a camera, over TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
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
            running.consented = True
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
def take(studio: Studio, phone: Page, phones: Phones) -> str:
    """The path of the page of a take that the phone played with its camera."""
    script = keep_script(studio)
    phone.goto(f"{phones.address}/rehearse?script={script}")
    phone.locator("summary").tap()
    phone.locator("#lead_in_s").select_option("0")
    phone.locator("[name=voice]").uncheck()
    phone.get_by_role("button", name="Rehearse with the camera").tap()
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
    expect(phone.get_by_role("heading")).to_have_text("The studio does not answer")
    phone.context.set_offline(False)
    phone.get_by_role("link", name="Try again").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile("Say your lines"))
