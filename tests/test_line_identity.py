"""Matching of lines between versions of a script, by their words."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from coach.core.progress.line_identity import match_lines, normalise

TEXTS = st.lists(st.text(max_size=12), max_size=8)


def test_moved_lines_are_matched() -> None:
    assert match_lines(["They said so.", "Wait!", "She lives."], ["She lives.", "they said so"]) == {0: 1, 2: 0}


def test_equal_lines_are_matched_in_order() -> None:
    assert match_lines(["Wait.", "Who?", "Wait."], ["Wait.", "Wait.", "Who?"]) == {0: 0, 1: 2, 2: 1}


def test_a_reworded_line_is_matched_between_its_neighbours() -> None:
    old = ["Good morning.", "They said there would be news by morning.", "She is alive."]
    new = ["Good morning.", "They said there'd be news by the morning.", "She is alive."]
    assert match_lines(old, new) == {0: 0, 1: 1, 2: 2}


def test_new_and_cut_lines_have_no_partner() -> None:
    assert match_lines(["Good morning.", "Outside, a car."], ["Good morning.", "What if nobody comes?"]) == {0: 0}


def test_a_line_that_is_both_reworded_and_moved_counts_as_new() -> None:
    old = ["They said there would be news.", "One.", "Two."]
    new = ["One.", "Two.", "They said there will be news."]
    assert match_lines(old, new) == {1: 0, 2: 1}


def test_punctuation_case_and_width_are_ignored() -> None:
    assert normalise("  WAIT —  for\tme!") == normalise("wait, for me")
    assert normalise("…") != normalise("!")


@given(TEXTS)
def test_a_script_matches_itself_line_by_line(texts: list[str]) -> None:
    assert match_lines(texts, texts) == {place: place for place in range(len(texts))}


@given(TEXTS, TEXTS)
def test_no_line_has_two_partners(old: list[str], new: list[str]) -> None:
    pairs = match_lines(old, new)
    assert len(set(pairs.values())) == len(pairs)
    assert all(0 <= old_line < len(old) and 0 <= new_line < len(new) for old_line, new_line in pairs.items())


@given(
    st.lists(st.text("abcdefgh", min_size=1), min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False)
)
def test_shuffled_lines_are_all_matched(texts: list[str], dice: random.Random) -> None:
    shuffled = dice.sample(texts, len(texts))
    assert all(texts[old_line] == shuffled[new_line] for old_line, new_line in match_lines(texts, shuffled).items())
    assert len(match_lines(texts, shuffled)) == len(texts)
