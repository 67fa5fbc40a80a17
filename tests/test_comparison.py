"""Comparison of takes: lines are matched by their words, and small differences do not rank."""

from __future__ import annotations

import pytest
from comparison_help import compared_take, line_report, side_by_side
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
        [line_report("What if nobody comes?"), line_report("She is alive."), line_report("Cut me.")],
        [line_report("New here."), line_report("What if nobody comes?"), line_report("She is alive!! Alive.")],
    )
    texts = [(row.text, [line.index if line else None for line in row.reports]) for row in comparison.lines]
    assert texts == [
        ("New here.", [None, 1]),
        ("What if nobody comes?", [1, 2]),
        ("She is alive!! Alive.", [2, 3]),
        ("Cut me.", [3, None]),
    ]


def test_a_line_that_only_older_takes_have_keeps_its_position() -> None:
    comparison = side_by_side(
        [line_report("One."), line_report("Between."), line_report("Two.")], [line_report("One."), line_report("Two.")]
    )
    assert [row.text for row in comparison.lines] == ["One.", "Between.", "Two."]
    assert presence_text(comparison.lines[1]) == "only in take 1"


def test_equal_lines_are_compared_separately() -> None:
    comparison = side_by_side(
        [line_report("Again."), line_report("Again.")], [line_report("Again."), line_report("Again.")]
    )
    assert [[line.index if line else None for line in row.reports] for row in comparison.lines] == [[1, 1], [2, 2]]


def test_only_a_difference_of_at_least_the_noise_ranks_takes() -> None:
    assert ranking(line_report("A", share=0.5), line_report("A", share=0.599)).lead is None
    assert ranking(line_report("A", share=0.5), line_report("A", share=0.6)) == Ranking("share", (1,), 0.1)
    assert ranking(line_report("A", accuracy=0.5), line_report("A", accuracy=0.41)).lead is None
    assert ranking(line_report("A", accuracy=0.7), line_report("A", accuracy=0.5)) == Ranking("accuracy", (0,), 0.2)


def test_takes_that_differ_from_the_best_by_less_than_the_noise_share_the_lead() -> None:
    result = ranking(line_report("A", share=0.8), line_report("A", share=0.2), line_report("A", share=0.75))
    assert result == Ranking("share", (0, 2), 0.6)
    assert ranking_sentence(result) == "Takes 1 and 3 are ahead by 6 of 10 viewers."


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line_report("A"), line_report("A", "not_scored")], "scored only in take 1"),
        ([line_report("A", "not_scored"), line_report("A", "not_scored")], "scored in no take"),
        ([line_report("A", target="sad"), line_report("A", target="fear")], "the takes ask for different emotions"),
    ],
)
def test_incomparable_lines_have_a_reason(lines: list[LineReport], reason: str) -> None:
    result = ranking(*lines)
    assert (result.measure, result.lead, result.reason) == (None, None, reason)
    assert ranking_sentence(result) == f"Not compared: {reason}."


def test_readings_of_different_models_are_not_compared() -> None:
    takes = [
        compared_take("a", line_report("A", share=0.9)),
        compared_take("b", line_report("A", share=0.1), model="1" * 64),
    ]
    assert compare(takes).lines[0].ranking.reason == "read by different models"


def test_the_largest_comparable_group_is_ranked_and_the_others_excluded() -> None:
    result = ranking(
        line_report("A", target="sad", share=0.9),
        line_report("A", target="fear", share=0.1),
        line_report("A", target="sad", share=0.2),
        line_report("A", "not_scored", target="sad"),
    )
    assert result == Ranking("share", (0,), 0.7, excluded=(1,))
    sentence = "Take 1 is ahead by 7 of 10 viewers. Not compared: take 2 (another tag or model)."
    assert ranking_sentence(result) == sentence


def test_newest_first_sorts_takes_by_time() -> None:
    early, late = compared_take("early", line_report("A"), at=1.0), compared_take("late", line_report("A"), at=2.0)
    assert newest_first([late, early]) == [0, 1]
    assert newest_first([early, late]) == [1, 0]
    assert newest_first([early, early]) == [1, 0]


def test_the_overall_sentence_counts_the_lines_in_which_one_take_is_ahead() -> None:
    comparison = side_by_side(
        [line_report("A", share=0.9), line_report("B", share=0.1), line_report("C", share=0.1)],
        [line_report("A", share=0.1), line_report("B", share=0.9), line_report("C", share=0.9)],
    )
    sentence = "Take 1 is clearly ahead in 1 of 3 lines, take 2 is clearly ahead in 2 of 3 lines."
    assert overall_sentence(comparison) == sentence
    assert overall_sentence(side_by_side([line_report("A")], [line_report("A")])) == "No take is clearly ahead."
    assert (
        overall_sentence(side_by_side([line_report("A")], [line_report("Quite another.")]))
        == "No line could be compared."
    )


def test_equal_targets_are_shown_once_and_different_ones_by_take() -> None:
    row = side_by_side(
        [line_report("A", target="sad")], [line_report("A", target="sad")], [line_report("A", target="")]
    ).lines[0]
    assert target_text(row) == "sad in takes 1 and 2, nothing in take 3"
    assert (
        target_text(side_by_side([line_report("A", target="sad")], [line_report("A", target="sad")]).lines[0]) == "sad"
    )


def test_zero_counts_are_omitted() -> None:
    nothing = Overall(accuracy=None, scored_s=0, coverage=0, hits=0, partials=0, misses=0, not_scored=2)
    assert counts_text(nothing) == "nothing scored, 2 not scored"
    some = Overall(accuracy=0.5, scored_s=1, coverage=1, hits=2, partials=0, misses=1, not_scored=0)
    assert counts_text(some) == "on target 50%, 2 hits, 1 miss"


@given(st.lists(st.floats(0, 1).map(lambda share: round(share, 4)), min_size=2, max_size=8))
def test_leading_takes_are_close_to_the_best_and_all_others_clearly_below_it(shares: list[float]) -> None:
    result = ranking(*(line_report("A", share=share) for share in shares))
    ahead = {shares[place] for place in result.ahead}
    others = {share for place, share in enumerate(shares) if place not in result.ahead}
    best = max(shares)
    assert all(round(best - share, 4) < NOISE["share"] for share in ahead)
    assert all(round(best - share, 4) >= NOISE["share"] for share in others)
    assert (result.lead is None) == (not others)


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), min_size=2, max_size=4))
def test_every_line_of_every_take_is_compared_exactly_once(scripts: list[list[str]]) -> None:
    comparison = side_by_side(*([line_report(f"Words {word} here {word}") for word in script] for script in scripts))
    for place, script in enumerate(scripts):
        indexes = [row.reports[place].index for row in comparison.lines if row.reports[place]]  # type: ignore[union-attr]
        assert sorted(indexes) == list(range(1, len(script) + 1))
