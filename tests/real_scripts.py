"""Eight scripts that look as actors get them, each in the ways of its program, written for these tests."""

from __future__ import annotations

from pathlib import Path

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from import_help import ACTION, Pages, fdx, paragraph

FOLDER = Path(__file__).parent / "scripts"


def night_shift(path: Path) -> Path:
    """A screenplay of Final Draft: revised runs, scene numbers, two who speak at once, notes, a cast list."""
    at_once = "".join(
        paragraph(kind, text)
        for kind, text in (
            ("Character", "DR. OSEI"),
            ("Dialogue", "Hold the doors."),
            ("Character", "NURSE PAVEL"),
            ("Dialogue", "Somebody hold the doors."),
        )
    )
    return _written(
        path,
        fdx(
            paragraph("Scene Heading", "INT. EMERGENCY ROOM - ", "NIGHT"),
            paragraph("Action", "Rain on the glass roof. ", "A phone rings; nobody answers it."),
            paragraph("Character", "DR. OSEI"),
            paragraph("Parenthetical", "(exhausted)"),
            paragraph("Dialogue", "That is the ", "fourth", " one tonight."),
            paragraph("Character", "NURSE PAVEL"),
            paragraph("Dialogue", "Fifth. You were asleep ", "standing up", "."),
            paragraph("Character", "DR. OSEI (CONT'D)"),
            paragraph("Dialogue", "I was thinking."),
            paragraph("Parenthetical", "(beat)"),
            paragraph("Dialogue", "With my eyes closed."),
            paragraph("Shot", "CLOSE ON THE PHONE"),
            paragraph("Transition", "CUT TO:"),
            paragraph("Scene Heading", "INT. AMBULANCE BAY - CONTINUOUS"),
            paragraph("Action", "Headlights. Brakes."),
            f'<Paragraph Type="General"><DualDialogue>{at_once}</DualDialogue></Paragraph>',
            paragraph("Character", "DRIVER (O.S.)"),
            paragraph("Parenthetical", "(panicking)"),
            paragraph("Dialogue", "He stopped breathing at the bridge!"),
            paragraph("Character", "DR. OSEI"),
            paragraph("Dialogue", "Then we start again here."),
            paragraph("General", "Pink revisions, 4 October"),
            paragraph("Transition", "FADE OUT."),
            title="NIGHT SHIFT",
        ),
    )


def the_interview(path: Path) -> Path:
    """A comedy of Final Draft: acts, a singer, names with extensions in small letters, words that XML must escape."""
    return _written(
        path,
        fdx(
            paragraph("Cold Opening", "COLD OPEN"),
            paragraph("Scene Heading", "INT. OFFICE - DAY"),
            paragraph("Character", "MS. TAN"),
            paragraph("Dialogue", "So. It says here you like people & <small> dogs."),
            paragraph("Character", "LEO"),
            paragraph("Parenthetical", "(smiling)"),
            paragraph("Dialogue", "Big ones too."),
            paragraph("End of Act", "END OF COLD OPEN"),
            paragraph("New Act", "ACT ONE"),
            paragraph("Scene Heading", "INT. ELEVATOR - DAY"),
            paragraph("Character", "LEO (into phone)"),
            paragraph("Parenthetical", "(sadly, then furiously)"),
            paragraph("Dialogue", "No, Mum. They asked about the dogs."),
            paragraph("Character", "MUM (filtered)"),
            paragraph("Dialogue", "You told them about the dogs?"),
            paragraph("Character", ""),
            paragraph("Dialogue", ""),
            paragraph("Character", "ELEVATOR"),
            paragraph("Singing", "Going up, going up, going nowhere."),
            paragraph("Character", "LEO / MUM"),
            paragraph("Dialogue", "Typical."),
            paragraph("End of Act", "END OF ACT ONE"),
        ),
    )


def the_orchard(path: Path) -> Path:
    """A stage play of Word: names in front of the words, tracked changes, a header, a table of the cast."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "THE ORCHARD - second draft"
    document.add_paragraph("The Orchard", style="Title")
    cast = document.add_table(rows=2, cols=2)
    for row, cells in zip(cast.rows, (("IRINA", "a widow, 60"), ("TOMA", "her son, 30")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("SCENE ONE")
    document.add_paragraph("A garden. Late afternoon. A ladder leans against a dead tree.")
    for name, direction, words in (
        ("IRINA", "", "You came without your coat."),
        ("TOMA", "(coldly) ", "It was warm when I left."),
        ("IRINA", "(smiling) ", "Everything is warm when you leave."),
    ):
        row = document.add_paragraph()
        row.add_run(f"{name}: ").bold = True
        row.add_run(direction).italic = True
        row.add_run(words)
    tracked = document.add_paragraph("TOMA: I am ")
    _track(tracked, "delText", "del", "never ")
    _track(tracked, "t", "ins", "not ")
    tracked.add_run("selling it.")
    document.add_paragraph("(IRINA climbs the ladder.)")
    document.add_paragraph("SCENE TWO")
    document.add_paragraph("IRINA: Then who is that man with the tape measure?")
    document.add_paragraph("BLACKOUT")
    document.save(str(path))
    return path


def _track(paragraph_of_word: object, kind: str, change: str, words: str) -> None:
    """Add a tracked insertion (``ins``) or deletion (``del``) of `words`."""
    changed, run, text = (OxmlElement(f"w:{name}") for name in (change, "r", kind))
    changed.set(qn("w:id"), "1")
    changed.set(qn("w:author"), "A")
    text.text = words
    text.set(qn("xml:space"), "preserve")
    run.append(text)
    changed.append(run)
    paragraph_of_word._p.append(changed)  # type: ignore[attr-defined]


def winter_light(path: Path) -> Path:
    """A shooting script as PDF: title page, scene numbers, CONTINUED, MORE, page numbers, a watermark."""
    pages = Pages()
    pages.y = 300
    pages.row(240, "WINTER LIGHT")
    pages.row(255, "written by")
    pages.row(230, "The Coach founders")
    for number in (1, 2):
        pages.new_page()
        pages.y = 36
        pages.row(500, f"{number + 1}.")
        pages.pdf.set_font("Courier", size=40)
        with pages.pdf.rotation(45, 306, 396):
            pages.pdf.text(180, 400, "COPY 17 A. NOVAK")
        pages.pdf.set_font("Courier", size=12)
        pages.y = 72
        if number == 1:
            pages.row(72, "1", (ACTION, "INT. CHAPEL - DAWN"), (540, "1"))
            pages.blank()
            pages.rows(ACTION, ["Snow on the window sill. HELEN (50) lights a", "candle. It goes out."])
            pages.speech("HELEN", "It is only the wind. It has", "always been only the wind.")
            pages.speech("YOUNG PRIEST", "(afraid)", "Then why do you light it", "again?")
            pages.speech("HELEN", "Because I can see your face", "(MORE)")
            pages.blank()
            pages.row(480, "(CONTINUED)")
        else:
            pages.row(72, "1", (ACTION, "CONTINUED:"), (540, "1"))
            pages.speech("HELEN (CONT'D)", "when I do.")
            pages.blank()
            pages.row(400, "CUT TO:")
            pages.blank()
            pages.row(72, "2", (ACTION, "EXT. CHAPEL - CONTINUOUS"), (540, "2"))
            pages.blank()
            pages.row(ACTION, "The priest runs into the snow.")
            pages.speech("YOUNG PRIEST", "Helen! It is burning!")
    return pages.save(path)


def two_chairs(path: Path) -> Path:
    """A printed stage play as PDF: a page of rights, the cast, a running head, names in front of the words."""
    pages = Pages()
    pages.rows(72, ["TWO CHAIRS", "", "Copyright 2026 The Coach founders.", "All rights reserved.", "CHARACTERS"])
    pages.rows(72, ["ANNA, a teacher", "BEN, her brother"])
    speeches = [
        [["SCENE 1"], ["(A room with two chairs.)"]],
        [["ANNA: You are sitting in my chair. You have been sitting in", "    it since we were children."]],
        [["BEN: (laughing) It is the good one."]],
        [["ANNA: That is why it is mine."]],
        [["BEN: (quietly) Was."]],
        [["ANNA: What did you say?"]],
    ]
    for number in range(2):
        pages.new_page()
        pages.y = 36
        pages.row(72, "TWO CHAIRS", (500, str(number + 2)))
        pages.y = 72
        for group in speeches[:3] if number == 0 else speeches[3:]:
            for rows in group:
                pages.rows(72, rows)
                pages.blank()
    return pages.save(path)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def all_scripts(folder: Path) -> dict[str, Path]:
    """The eight scripts by name; those of binary formats are written into `folder`."""
    made = {
        "night_shift.fdx": night_shift,
        "the_interview.fdx": the_interview,
        "the_orchard.docx": the_orchard,
        "winter_light.pdf": winter_light,
        "two_chairs.pdf": two_chairs,
    }
    texts = {path.name: path for path in sorted(FOLDER.iterdir())}
    return {**texts, **{name: make(folder / name) for name, make in made.items()}}
