"""Comparison of takes: lines are matched by their words, and small differences do not rank."""

from __future__ import annotations

import pytest
from comparison_help import compared_take, said, side_by_side
from hypothesis import given
from hypothesis import strategies as st

from coach.core.comparison.compare import NOISE, Ranking, compare, newest_first
from coach.core.comparison.texts import counts_text, overall_sentence, presence_text, ranking_sentence, target_text
from coach.core.scoring.report import LineReport, Overall


def ranking(*lines: LineReport) -> Ranking:
    """The ranking of one line in several takes."""
    return side_by_side(*([line] for line in lines)).lines[0].ranking


def test_lines_of_an_edited_script_are_matched_and_shown_in_their_newest_wording() -> None:
    comparison = side_by_side(
        [said("What if nobody comes?"), said("She is alive."), said("Cut me.")],
        [said("New here."), said("What if nobody comes?"), said("She is alive!! Alive.")],
    )
    texts = [(row.text, [line.index if line else None for line in row.reports]) for row in comparison.lines]
    assert texts == [
        ("New here.", [None, 1]),
        ("What if nobody comes?", [1, 2]),
        ("She is alive!! Alive.", [2, 3]),
        ("Cut me.", [3, None]),
    ]


def test_a_line_that_only_older_takes_have_keeps_its_position() -> None:
    comparison = side_by_side([said("One."), said("Between."), said("Two.")], [said("One."), said("Two.")])
    assert [row.text for row in comparison.lines] == ["One.", "Between.", "Two."]
    assert presence_text(comparison.lines[1]) == "only in take 1"


def test_equal_lines_are_compared_separately() -> None:
    comparison = side_by_side([said("Again."), said("Again.")], [said("Again."), said("Again.")])
    assert [[line.index if line else None for line in row.reports] for row in comparison.lines] == [[1, 1], [2, 2]]


def test_only_a_difference_of_at_least_the_noise_ranks_takes() -> None:
    assert ranking(said("A", share=0.5), said("A", share=0.599)).lead is None
    assert ranking(said("A", share=0.5), said("A", share=0.6)) == Ranking("share", (1,), 0.1)
    assert ranking(said("A", accuracy=0.5), said("A", accuracy=0.41)).lead is None
    assert ranking(said("A", accuracy=0.7), said("A", accuracy=0.5)) == Ranking("accuracy", (0,), 0.2)


def test_takes_that_differ_from_the_best_by_less_than_the_noise_share_the_lead() -> None:
    found = ranking(said("A", share=0.8), said("A", share=0.2), said("A", share=0.75))
    assert found == Ranking("share", (0, 2), 0.6)
    assert ranking_sentence(found) == "Takes 1 and 3 are ahead by 6 of 10 viewers."


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([said("A"), said("A", "not_scored")], "scored only in take 1"),
        ([said("A", "not_scored"), said("A", "not_scored")], "scored in no take"),
        ([said("A", target="sad"), said("A", target="fear")], "the takes ask for different emotions"),
    ],
)
def test_incomparable_lines_have_a_reason(lines: list[LineReport], why: str) -> None:
    found = ranking(*lines)
    assert (found.measure, found.lead, found.reason) == (None, None, why)
    assert ranking_sentence(found) == f"Not compared: {why}."


def test_readings_of_different_models_are_not_compared() -> None:
    takes = [
        compared_take("a", said("A", share=0.9)),
        compared_take("b", said("A", share=0.1), model="1" * 64),
    ]
    assert compare(takes).lines[0].ranking.reason == "read by different models"


def test_the_largest_comparable_group_is_ranked_and_the_others_excluded() -> None:
    found = ranking(
        said("A", target="sad", share=0.9),
        said("A", target="fear", share=0.1),
        said("A", target="sad", share=0.2),
        said("A", "not_scored", target="sad"),
    )
    assert found == Ranking("share", (0,), 0.7, excluded=(1,))
    assert ranking_sentence(found) == "Take 1 is ahead by 7 of 10 viewers. Not compared: take 2 (another tag or model)."


def test_newest_first_sorts_takes_by_time() -> None:
    early, late = compared_take("early", said("A"), at=1.0), compared_take("late", said("A"), at=2.0)
    assert newest_first([late, early]) == [0, 1]
    assert newest_first([early, late]) == [1, 0]
    assert newest_first([early, early]) == [1, 0]


def test_the_overall_sentence_counts_the_lines_in_which_one_take_is_ahead() -> None:
    comparison = side_by_side(
        [said("A", share=0.9), said("B", share=0.1), said("C", share=0.1)],
        [said("A", share=0.1), said("B", share=0.9), said("C", share=0.9)],
    )
    told = "Take 1 is clearly ahead in 1 of 3 lines, take 2 is clearly ahead in 2 of 3 lines."
    assert overall_sentence(comparison) == told
    assert overall_sentence(side_by_side([said("A")], [said("A")])) == "No take is clearly ahead."
    assert overall_sentence(side_by_side([said("A")], [said("Quite another.")])) == "No line could be compared."


def test_equal_targets_are_shown_once_and_different_ones_by_take() -> None:
    row = side_by_side([said("A", target="sad")], [said("A", target="sad")], [said("A", target="")]).lines[0]
    assert target_text(row) == "sad in takes 1 and 2, nothing in take 3"
    assert target_text(side_by_side([said("A", target="sad")], [said("A", target="sad")]).lines[0]) == "sad"


def test_zero_counts_are_omitted() -> None:
    nothing = Overall(accuracy=None, scored_s=0, coverage=0, hits=0, partials=0, misses=0, not_scored=2)
    assert counts_text(nothing) == "nothing scored, 2 not scored"
    some = Overall(accuracy=0.5, scored_s=1, coverage=1, hits=2, partials=0, misses=1, not_scored=0)
    assert counts_text(some) == "on target 50%, 2 hits, 1 miss"


@given(st.lists(st.floats(0, 1).map(lambda share: round(share, 4)), min_size=2, max_size=8))
def test_leading_takes_are_close_to_the_best_and_all_others_clearly_below_it(shares: list[float]) -> None:
    found = ranking(*(said("A", share=share) for share in shares))
    ahead = {shares[place] for place in found.ahead}
    others = {share for place, share in enumerate(shares) if place not in found.ahead}
    best = max(shares)
    assert all(round(best - share, 4) < NOISE["share"] for share in ahead)
    assert all(round(best - share, 4) >= NOISE["share"] for share in others)
    assert (found.lead is None) == (not others)


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), min_size=2, max_size=4))
def test_every_line_of_every_take_is_compared_exactly_once(scripts: list[list[str]]) -> None:
    comparison = side_by_side(*([said(f"Words {word} here {word}") for word in script] for script in scripts))
    for place, script in enumerate(scripts):
        found = [row.reports[place].index for row in comparison.lines if row.reports[place]]  # type: ignore[union-attr]
        assert sorted(found) == list(range(1, len(script) + 1))
