"""Pages that stand alone, in another language: their scripts speak it too, and tables for programs stay in English."""

from __future__ import annotations

from pathlib import Path

from cli_help import Demo, copy_take
from core_help import line, mixed, report_of, timeline
from messages_help import speaking_romanian
from page_help import needs_chromium, open_page, write_report_page
from playwright.sync_api import Browser, expect

from coach.pages.render import tr_html
from coach.pages.tables import lines_csv

WORDS = {
    "Line by line": "Replică cu replică",
    "line {number}": "replica {number}",
    "the camera reads {emotion}": "camera citește {emotion}",
    "fear": "frică",
    "too much": "prea mult",
    "attempt {number}": "încercarea {number}",
    ("{count:,} prompt", "{count:,} prompts"): ("o suflare", "{count:,} suflări", "{count:,} de suflări"),
    "See <em>{name}</em>": "Vezi <em>{name}</em>",
}


@needs_chromium
def test_the_page_and_its_scripts_speak_the_language_in_which_the_page_was_made(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    with speaking_romanian(tmp_path / "catalogue", WORDS):
        page = write_report_page(copy_take(demo.take, tmp_path))
    with open_page(browser, page) as view:
        expect(view.page.locator("html")).to_have_attribute("lang", "ro")
        expect(view.page.locator("#lines")).to_have_text("Replică cu replică")
        arc = view.page.locator("svg.arc")
        box = arc.bounding_box()
        assert box is not None
        arc.hover(position={"x": box["width"] * 0.39, "y": 150})
        expect(view.page.locator("#readout")).to_contain_text("replica 2 · camera citește frică")
        assert (view.errors, view.requests) == ([], [page.as_uri()])


def test_a_table_for_other_programs_is_the_same_in_every_language(tmp_path: Path) -> None:
    report = report_of(timeline((line("Who?", "fear"), 4)), lambda t: mixed(t, fear=0.9))
    changes = {"attempts": 2, "prompts": 1, "intensity": "too much"}
    report = report.model_copy(update={"lines": [report.lines[0].model_copy(update=changes)]})
    english = lines_csv(report)
    assert "too much, attempt 2, 1 prompt" in english
    with speaking_romanian(tmp_path, WORDS):
        assert lines_csv(report) == english


def test_values_in_a_message_with_markup_are_escaped_and_cleaned(tmp_path: Path) -> None:
    with speaking_romanian(tmp_path, WORDS):
        assert tr_html("See <em>{name}</em>", name="<b>\x1bAda") == "Vezi <em>&lt;b&gt;Ada</em>"
