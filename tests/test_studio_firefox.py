"""The studio in Firefox: its pages, the sample take to its report, and the camera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_help import environment
from firefox_help import Firefox, needs_firefox, running_firefox
from studio_help import serving

from coach.studio.state import Studio
from coach.takes.report_file import load_report

pytestmark = needs_firefox


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("studio")).items():
            patch.setenv(name, value)
        with serving() as running:
            yield running


@pytest.fixture(scope="module")
def firefox(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with running_firefox(tmp_path_factory.mktemp("firefox") / "profile") as running:
        running.open(studio.access.entry_address)
        yield running


@pytest.mark.parametrize("path", ["/", "/scripts", "/scripts/new", "/rehearse", "/mirror", "/takes", "/actors"])
def test_the_pages_have_their_style_and_their_scripts_run(path: str, firefox: Firefox, studio: Studio) -> None:
    firefox.open(studio.access.address + path)
    assert firefox.wait_for("document.styleSheets.length >= 2 && document.querySelector('h1').textContent")
    assert firefox.wait_for("document.getElementById('stop').disabled === false")


def test_the_sample_take_is_played_and_its_report_read(firefox: Firefox, studio: Studio) -> None:
    firefox.open(studio.access.address)
    firefox.click("[data-start]")
    assert firefox.wait_for("/on target|nearly|off target/.test(document.getElementById('reading')?.textContent)")
    firefox.click("[data-command=quit]")
    assert firefox.wait_for("document.querySelector('iframe')?.contentDocument?.querySelector('h1')?.textContent")
    assert load_report(studio.takes.takes()[0] / "report.json").ended == "quit"


def test_the_mirror_reads_the_camera(firefox: Firefox, studio: Studio) -> None:
    studio.consented = True
    firefox.open(f"{studio.access.address}/mirror")
    firefox.click("#begin")
    assert "no face" in str(firefox.wait_for("document.getElementById('people').textContent.trim()")).lower()
