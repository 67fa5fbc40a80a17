"""The best of several takes: verdict first, then the share above what is asked, then accuracy; then the newer."""

from __future__ import annotations

import pytest
from comparison_help import said, side_by_side

from coach.core.assembly import assemble
from coach.core.comparison_words import reason_of_choice
from coach.core.report import LineReport


def best(*lines: LineReport) -> tuple[int, bool]:
    """Which of several takes of one line is chosen, and whether it was a tie; the last one is the newest."""
    (choice,) = assemble(side_by_side(*([line] for line in lines))).choices
    return choice.take, choice.tied


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        ((said("A", "hit", share=0.3, asked_share=0.3), said("A", "partial", share=0.9, asked_share=0.95)), (0, False)),
        ((said("A", "hit", share=0.9, asked_share=0.3), said("A", "hit", share=0.8, asked_share=0.3)), (0, False)),
        ((said("A", "hit", share=0.9, asked_share=0.8), said("A", "hit", share=0.7, asked_share=0.3)), (1, False)),
        ((said("A", "miss", accuracy=0.4), said("A", "miss", accuracy=0.3)), (0, False)),
        ((said("A", "not_scored"), said("A", "miss", accuracy=0.0)), (1, False)),
        ((said("A", accuracy=0.5), said("A", accuracy=0.5), said("A", accuracy=0.4)), (1, True)),
        ((said("A", "not_scored", reason="untracked"), said("A", "not_scored", reason="untracked")), (1, True)),
        ((said("A", "not_scored"), said("A", "not_scored", reason="broken off")), (0, False)),
    ],
    ids=["verdict", "share", "above what is asked", "accuracy", "scored", "tie", "untracked", "whole"],
)
def test_the_rule(lines: tuple[LineReport, ...], chosen: tuple[int, bool]) -> None:
    assert best(*lines) == chosen


def test_where_one_model_gives_no_shares_accuracy_decides() -> None:
    assert best(said("A", share=0.9, asked_share=0.1, accuracy=0.5), said("A", accuracy=0.6)) == (1, False)


def test_a_line_that_was_not_played_cannot_serve() -> None:
    unplayed = said("A", "not_scored", start_s=None, end_s=None, reason="not reached")
    assert best(said("A", "miss"), unplayed) == (0, False)
    assembly = assemble(side_by_side([unplayed], [unplayed]))
    assert (assembly.choices, assembly.missing) == ((), ("A",))


def test_the_newest_script_gives_order_and_lines() -> None:
    comparison = side_by_side([said("One."), said("Dropped."), said("Two.")], [said("Two."), said("One.")])
    assembly = assemble(comparison)
    assert [choice.text for choice in assembly.choices] == ["Two.", "One."]
    assert assembly.dropped == ("Dropped.",)


def test_only_takes_that_may_be_used_are_chosen() -> None:
    comparison = side_by_side([said("A", "miss"), said("B", "hit")], [said("A", "hit"), said("B", "hit")])
    assert [choice.take for choice in assemble(comparison).choices] == [1, 1]
    assert [choice.take for choice in assemble(comparison, {0}).choices] == [0, 0]
    assert assemble(comparison, set()).missing == ("A", "B")


def test_the_reason_says_why() -> None:
    (choice,) = assemble(side_by_side([said("A", accuracy=0.5)], [said("A", accuracy=0.5)])).choices
    assert reason_of_choice(choice, "") == "hit, 50% accurate; tied, the newer one"
