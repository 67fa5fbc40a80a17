"""Fountain scripts: every element of the format, and what other readers get wrong."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_help import dropped, imported, outline, said

from coach.core.script.script import Line
from coach.core.script.timeline import build_timeline
from coach.scripts import load_script
from coach.scripts.importing.assemble import assemble
from coach.scripts.importing.fountain import fountain_draft
from coach.scripts.importing.lexicon import Lexicon
from coach.scripts.importing.report import ImportReport
from coach.scripts.importing.writing import yaml_text

LEXICON = Lexicon()


def read(text: str) -> ImportReport:
    """The import of the Fountain script `text`."""
    return assemble(fountain_draft(text), LEXICON, "test")


def lines(text: str) -> list[Line]:
    return [item for item in read(text).script.lines if isinstance(item, Line)]


@pytest.mark.parametrize(
    ("cue", "role"),
    [
        ("JULIAN (cont'd)", "JULIAN"),
        ("JACK (O.S.) (CONT'D)", "JACK"),
        ("HANS (on the radio)", "HANS"),
        ("MICHAEL (as DOROTHY)", "MICHAEL"),
        ("C-3PO", "C-3PO"),
        ("GROUPIE #1", "GROUPIE #1"),
        ("SARAH'S FRIEND", "SARAH'S FRIEND"),
        ("BILL / THE MONSTER", "BILL / THE MONSTER"),
        ("ÉLODIE", "ÉLODIE"),
        ("ȘTEFĂNIȚĂ", "ȘTEFĂNIȚĂ"),
        ("AL", "AL"),
        ("DR. WHITE JR.", "DR. WHITE JR."),
        ("@McCLANE", "McCLANE"),
        ("@哈利", "哈利"),
        ("**ANNA**", "ANNA"),
        ("\tANNA", "ANNA"),
        ("ANNA ^", "ANNA"),
    ],
)
def test_a_name_is_known_with_its_extensions(cue: str, role: str) -> None:
    assert said(read(f"Somebody waits.\n\n{cue}\nHello there.\n\nThe door opens.\n")) == [(role, "Hello there.")]


@pytest.mark.parametrize(
    ("cue", "direction"),
    [
        ("ANNA (cont'd)", None),
        ("ANNA (CONT’D)", None),
        ("ANNA (Continued)", None),
        ("ANNA (CONTINUARE)", None),
        ("ANNA (O.S.) (CONT'D)", "O.S."),
        ("ANNA (V.O.) (on the radio)", "V.O., on the radio"),
        ("ANNA (O.S.", "O.S."),
    ],
)
def test_extensions_are_kept_except_that_a_speech_goes_on(cue: str, direction: str | None) -> None:
    (line,) = lines(f"{cue}\nHello.\n")
    assert (line.role, line.direction) == ("ANNA", direction)


@pytest.mark.parametrize(
    "text",
    [
        "CUT TO:\nThe street lies dark.",
        "BANG! THE DOOR FLIES OPEN.\nDust falls from above.",
        "WHO IS THERE?\nNobody answers it.",
        "HE RUNS AND RUNS AND RUNS UNTIL THE STREET ENDS\nAnd then he stops there.",
        "THE END",
        "42\nis written on the door.",
    ],
)
def test_transitions_and_shouted_action_are_not_names(text: str) -> None:
    assert said(read(f"Somebody waits.\n\n{text}\n\nANNA\nHello.\n")) == [("ANNA", "Hello.")]


def test_capitals_read_as_action_are_listed_to_be_looked_at() -> None:
    report = read("BANG! THE DOOR FLIES OPEN.\nDust falls.\n\nANNA\nHello.\n")
    assert [(doubt.text, doubt.place) for doubt in report.draft.doubts] == [("BANG! THE DOOR FLIES OPEN.", 1)]


def test_action_after_a_speech_is_not_part_of_it() -> None:
    assert outline(read("ANNA\nHello.\n\nShe sits down.\n\nBEN\nYes.\n")) == [
        "ANNA: Hello.",
        "action She sits down.",
        "BEN: Yes.",
    ]


def test_a_parenthetical_may_come_before_in_and_after_the_words() -> None:
    first, second, third = lines("ANNA\n(sadly)\nI know.\n(angrily)\nBut I stay.\n(she goes)\n\nBEN\nStay!\n")
    assert (first.text, str(first.target)) == ("I know.", "sad")
    assert (second.text, str(second.target)) == ("But I stay.", "angry")
    assert third.text == "Stay!"
    assert third.target is None


def test_a_direction_without_words_after_it_is_kept_as_an_action() -> None:
    assert outline(read("ANNA\nI know.\n(she goes)\n\nBEN\nStay!\n"))[1] == "action (she goes)"


def test_a_parenthetical_may_go_over_several_rows() -> None:
    (only,) = lines("ANNA\n(whispering,\nto BEN)\nI know.\n")
    assert (only.text, only.direction) == ("I know.", "whispering, to BEN")


def test_tabs_and_spaces_in_front_change_nothing() -> None:
    assert said(read("\t\tANNA\n\t(sadly)\n\tI know.\n\n        BEN\n    Yes.\n")) == [
        ("ANNA", "I know."),
        ("BEN", "Yes."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "/* cut */\nANNA\nHello.\n",
        "He waits.\n\n/* cut\n\nmore */\nANNA\nHello.\n",
        "He waits.\n/* cut */\nANNA\nHello.\n",
        "ANNA\n/* cut */\nHello.\n",
        "ANNA\nHel/* cut */lo.\n",
        "ANNA /* cut */\nHello.\n",
        "/* ANNA\nGone. */\n\nANNA\nHello.\n",
    ],
)
def test_the_line_after_a_comment_is_read_as_usual(text: str) -> None:
    report = read(text)
    assert said(report) == [("ANNA", "Hello.")]
    assert dropped(report)[0][0] == "comment"


def test_a_comment_that_is_never_closed_is_kept_and_named() -> None:
    report = read("ANNA\nHello /* there.\n")
    assert said(report) == [("ANNA", "Hello /* there.")]
    assert report.draft.doubts[0].about == "a comment that is never closed, read as text"


def test_notes_are_left_out_and_listed() -> None:
    report = read("ANNA\nHello [[too\nlong?]] there.\n\n[[ask Ben]]\n\nShe goes.\n")
    assert said(report) == [("ANNA", "Hello there.")]
    assert dropped(report) == [("note", "too long?"), ("note", "ask Ben")]


def test_an_emotion_note_in_a_speech_counts_from_there() -> None:
    first, second = lines("ANNA\nYou came. [[emo: fear 0.3-0.8 > anger @60%]] Why?\n")
    assert (first.text, first.target) == ("You came.", None)
    assert (second.text, str(second.target), second.intensity) == ("Why?", "fear > angry @60%", (0.3, 0.8))


def test_an_emotion_note_before_a_speech_counts_for_that_speech() -> None:
    first, second = lines("ANNA\nYou came.\n\n[[emo: sad]]\n\nBEN\nYes.\n")
    assert first.target is None
    assert str(second.target) == "sad"


def test_dual_dialogue_is_read_one_after_the_other_and_said() -> None:
    report = read("ANNA\nYes!\n\nBEN ^\nNo!\n")
    assert said(report) == [("ANNA", "Yes!"), ("BEN", "No!")]
    assert [doubt.text for doubt in report.draft.doubts] == ["BEN"]


def test_two_spaces_keep_a_speech_going() -> None:
    assert said(read("ANNA\nYes.\n  \nAnd no.\n\nShe goes.\n")) == [("ANNA", "Yes. And no.")]


def test_lyrics_are_lines_that_are_sung() -> None:
    first, second = lines("ANNA\n~Sing a song\n~of sixpence\n")
    assert [(line.text, line.direction) for line in (first, second)] == [
        ("Sing a song", "sung"),
        ("of sixpence", "sung"),
    ]


def test_forced_elements() -> None:
    report = read(".flashback\n\n!ANNA\nwaits.\n\n@anna\nHello.\n\n> FADE AWAY.\n\n>THE END<\n")
    assert outline(report) == ["scene flashback", "action ANNA waits.", "anna: Hello.", "action THE END"]
    assert dropped(report) == [("transition", "FADE AWAY.")]


def test_scene_headings_lose_their_numbers_and_keep_their_words() -> None:
    report = read("INT. HOUSE - DAY #12A#\n\nint./ext. car\n\nEST. CITY\n\nI/E TRAIN\n\nANNA\nHi.\n")
    assert report.scenes == ("INT. HOUSE - DAY", "int./ext. car", "EST. CITY", "I/E TRAIN")


def test_sections_synopses_and_page_breaks_are_left_out_and_listed() -> None:
    report = read("# Act one\n\n= They meet.\n\n===\n\nANNA\nHi.\n")
    assert [about for about, _ in dropped(report)] == ["section", "synopsis", "page break"]


def test_the_title_page_gives_the_title_and_the_rest_is_listed() -> None:
    report = read("Title:\n    _**The Long**_\n    Night\nAuthor: A. Nobody\nContact:\n\t1 Street\n\nANNA\nHi.\n")
    assert report.script.title == "The Long Night"
    assert [text for _, text in dropped(report)] == ["Author: A. Nobody", "Contact:", "1 Street"]


def test_a_script_that_begins_with_a_transition_has_no_title_page() -> None:
    report = read("FADE IN:\n\nANNA\nHi.\n")
    assert dropped(report) == [("transition", "FADE IN:")]
    assert said(report) == [("ANNA", "Hi.")]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("I *know* it.", "I know it."),
        ("I **know** it.", "I know it."),
        ("I ***know*** it.", "I know it."),
        ("I _know_ it.", "I know it."),
        ("I _**really** know_ it.", "I really know it."),
        (r"Press \*69 now.", "Press *69 now."),
        ("Press *69 now.", "Press *69 now."),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
    ],
)
def test_emphasis_is_taken_out_and_lone_marks_stay(marked: str, plain: str) -> None:
    assert said(read(f"ANNA\n{marked}\n")) == [("ANNA", plain)]


def test_a_pause_in_a_speech_becomes_a_pause_and_the_emotion_stays() -> None:
    report = read("ANNA\n(sadly)\nI know.\n(beat)\nI know it all.\n")
    assert outline(report) == ["ANNA: I know.", "beat 1", "ANNA: I know it all."]
    assert [str(line.target) for line in report.script.spoken] == ["sad", "sad"]


def test_tags_within_the_words() -> None:
    first, second, third = lines("ANNA\nI know. (sadly) But I go. [worried] Now.\n")
    assert [(line.text, str(line.target)) for line in (first, second, third)] == [
        ("I know.", "None"),
        ("But I go.", "sad"),
        ("Now.", "fear"),
    ]
    assert third.intensity == (0.0, 0.6)


def test_a_hash_tag_counts_for_its_row_and_an_unknown_one_stays_in_the_words() -> None:
    first, second = lines("ANNA\nI know. #sad\n\nBEN\nThat is #brandnew stuff.\n")
    assert (first.text, str(first.target)) == ("I know.", "sad")
    assert second.text == "That is #brandnew stuff."


def test_parentheses_that_are_no_direction_stay_in_the_words_and_are_listed() -> None:
    report = read("ANNA\nI have two (2) cats.\n")
    assert said(report) == [("ANNA", "I have two (2) cats.")]
    assert [(tag.text, tag.kept) for tag in report.tags] == [("(2)", True)]
    assert report.unknown == ()


def test_a_line_with_an_unknown_direction_is_not_scored_and_listed() -> None:
    report = read("ANNA\n(sadly)\nI know.\n(wryly)\nSurely.\n\nBEN\n(wryly)\nYes.\n")
    assert [(tag.text, tag.places) for tag in report.unknown] == [("wryly", [4, 8])]
    known, unknown, _ = report.script.spoken
    assert known.target is not None
    assert (unknown.target, unknown.direction) == (None, "wryly")


def test_own_way_is_played_and_never_judged() -> None:
    (line,) = lines("ANNA\n(own way)\nI know.\n")
    assert line.mode == "own way"
    assert line.target is None


def test_very_long_speeches_actions_and_directions_are_kept_in_pieces() -> None:
    long = "This is a sentence of eight words here. " * 150
    report = read(f"{long}\n\nANNA\n({'walking ' * 60})\n{long}\n")
    words = " ".join(row.partition(": ")[2] for row in outline(report) if row.startswith("ANNA"))
    assert words == long.strip()
    actions = " ".join(row.removeprefix("action ") for row in outline(report) if row.startswith("action"))
    assert actions.count("sentence") == 150
    assert actions.count("walking") == 60


def test_the_report_counts_scenes_lines_and_words() -> None:
    report = read(
        "INT. A\n\nANNA\nOne two three.\n\nBEN\nFour.\n\nINT. B\n\nANNA\nFive six.\n\nANNA AND CLARA\nSeven.\n"
    )
    assert [(role.name, role.lines, role.words) for role in report.roles] == [
        ("ANNA", 2, 5),
        ("BEN", 1, 1),
        ("ANNA AND CLARA", 1, 1),
    ]
    assert report.never_alone == ("CLARA",)
    assert report.summary() == "2 scenes, 4 lines of 3 roles"
    assert "  CLARA never speaks alone." in list(report.rows())


def test_a_hidden_character_becomes_a_space_and_is_listed(tmp_path: Path) -> None:
    report = imported(tmp_path / "a.fountain", "ANNA\nHello\x1b[31mthere.\n")
    assert said(report)[0][1].startswith("Hello")
    assert dropped(report) == [("hidden character", "escape character U+001B")]
    assert "\x1b" not in "\n".join(report.rows())


def test_the_same_name_in_other_capitals_is_the_same_role() -> None:
    assert said(read("@Anna\nOne.\n\nANNA\nTwo.\n")) == [("Anna", "One."), ("Anna", "Two.")]


WORD = st.text(string.ascii_letters + "éșțÖ'-.,!?", min_size=1, max_size=9).filter(lambda w: w.strip("-.,!?'") != "")
SPEECH_ROW = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
NAMES = st.sampled_from(["ANNA", "ÉLODIE", "C-3PO", "GROUPIE #1", "BILL / THE MONSTER", "AL"])
EXTENSION = st.sampled_from(["", " (O.S.)", " (cont'd)", " (V.O.) (CONT'D)", " ^"])
BETWEEN = st.sampled_from(
    ["", "She waits.\n\n", "INT. HOUSE - DAY\n\n", "CUT TO:\n\n", "/* gone\n\naway */\n\n", "[[note]]\n\n", "# Act\n\n"]
)
INSIDE = st.sampled_from(["", "(sadly)\n", "(beat)\n", "(with a limp)\n", "/* cut */\n", "[[emo: sad]]\n"])
SPEECH = st.tuples(BETWEEN, NAMES, EXTENSION, st.lists(st.tuples(INSIDE, SPEECH_ROW), min_size=1, max_size=4))


@given(st.lists(SPEECH, min_size=1, max_size=6))
def test_no_spoken_word_is_lost_and_none_is_added(speeches: list[tuple[str, str, str, list[tuple[str, str]]]]) -> None:
    text, expected = "", []
    for between, name, extension, rows in speeches:
        text += between + name + extension + "\n" + "".join(inside + row + "\n" for inside, row in rows) + "\n"
        expected += [(name, word) for _, row in rows for word in row.split()]
    assert [(role, word) for role, words in said(read(text)) for word in words.split()] == expected


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_written_scripts_are_read_again(text: str) -> None:
    draft = fountain_draft(text)
    if any(element.kind in ("words", "sung") for element in draft.elements):
        list(assemble(draft, LEXICON, "test").rows())


@given(st.lists(SPEECH, min_size=1, max_size=4))
def test_a_written_script_is_equal_when_it_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, speeches: list[tuple[str, str, str, list[tuple[str, str]]]]
) -> None:
    text = "".join(f"{b}{n}{e}\n{''.join(i + r + chr(10) for i, r in rows)}\n" for b, n, e, rows in speeches)
    script = read(text).script
    path = tmp_path_factory.mktemp("written") / "script.yaml"
    path.write_text(yaml_text(script), encoding="utf-8")
    assert load_script(path) == script


@pytest.mark.parametrize(
    "piece", ["/*", "[[", "*", "_a", "(", "[a", "#", "\\", "A ", "@A\n(", "\n\nA\n", "x (a", "[[emo:"]
)
def test_repeated_marks_take_linear_time(piece: str) -> None:
    """Twice as much text makes at most three times as many steps; the lines of Python are counted, not the time."""
    small, large = (_steps(piece * n) for n in (2000, 4000))
    assert large < 3 * small + 1000


def _steps(text: str) -> int:
    import sys

    count = 0

    def trace(*_: object) -> object:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        fountain_draft(text)
    finally:
        sys.settrace(before)
    return count


def test_a_script_of_ten_thousand_lines_can_be_laid_out() -> None:
    text = "".join(f"{'ANNA' if n % 2 else 'BEN'}\nThis is line {n}.\n\n" for n in range(3334))
    report = assemble(fountain_draft(text), LEXICON, "test", "ANNA")
    timeline = build_timeline(report.script)
    assert len(timeline.turns) == 1667
    assert len(timeline.slots) == 3334


def test_a_name_without_a_blank_line_above_is_no_name_and_listed() -> None:
    report = read("She waits.\nANNA\nHello.\n\nBEN\nYes.\n\nANNA\nI know.\nBEN\nNo.\n")
    assert said(report) == [("BEN", "Yes."), ("ANNA", "I know. BEN No.")]
    assert [(doubt.text, doubt.place) for doubt in report.draft.doubts] == [("ANNA", 2), ("BEN", 10)]
