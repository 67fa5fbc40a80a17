"""Eight scripts as actors get them: what an import keeps, counts and leaves out, checked against counts by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from import_help import Pages, dropped, outline, said
from real_scripts import all_scripts

from coach.scripts.importing import import_script
from coach.scripts.importing.report import ImportReport


@dataclass(frozen=True)
class ByHand:
    """What a person counts in a script: scenes, and lines and words of each role; and what may be left out."""

    title: str
    scenes: int
    roles: dict[str, tuple[int, int]]
    left_out: dict[str, int]
    unknown: tuple[str, ...] = ()


COUNTED = {
    "the_last_ferry.fountain": ByHand(
        "THE LAST FERRY",
        4,
        {
            "MARA": (8, 54),
            "DECKHAND #1": (2, 6),
            "DECKHAND #2": (1, 4),
            "CLERK": (3, 7),
            "McTavish": (1, 6),
            "C-3PO": (1, 5),
            "THE CLERK'S WIFE": (1, 5),
        },
        {
            "title page": 6,
            "transition": 4,
            "scene number": 3,
            "section": 1,
            "synopsis": 1,
            "note": 1,
            "comment": 1,
            "page break": 1,
        },
        ("without looking up", "beeping"),
    ),
    "casa_de_pe_deal.fountain": ByHand(
        "Casa de pe deal",
        3,
        {"ȘTEFAN": (3, 14), "ÎNVĂȚĂTOAREA": (2, 9), "BUNICA": (3, 15), "ȘTEFAN ȘI ÎNVĂȚĂTOAREA": (1, 2)},
        {"title page": 1, "transition": 1},
        ("scotocind prin sertar",),
    ),
    "night_shift.fdx": ByHand(
        "NIGHT SHIFT", 2, {"DR. OSEI": (5, 21), "NURSE PAVEL": (2, 10), "DRIVER": (1, 6)}, {"transition": 2}
    ),
    "the_interview.fdx": ByHand(
        "the interview",
        2,
        {"MS. TAN": (1, 9), "LEO": (2, 10), "MUM": (1, 6), "ELEVATOR": (1, 6), "LEO / MUM": (1, 1)},
        {},
    ),
    "the_orchard.docx": ByHand(
        "The Orchard",
        2,
        {"IRINA": (3, 20), "TOMA": (2, 11)},
        {"deleted with tracked changes": 1, "header": 1},
    ),
    "winter_light.pdf": ByHand(
        "WINTER LIGHT",
        2,
        {"HELEN": (2, 21), "YOUNG PRIEST": (2, 11)},
        {
            "title page": 3,
            "page number": 2,
            "scene number": 2,
            "text across the page (a watermark)": 2,
            "mark of a page break": 3,
            "name repeated after a page break": 1,
            "transition": 1,
        },
    ),
    "two_chairs.pdf": ByHand(
        "TWO CHAIRS",
        1,
        {"ANNA": (3, 26), "BEN": (2, 6)},
        {"title page": 6, "the same on many pages (a header, a footer or a watermark)": 2},
    ),
    "table_read.txt": ByHand(
        "table read", 2, {"NORA": (4, 30), "JOE": (4, 30), "DOORMAN": (2, 11), "NORA AND JOE": (1, 3)}, {}
    ),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImportReport]:
    paths = all_scripts(tmp_path_factory.mktemp("scripts"))
    return {name: import_script(path) for name, path in paths.items()}


@pytest.mark.parametrize("name", COUNTED)
def test_the_report_counts_what_a_person_counts(name: str, reports: dict[str, ImportReport]) -> None:
    report, by_hand = reports[name], COUNTED[name]
    assert report.script.title == by_hand.title
    assert len(report.scenes) == by_hand.scenes
    assert {role.name: (role.lines, role.words) for role in report.roles} == by_hand.roles
    assert tuple(tag.text for tag in report.unknown) == by_hand.unknown
    left_out = [about for about, _ in dropped(report)]
    assert {about: left_out.count(about) for about in left_out} == by_hand.left_out


def test_every_script_is_counted(reports: dict[str, ImportReport]) -> None:
    assert set(reports) == set(COUNTED)


def test_a_speech_over_two_pages_is_one_line_without_the_marks_of_the_break(reports: dict[str, ImportReport]) -> None:
    assert said(reports["winter_light.pdf"])[2] == ("HELEN", "Because I can see your face when I do.")


def test_a_running_head_is_in_no_speech(reports: dict[str, ImportReport]) -> None:
    """Two pages with a head are enough if its number counts up with them."""
    assert not any("TWO CHAIRS" in row for row in outline(reports["two_chairs.pdf"]))


def test_headings_that_begin_each_page_are_no_running_head(tmp_path: Path) -> None:
    pages = Pages()
    for number in (1, 2):
        pages.new_page()
        pages.pdf.text(72, 36, f"SCENE {number}")
        pages.rows(72, ["ANNA: Good morning.", "BEN: Good night."])
    assert import_script(pages.save(tmp_path / "play.pdf")).scenes == ("SCENE 1", "SCENE 2")


def test_paragraphs_of_a_document_stay_apart_and_number_words_head_scenes(reports: dict[str, ImportReport]) -> None:
    rows = outline(reports["the_orchard.docx"])
    assert rows[4:6] == ["scene SCENE ONE", "action A garden. Late afternoon. A ladder leans against a dead tree."]
    assert "TOMA: I am not selling it." in rows, "with the insertion, without the deletion"
