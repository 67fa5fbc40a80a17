"""Comparison of what was heard with a line: what is a slip, and what is forgiven."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coach.base.settings import Strictness
from coach.core.rehearsal.spoken_words import compare_words, silence_for, words_of

LINE = "They said there would be news by morning."


def slips(text: str, said: str, strictness: Strictness = "standard", *, whole: bool = True) -> list[tuple[str, ...]]:
    pieces = compare_words(text, said, strictness, whole=whole)
    return [(piece.kind, piece.wanted, piece.said) for piece in pieces if piece.slip]


def test_missed_changed_and_added_words_are_found_wherever_they_are() -> None:
    assert slips(LINE, "They said there would be news by morning") == []
    assert slips(LINE, "said there would be news by") == [("missed", "they", ""), ("missed", "morning", "")]
    assert slips(LINE, "They said there would be snow by morning") == [("changed", "news", "snow")]
    assert slips(LINE, "They said only there would be news by morning, Anna") == [
        ("added", "", "only"),
        ("added", "", "anna"),
    ]
    assert len(slips(LINE, "")) == 8


@pytest.mark.parametrize("strictness", ["gentle", "standard", "strict"])
def test_contractions_fillers_marks_and_capitals_are_always_forgiven(strictness: Strictness) -> None:
    assert slips("I don't know. It’s late!", "um I do not know uh it is LATE", strictness) == []
    assert slips("We are going to leave at 2.", "we're gonna leave at two", strictness) == []
    assert slips("(sadly) Anna's letter.", "Anna's letter", strictness) == []


def test_three_levels_of_strictness() -> None:
    said = "She keeps letter that he wrote in in a boxes"
    text = "She keeps the letters that he wrote in a box"
    assert slips(text, said, "strict") == [
        ("missed", "the", ""),
        ("changed", "letters", "letter"),
        ("added", "", "in"),
        ("changed", "box", "boxes"),
    ]
    assert slips(text, said, "standard") == [("missed", "the", ""), ("changed", "box", "boxes")]
    assert slips(text, said, "gentle") == []


def test_without_a_whole_hearing_nothing_is_called_added() -> None:
    assert slips(LINE, "there there would be", whole=False) == [
        ("missed", "they", ""),
        ("missed", "said", ""),
        ("missed", "news", ""),
        ("missed", "by", ""),
        ("missed", "morning", ""),
    ]


@pytest.mark.parametrize(
    ("text", "said", "silence_s"),
    [
        (LINE, "they said there would be news by morning", 2.0),
        (LINE, "the said were would be news by warning", 2.0),
        (LINE, "they said there would be", 4.0),
        (LINE, "they said there", 15.0),
        (LINE, "elephants", 2.0),
        ("No.", "no", 2.0),
        ("...", "no", 2.0),
    ],
)
def test_a_line_without_its_last_words_is_waited_for_longer(text: str, said: str, silence_s: float) -> None:
    assert silence_for(text, said, 2.0) == silence_s


WORDS = st.lists(
    st.sampled_from(
        ["anna", "came", "home", "late", "with", "seven", "letters", "under", "her", "grey", "coat", "yesterday"]
    ),
    max_size=9,
)
LEVELS: list[Strictness] = ["gentle", "standard", "strict"]


@given(WORDS, WORDS)
def test_every_word_stands_in_the_comparison_once_and_in_order(wanted: list[str], said: list[str]) -> None:
    pieces = compare_words(" ".join(wanted), " ".join(said), "strict")
    assert [piece.wanted for piece in pieces if piece.wanted] == wanted
    assert [piece.said for piece in pieces if piece.said] == said


@given(WORDS, WORDS)
def test_a_gentler_comparison_never_finds_more(wanted: list[str], said: list[str]) -> None:
    counts = [len(slips(" ".join(wanted), " ".join(said), level)) for level in LEVELS]
    assert counts == sorted(counts)
    assert counts[-1] <= max(len(wanted), len(said)) + min(len(wanted), len(said))


@given(WORDS, st.data())
def test_one_word_left_out_or_put_in_is_one_slip(words: list[str], data: st.DataObject) -> None:
    assume(words)
    place = data.draw(st.integers(0, len(words) - 1))
    text = " ".join(words)
    assert len(slips(text, " ".join(words[:place] + words[place + 1 :]), "strict")) == 1
    assert slips(text, " ".join([*words[:place], "zzz", *words[place:]]), "strict") == [("added", "", "zzz")]
    assert slips(text, text, "strict") == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_compared(text: str, said: str) -> None:
    compare_words(text, said)
    assert words_of(text) == [word for word in words_of(text) if word.strip()]
