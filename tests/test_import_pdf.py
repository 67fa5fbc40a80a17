"""PDFs: rows rebuilt from the places of the characters, what belongs to the page left out and listed, and refusals."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st
from import_help import ACTION, ASIDE, NAME, SPEECH, Pages, dropped, outline, refusal, said

from coach.scripts.importing import import_script, pdf
from coach.scripts.importing.pdf_rows import Char, lines_of, rows_of


def screenplay() -> Pages:
    """A page that has everything that belongs to a screenplay."""
    pages = Pages()
    pages.row(72, "12", (ACTION, "INT. KITCHEN - NIGHT"), (520, "12"))
    pages.blank()
    pages.rows(ACTION, ["ANNA comes in with a lamp. She looks at the", "table and sits."])
    pages.blank()
    pages.rows(ACTION, ["A LOUD CRASH", "shakes the house."])
    pages.blank()
    pages.row(NAME, "BEN (O.S.)")
    pages.row(ASIDE, "(sadly, to")
    pages.row(ASIDE + 7, "ANNA)")
    pages.row(SPEECH, "You came back. I did not", (560, "*"))
    pages.row(SPEECH, "think you would.")
    return pages


def test_a_page_of_a_screenplay(tmp_path: Path) -> None:
    report = import_script(screenplay().save(tmp_path / "a.pdf"))
    assert outline(report) == [
        "scene INT. KITCHEN - NIGHT",
        "action ANNA comes in with a lamp. She looks at the table and sits.",
        "action A LOUD CRASH shakes the house.",
        "BEN: You came back. I did not think you would.",
    ]
    assert str(report.script.spoken[0].target) == "sad"


def test_a_speech_over_two_pages_is_one_and_the_marks_of_the_break_are_listed(tmp_path: Path) -> None:
    pages = screenplay()
    pages.speech("ANNA", "This is long")
    pages.row(NAME, "(MORE)")
    pages.row(480, "(CONTINUED)")
    pages.new_page()
    pages.pdf.text(520, 36, "2.")
    pages.row(ACTION, "CONTINUED:")
    pages.speech("ANNA (CONT'D)", "and goes on.")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert said(report)[-1] == ("ANNA", "This is long and goes on.")
    left_out = [text for about, text in dropped(report) if about != "scene number"]
    assert left_out == ["2.", "(MORE)", "(CONTINUED)", "CONTINUED:", "ANNA (CONT'D)"]


def test_a_speech_that_a_page_break_divides_without_marks_is_one(tmp_path: Path) -> None:
    pages = screenplay()
    pages.speech("ANNA", "This is long")
    pages.new_page()
    pages.row(SPEECH, "and goes on.")
    pages.blank()
    pages.row(ACTION, "She goes.")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert outline(report)[-2:] == ["ANNA: This is long and goes on.", "action She goes."]


def test_title_page_watermark_header_and_page_numbers_are_left_out_and_listed(tmp_path: Path) -> None:
    pages = Pages()
    for x, y, text in ((250, 280, "THE LONG NIGHT"), (260, 320, "written by"), (265, 344, "A. Nobody")):
        pages.pdf.text(x, y, text)
    for number in (2, 3, 4):
        pages.new_page()
        pages.pdf.text(108, 36, f"Draft of 1 May - {number}")
        pages.pdf.text(300, 770, f"- {number} -")
        with pages.pdf.rotation(45, 306, 396):
            pages.pdf.text(250, 396, "CONFIDENTIAL")
        pages.row(ACTION, f"INT. ROOM {number}")
        pages.speech("ANNA", f"Line {number}.")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert report.script.title == "THE LONG NIGHT"
    assert outline(report) == [row for n in (2, 3, 4) for row in (f"scene INT. ROOM {n}", f"ANNA: Line {n}.")]
    reasons = {about.partition(" (")[0] for about, _ in dropped(report)}
    assert reasons == {"title page", "the same on many pages", "page number", "text across the page"}
    assert len(dropped(report)) == 3 + 3 * 3


def test_a_large_level_watermark_does_not_mix_with_the_words(tmp_path: Path) -> None:
    pages = Pages()
    for number in range(3):
        pages.new_page() if number else None
        pages.row(ACTION, f"INT. ROOM {number}")
        pages.speech("ANNA", f"These are the words of line {number}.")
        pages.pdf.set_font("Courier", size=60)
        pages.pdf.text(120, pages.y - 10, "SAMPLE")
        pages.pdf.set_font("Courier", size=12)
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert said(report) == [("ANNA", f"These are the words of line {n}.") for n in range(3)]
    assert [text for _, text in dropped(report)] == ["SAMPLE"] * 3


def test_dual_dialogue_side_by_side_is_read_speech_by_speech(tmp_path: Path) -> None:
    pages = screenplay()
    pages.blank()
    pages.row(150, "ANNA", (400, "BEN"))
    pages.row(110, "The left one", (350, "The right one"))
    pages.row(110, "goes on here.", (350, "also goes on."))
    pages.row(350, "A third row.")
    pages.blank()
    pages.row(ACTION, "They stop.")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert outline(report)[-3:] == [
        "ANNA: The left one goes on here.",
        "BEN: The right one also goes on. A third row.",
        "action They stop.",
    ]


def test_a_page_in_two_columns_is_read_column_by_column(tmp_path: Path) -> None:
    pages = Pages()
    for x in (60, 330):
        pages.y = 72
        for number in range(10):
            pages.row(x, f"ANNA: Line {number} at {x}.")
            pages.row(x, f"BEN: Reply {number}.")
            pages.blank() if number % 3 == x % 2 else None
    report = import_script(pages.save(tmp_path / "a.pdf"))
    expected = [
        pair for x in (60, 330) for n in range(10) for pair in (("ANNA", f"Line {n} at {x}."), ("BEN", f"Reply {n}."))
    ]
    assert said(report) == expected


def test_words_that_are_stored_out_of_order_are_read_in_order(tmp_path: Path) -> None:
    pages = Pages()
    pages.row(ACTION, "INT. ROOM")
    pages.y = 132
    pages.rows(SPEECH, ["second row."])
    pages.y = 108
    pages.row(NAME, "ANNA")
    for x, word in ((64.8, "comes"), (0, "The"), (28.8, "girl"), (108, "in,")):
        pages.pdf.text(SPEECH + x, 120, word)
    assert said(import_script(pages.save(tmp_path / "a.pdf"))) == [("ANNA", "The girl comes in, second row.")]


@given(st.permutations(range(20)))
def test_the_order_in_which_characters_are_stored_does_not_matter(order: list[int]) -> None:
    chars = [
        Char(c, 180 + 7 * (n % 10), 187 + 7 * (n % 10), 700 - 12 * (n // 10), 12)
        for n, c in enumerate("abcdefghijABCDEFGHIJ")
    ]
    rows = rows_of(lines_of([chars[n] for n in order], 612), 612, 12)
    assert [row.text for row in rows] == ["abcdefghij", "ABCDEFGHIJ"]


def test_letters_that_are_placed_one_by_one_get_their_spaces(tmp_path: Path) -> None:
    """Some programs store no spaces and place each letter."""
    pages = Pages()
    pages.row(ACTION, "INT. ROOM")
    pages.blank()
    pages.row(NAME, "ANNA")
    pages.pdf.set_font("Times", size=12)
    x = SPEECH
    for letter in "Where were you all this time?":
        if letter != " ":
            pages.pdf.text(x, pages.y, letter)
        x += pages.pdf.get_string_width(letter)
    assert said(import_script(pages.save(tmp_path / "a.pdf"))) == [("ANNA", "Where were you all this time?")]


def test_letters_drawn_twice_to_look_bold_are_read_once(tmp_path: Path) -> None:
    pages = Pages()
    pages.row(ACTION, "INT. ROOM")
    pages.speech("ANNA", "Hello all.")
    pages.pdf.text(SPEECH + 0.4, pages.y - 12, "Hello all.")
    assert said(import_script(pages.save(tmp_path / "a.pdf"))) == [("ANNA", "Hello all.")]


def test_ligatures_become_letters() -> None:
    chars = [Char(c, 10 + 7 * n, 17 + 7 * n, 700, 12) for n, c in enumerate("ﬁreﬂoﬀ")]
    assert [row.text for row in rows_of(lines_of(chars, 612), 612, 14)] == ["firefloff"]


def test_a_word_divided_at_the_end_of_a_row_is_put_together_and_named(tmp_path: Path) -> None:
    pages = Pages()
    pages.row(ACTION, "INT. ROOM")
    pages.speech("ANNA", "There are twenty-", "one of them.")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert said(report) == [("ANNA", "There are twenty-one of them.")]
    assert [doubt.text for doubt in report.draft.doubts] == ["twenty-one"]


def test_a_page_on_its_side_is_read(tmp_path: Path) -> None:
    pages = Pages()
    with pages.pdf.rotation(90, 306, 396):
        pages.y = 300
        pages.row(ACTION, "INT. ROOM")
        pages.speech("ANNA", "Hello all.", "And more.")
    assert said(import_script(pages.save(tmp_path / "a.pdf"))) == [("ANNA", "Hello all. And more.")]


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    pages = screenplay()
    pages.new_page()
    pages.pdf.rect(100, 100, 300, 300, "F")
    report = import_script(pages.save(tmp_path / "a.pdf"))
    assert ("page without text", "a picture or nothing") in dropped(report)
    assert "  page without text: a picture or nothing (page 2)" in list(report.rows())


def test_a_scan_is_refused(tmp_path: Path) -> None:
    pages = Pages()
    pages.pdf.rect(100, 100, 300, 300, "F")
    assert "it is a scan" in refusal(pages.save(tmp_path / "a.pdf"))


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    pages = screenplay()
    pages.pdf.set_encryption(owner_password="owner", user_password="user")
    assert "locked by a password" in refusal(pages.save(tmp_path / "a.pdf"))


def test_damaged_pdfs_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    data = screenplay().save(tmp_path / "a.pdf").read_bytes()
    (tmp_path / "b.pdf").write_bytes(data[: len(data) // 3])
    assert "this PDF was refused" in refusal(tmp_path / "b.pdf")
    (tmp_path / "c.pdf").write_bytes(b"not a PDF")
    assert "this PDF was refused" in refusal(tmp_path / "c.pdf")


def raw_pdf(path: Path, content: bytes, pages: int = 1) -> Path:
    """A PDF with one packed `content` on each of its pages, written by hand, because no library writes such things."""
    packed = zlib.compress(content, 9)
    kids = " ".join(f"{4 + n} 0 R" for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        *[
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font << /F1 "
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >> >>"
        ]
        * pages,
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content_of in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content_of)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(body),
    )
    path.write_bytes(body + end)
    return path


def test_an_endless_page_is_refused(tmp_path: Path) -> None:
    """Sixty thousand characters in a file of a few hundred bytes."""
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F1 1 Tf 10 10 Td " + b"(aaaaaaaaaa) Tj " * 6000 + b"ET")
    assert path.stat().st_size < 3000
    assert "page 1 has 60,000 characters" in refusal(path)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    assert "it has 3,001 pages" in refusal(raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf (a) Tj ET", 3001))


def test_a_pdf_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIMIT_S", 0.0)
    assert "longer than 0 s" in refusal(screenplay().save(tmp_path / "a.pdf"))


def test_fpdf_writes_text_that_is_read_in_any_typeface(tmp_path: Path) -> None:
    file = FPDF(unit="pt", format="a4")
    file.set_auto_page_break(False)
    file.add_page()
    file.set_font("Times", size=11)
    for number, (name, words) in enumerate([("ANNA", "Will you fly off?"), ("BEN", "In five minutes, I suppose.")]):
        file.text(72, 90 + 14 * number, f"{name}: {words}")
    file.output(str(tmp_path / "a.pdf"))
    assert said(import_script(tmp_path / "a.pdf")) == [
        ("ANNA", "Will you fly off?"),
        ("BEN", "In five minutes, I suppose."),
    ]
