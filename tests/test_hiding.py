"""Hidden lines: what is left of a line in every writing system, and the words that the coach prompts."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.settings import Show
from coach.core.script.hiding import PROMPT_WORDS, prompt_words, shown_text, word_spans

WORDS = st.one_of(
    *(
        st.text(alphabet=letters, min_size=1, max_size=8)
        for letters in ("abcXYZéș", "אבגדה", "ابتثج", "абвг", "가나다", "αβγ")
    ),
    st.sampled_from(["e\u0301lan", "مَرْحَبًا", "क्षमा", "don't", "well-known", "7:30", "C-3PO"]),
)
"""Words of scripts with spaces, with combining marks and with signs inside."""

LINES = st.lists(WORDS, min_size=1, max_size=12)
PARTIAL = st.sampled_from(["first-3", "first-1", "letters"])


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@given(LINES)
def test_the_first_words_of_a_line_are_shown_whole(words: list[str]) -> None:
    text = " ".join(words)
    for show, count in (("first-3", 3), ("first-1", 1)):
        assert shown_text(text, show) == (text if len(words) <= count else f"{' '.join(words[:count])} …")  # type: ignore[arg-type]


@given(LINES)
def test_letters_shows_the_beginning_of_each_word_and_no_more_than_a_letter(words: list[str]) -> None:
    shown = shown_text(" ".join(words), "letters").split(" ")
    assert len(shown) == len(words)
    for part, word in zip(shown, words, strict=True):
        assert word.startswith(part)
        letters = [sign for sign in part if not unicodedata.category(sign).startswith("M")]
        assert len(letters) == (2 if word == "क्षमा" else 1), "क्ष is one letter of two joined consonants"


@given(st.text(max_size=60), PARTIAL)
def test_nothing_is_shown_that_is_not_in_the_line_and_no_mark_loses_its_letter(text: str, show: Show) -> None:
    shown = shown_text(text, show)
    assert is_subsequence(shown.removesuffix(" …").replace(" ", ""), text)
    spans = word_spans(text)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(text[start].isalnum() for start, _ in spans)
    for _, end in spans:
        assert end == len(text) or not unicodedata.category(text[end]).startswith("M")


@given(LINES)
def test_prompts_give_all_words_of_the_line_in_order_and_then_begin_again(words: list[str]) -> None:
    text, count = " ".join(words), -(-len(words) // PROMPT_WORDS)
    assert " ".join(prompt_words(text, number) for number in range(1, count + 1)) == text
    assert prompt_words(text, count + 1) == prompt_words(text, 1)


@pytest.mark.parametrize(
    ("text", "first_1", "letters"),
    [
        ("我们明天早上去北京，好吗？", "我们 …", "我 明 早 去 京，好？"),
        ("おまえはもう死んでいる", "おまえ …", "お は 死 ん る"),
        ("เขาจะมาไหม", "เขาจะ …", "เข ม"),
        ("שלום לכם, חברים", "שלום …", "ש ל, ח"),
    ],
)
def test_scripts_without_spaces_are_cut_into_a_few_letters_and_right_to_left_text_at_its_beginning(
    text: str, first_1: str, letters: str
) -> None:
    assert shown_text(text, "first-1") == first_1
    assert shown_text(text, "letters") == letters


def test_punctuation_stays_between_first_letters() -> None:
    assert shown_text("To be, or not to be: that's it!", "letters") == "T b, o n t b: t i!"


def test_directions_are_shown_and_neither_counted_nor_prompted() -> None:
    text = "(to BEN) You knew (beat) all along, did you?"
    assert shown_text(text, "first-3") == "(to BEN) You knew (beat) all …"
    assert shown_text(text, "letters") == "(to BEN) Y k (beat) a a, d y?"
    assert [prompt_words(text, number) for number in (1, 2)] == ["You knew all", "along, did you"]


def test_the_whole_line_or_nothing_of_it() -> None:
    assert shown_text("Stay here.", "full") == "Stay here."
    assert shown_text("Stay here.", "cue") == shown_text("Stay here.", "none") == ""
    assert prompt_words("… (sighs)", 1) == ""
