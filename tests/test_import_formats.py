"""Final Draft, Word and plain text: what is read, what is left out and listed, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from import_help import dropped, fdx, imported, outline, paragraph, refusal, said

from coach.base.errors import UsageError
from coach.scripts.importing import draft, import_script
from coach.scripts.importing.draft import MAX_BYTES
from coach.scripts.importing.report import ImportReport

# Final Draft


def final_draft(tmp_path: Path, *paragraphs: str, title: str = "") -> ImportReport:
    return imported(tmp_path / "play.fdx", fdx(*paragraphs, title=title))


def test_all_runs_of_a_paragraph_are_read_revised_and_styled_ones_too(tmp_path: Path) -> None:
    report = final_draft(
        tmp_path, paragraph("Character", "AN", "NA"), paragraph("Dialogue", "I ", "never", " said th", "at.")
    )
    assert said(report) == [("ANNA", "I never said that.")]


def test_each_type_of_paragraph_has_its_place(tmp_path: Path) -> None:
    report = final_draft(
        tmp_path,
        paragraph("Scene Heading", "INT. HOUSE - DAY"),
        paragraph("Action", "Anna waits."),
        paragraph("Character", "ANNA (O.S.) (CONT'D)"),
        paragraph("Parenthetical", "(sadly)"),
        paragraph("Dialogue", "Hello."),
        paragraph("Transition", "CUT TO:"),
        paragraph("General", "The end."),
        title="The Long Night",
    )
    assert outline(report) == ["scene INT. HOUSE - DAY", "action Anna waits.", "ANNA: Hello.", "action The end."]
    assert report.script.title == "The Long Night"
    assert str(report.script.spoken[0].target) == "sad"
    assert dropped(report) == [("transition", "CUT TO:")]


def test_dual_dialogue_of_final_draft_is_read_in_order(tmp_path: Path) -> None:
    both = "".join(
        paragraph(k, t)
        for k, t in (("Character", "ANNA"), ("Dialogue", "Yes."), ("Character", "BEN"), ("Dialogue", "No."))
    )
    report = final_draft(tmp_path, paragraph("General", inside=f"<DualDialogue>{both}</DualDialogue>"))
    assert said(report) == [("ANNA", "Yes."), ("BEN", "No.")]
    assert len(report.draft.doubts) == 2


def test_script_notes_and_omitted_scenes_are_not_spoken(tmp_path: Path) -> None:
    note = f"<ScriptNote>{paragraph('General', 'Is this funny?')}</ScriptNote>"
    omitted = f"<OmittedScene>{paragraph('Dialogue', 'Gone.')}</OmittedScene>"
    report = final_draft(
        tmp_path,
        paragraph("Character", "ANNA"),
        paragraph("Dialogue", "Hello.", inside=note),
        paragraph("Scene Heading", "OMITTED", inside=omitted),
    )
    assert said(report) == [("ANNA", "Hello.")]
    assert dropped(report) == [("note", "Is this funny?"), ("omitted scene", "Gone.")]


def test_a_paragraph_of_an_unknown_type_is_kept_and_named(tmp_path: Path) -> None:
    report = final_draft(
        tmp_path, paragraph("Telegram", "STOP."), paragraph("Character", "ANNA"), paragraph("Dialogue", "Hi.")
    )
    assert outline(report)[0] == "action STOP."
    assert report.draft.doubts[0].about == "paragraph of the unknown type Telegram, kept as action"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
    ],
)
def test_entities_and_dtds_are_refused(tmp_path: Path, declaration: str) -> None:
    path = tmp_path / "a.fdx"
    path.write_text(f'<?xml version="1.0"?>{declaration}<FinalDraft><Content/></FinalDraft>', encoding="utf-8")
    assert "declares entities" in refusal(path)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fdx"
    path.write_text("<FinalDraft>" + "<a>" * 5000, encoding="utf-8")
    assert "more than 60 deep" in refusal(path)


def test_broken_xml_and_other_xml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fdx"
    path.write_text("<FinalDraft><Content>", encoding="utf-8")
    assert "not valid XML" in refusal(path)
    path.write_text("<html/>", encoding="utf-8")
    assert refusal(path) == "this is XML, but no script of Final Draft"


# Word


def word(tmp_path: Path, *texts: str) -> ImportReport:
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    document.save(str(tmp_path / "play.docx"))
    return import_script(tmp_path / "play.docx")


def test_a_word_document_with_names_above_the_words(tmp_path: Path) -> None:
    report = word(
        tmp_path, "INT. HOUSE", "Anna waits.", "ANNA (cont'd)", "(sadly)", "Hello.", "She goes.", "BEN", "Yes."
    )
    assert outline(report) == [
        "scene INT. HOUSE",
        "action Anna waits.",
        "ANNA: Hello.",
        "action She goes.",
        "BEN: Yes.",
    ]
    assert [doubt.text for doubt in report.draft.doubts] == ["She goes."]


def test_a_word_document_with_names_before_the_words(tmp_path: Path) -> None:
    report = word(tmp_path, "Anna: [sad] Hello.", "Ben (quietly): Yes. (beat) No.", "Anna: Good.", "Ben: Bye.")
    assert outline(report) == ["Anna: Hello.", "Ben: Yes.", "beat 1", "Ben: No.", "Anna: Good.", "Ben: Bye."]


def test_styles_of_a_template_tell_what_a_paragraph_is(tmp_path: Path) -> None:
    document = Document()
    for name, text in (
        ("Scene Heading", "The yard"),
        ("Character", "Anna"),
        ("Dialogue", "HELLO THERE"),
        ("Dialogue", "More."),
        ("Action", "BEN"),
    ):
        if name not in [style.name for style in document.styles]:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        document.add_paragraph(text, style=name)
    document.save(str(tmp_path / "play.docx"))
    assert outline(import_script(tmp_path / "play.docx")) == ["scene The yard", "Anna: HELLO THERE More.", "action BEN"]


def test_tracked_insertions_are_read_and_deletions_are_listed(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("ANNA: One ")
    document.add_paragraph("BEN: Yes.")
    for tag, text_tag, text in (("w:ins", "w:t", "two"), ("w:del", "w:delText", "three")):
        change = document.paragraphs[0]._p.makeelement(qn(tag), {})
        run = change.makeelement(qn("w:r"), {})
        words = run.makeelement(qn(text_tag), {})
        words.text = text
        run.append(words)
        change.append(run)
        document.paragraphs[0]._p.append(change)
    document.save(str(tmp_path / "play.docx"))
    report = import_script(tmp_path / "play.docx")
    assert said(report)[0] == ("ANNA", "One two")
    assert ("deleted with tracked changes", "three") in dropped(report)


def test_tables_are_read_and_headers_are_listed(tmp_path: Path) -> None:
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Draft three"
    table = document.add_table(rows=2, cols=1)
    table.cell(0, 0).text = "ANNA: Hello."
    table.cell(1, 0).text = "BEN: Yes."
    document.save(str(tmp_path / "play.docx"))
    report = import_script(tmp_path / "play.docx")
    assert said(report) == [("ANNA", "Hello."), ("BEN", "Yes.")]
    assert ("header", "Draft three") in dropped(report)


def zipped(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.docx", "word/document.xml", b"<a>" + b" " * 60_000_000)
    assert path.stat().st_size < 100_000
    assert refusal(path) == "this file unpacks to more than 50 MB; no script is so long"


def test_a_document_with_entities_is_refused(tmp_path: Path) -> None:
    body = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert "declares entities" in refusal(zipped(tmp_path / "a.docx", "word/document.xml", body))


def test_a_zip_that_is_no_document_and_a_file_that_is_no_zip_are_refused(tmp_path: Path) -> None:
    assert "no document of Word" in refusal(zipped(tmp_path / "a.docx", "x.txt", b"x"))
    (tmp_path / "b.docx").write_bytes(b"...")
    assert "no readable document of Word" in refusal(tmp_path / "b.docx")


def test_a_truncated_document_is_refused(tmp_path: Path) -> None:
    word(tmp_path, "ANNA: Hello.", "BEN: Yes.")
    data = (tmp_path / "play.docx").read_bytes()
    for size in range(0, len(data), len(data) // 20):
        (tmp_path / "cut.docx").write_bytes(data[:size])
        refusal(tmp_path / "cut.docx")


# Plain text


def text(tmp_path: Path, content: str) -> ImportReport:
    return imported(tmp_path / "play.txt", content)


def test_names_before_the_words(tmp_path: Path) -> None:
    report = text(
        tmp_path,
        "ACT I\n\nScene 1\n\nAnna waits.\n\nANNA: (sadly) Hello\nthere.\n\nBEN (off): Yes.\nCUT TO:\n\nANNA: No.\n",
    )
    assert outline(report) == [
        "action ACT I",
        "scene Scene 1",
        "action Anna waits.",
        "ANNA: Hello there.",
        "BEN: Yes.",
        "ANNA: No.",
    ]
    assert [str(line.target) for line in report.script.spoken] == ["sad", "None", "None"]


def test_a_colon_within_words_makes_no_role(tmp_path: Path) -> None:
    report = text(tmp_path, "ANNA: I say this:\nOne thing: never go.\nBEN: Yes.\n")
    assert said(report) == [("ANNA", "I say this: One thing: never go."), ("BEN", "Yes.")]


def test_names_above_the_words(tmp_path: Path) -> None:
    report = text(
        tmp_path, "Anna waits.\n\n\t\tANNA (cont'd)\n\t(sadly)\n\tHello\n\tthere.\n\nShe goes.\n\n\t\tAL\n\tYes.\n"
    )
    assert outline(report) == ["action Anna waits.", "ANNA: Hello there.", "action She goes.", "AL: Yes."]


def test_tagged_lines_without_names_are_one_line_each(tmp_path: Path) -> None:
    report = text(tmp_path, "[title: Alone]\n[sad] They said so.\n(beat)\n[fear, surprise] What if?\nNo tag here.\n")
    assert outline(report) == ["None: They said so.", "beat 1", "None: What if?", "None: No tag here."]
    assert report.script.title == "Alone"
    assert [str(line.target) for line in report.script.spoken][:2] == ["sad", "fear, surprise"]


def test_other_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "play.fountain"
    path.write_bytes("ÉLODIE\nDéjà vu, très bien, là-bas.\n".encode("cp1252"))
    notices: list[str] = []
    assert said(import_script(path, notify=notices.append)) == [("ÉLODIE", "Déjà vu, très bien, là-bas.")]
    assert "Windows-1252" in notices[0]


# Any format


@pytest.mark.parametrize("suffix", [".fountain", ".fdx", ".docx", ".pdf", ".txt"])
def test_a_file_that_is_too_large_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"big{suffix}"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refusal(path) == "the file has 20.0 MB; a script may have 20 MB"


@pytest.mark.parametrize("suffix", [".fountain", ".fdx", ".docx", ".pdf", ".txt", ".odt"])
def test_a_missing_or_unknown_file_is_refused(tmp_path: Path, suffix: str) -> None:
    assert refusal(tmp_path / f"missing{suffix}")


def test_more_lines_than_any_script_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MAX_ELEMENTS", 1000)
    (tmp_path / "a.txt").write_text("A: b\n" * 501, encoding="utf-8")
    assert refusal(tmp_path / "a.txt") == "more than 1,000 lines and actions; no script is so long"


def test_a_script_without_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_text("INT. HOUSE\n\nNobody is here.\n", encoding="utf-8")
    assert refusal(path) == "no words to say were found; is this a script?"


def test_a_role_is_found_in_any_capitals_and_an_unknown_one_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_text("ÉLODIE\nOne.\n\nBEN\nTwo.\n", encoding="utf-8")
    assert import_script(path, role="élodie").script.role == "ÉLODIE"
    with pytest.raises(UsageError, match="no role 'elodie' speaks; did you mean ÉLODIE\\? there are ÉLODIE, BEN"):
        import_script(path, role="elodie")


def test_the_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    assert said(imported(tmp_path / "A.FOUNTAIN", "ANNA\nHi.\n")) == [("ANNA", "Hi.")]


def test_packed_data_that_lies_about_its_size_does_not_unpack_further(tmp_path: Path) -> None:
    """The directory of the zip says ten bytes, the data have sixty million."""
    path = zipped(tmp_path / "lie.docx", "word/document.xml", b"<a>" + b" " * 60_000_000)
    data = bytearray(path.read_bytes())
    size = (60_000_003).to_bytes(4, "little")
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert zipfile.ZipFile(io.BytesIO(bytes(data))).infolist()[0].file_size == 10
    assert refusal(path)


def test_a_known_name_without_a_blank_row_above_it_is_read_as_a_name_and_listed(tmp_path: Path) -> None:
    report = text(tmp_path, "He waits.\n\nANNA\nOne.\nBEN\nTwo.\n\nBEN\nThree.\n")
    assert said(report) == [("ANNA", "One."), ("BEN", "Two."), ("BEN", "Three.")]
    assert [doubt.about for doubt in report.draft.doubts] == ["a name without a blank row above it"]


def test_a_text_without_names_is_said_to_have_none(tmp_path: Path) -> None:
    report = text(tmp_path, "[sad 6s] They said so.\nThey did.\n")
    assert report.draft.doubts[0].about == "no names were found"
    assert len(report.draft.doubts) == 2


def test_a_name_longer_than_a_script_can_hold_is_shortened_and_listed(tmp_path: Path) -> None:
    report = final_draft(tmp_path, paragraph("Character", "ANNA " * 100), paragraph("Dialogue", "Hi."))
    assert len(said(report)[0][0] or "") == 200
    assert report.draft.doubts[0].about == "a very long name, shortened"
