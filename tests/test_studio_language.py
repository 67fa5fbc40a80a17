"""The language of the studio: the button in the header chooses it, in a real browser on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_help import SERIOUS, faults
from axe_playwright_python.sync_playwright import Axe
from cli_help import environment
from messages_help import speaking_romanian
from page_help import launch_browser, needs_chromium
from playwright.sync_api import Browser, Page, expect
from studio_help import make_studio, serving, visitor

from coach.app.language import preferred_language
from coach.base.messages import LANGUAGES, language, use_language
from coach.studio.state import Studio

pytestmark = needs_chromium

ROMANIAN = {
    "Rehearse": "Repetă",
    "Say your lines. See what the camera reads.": "Spune-ți replicile. Vezi ce citește camera.",
    "The studio is closed. You can close this tab.": "Studioul s-a închis. Poți închide și fila.",
}


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    with serving() as running:
        yield running
    use_language("en")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as launched:
        yield launched


@pytest.fixture
def page(studio: Studio, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(studio.access.entry_address)
    yield page
    page.close()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[None]:
    """Three translations in place of all."""
    with speaking_romanian(tmp_path, ROMANIAN):
        use_language("en", tmp_path)
        yield


@pytest.mark.usefixtures("catalogue")
def test_the_button_in_the_header_changes_pages_and_scripts_and_the_choice_is_kept(page: Page) -> None:
    page.get_by_role("button", name="Română").click()
    expect(page.locator("html")).to_have_attribute("lang", "ro")
    expect(page.locator("h1")).to_have_text("Spune-ți replicile. Vezi ce citește camera.")
    expect(page.get_by_role("navigation").get_by_role("link", name="Repetă")).to_be_visible()
    assert preferred_language({}) == "ro"
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Say your lines. See what the camera reads.")
    assert preferred_language({"LANG": "ro_RO.UTF-8"}) == "en"
    page.get_by_role("button", name="Română").click()
    expect(page.locator("html")).to_have_attribute("lang", "ro")
    page.locator("#stop").click()
    expect(page.locator(".closed")).to_have_text("Studioul s-a închis. Poți închide și fila.")


ONE_ROW = """
() => new Set([...document.querySelectorAll(".top > .mark, .top > button")].map((each) => {
  const { top, height } = each.getBoundingClientRect();
  return Math.round(top + height / 2);
})).size
"""


def test_the_header_stays_one_row_in_every_language_and_axe_finds_no_serious_fault(page: Page) -> None:
    for each in LANGUAGES:
        use_language(each)
        page.reload(wait_until="networkidle")
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width, (each, width)
            assert page.evaluate(ONE_ROW) == 1, (each, width)
        assert faults(Axe().run(page, options=SERIOUS)) == [], each


@pytest.mark.usefixtures("user_home")
@pytest.mark.parametrize("unknown", ["tlh", "", "../../ro"])
def test_a_language_without_messages_is_refused_and_nothing_changes(unknown: str) -> None:
    with visitor(make_studio()) as client:
        refused = client.post("/api/language", json={"language": unknown})
    assert (refused.status_code, refused.json()) == (400, {"error": "There is only English, Română."})
    assert (language(), preferred_language({})) == ("en", "en")
