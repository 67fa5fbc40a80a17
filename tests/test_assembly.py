"""The best of several takes by one yardstick: clearly more viewers, then clearly more accurate; then the newer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from comparison_help import played, said, side_by_side

from coach.core.comparison.best_takes import choose_best_takes
from coach.core.comparison.compare import compare
from coach.core.comparison.words import choice_reason
from coach.core.scoring.report import LineReport


def best(*lines: LineReport) -> tuple[int, bool]:
    """Which of several takes of one line is chosen, and whether it was a tie; the last one is the newest."""
    (choice,) = choose_best_takes(side_by_side(*([line] for line in lines))).choices
    return choice.take, choice.tied


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        (
            (said("A", "hit", share=0.32, asked_share=0.3), said("A", "partial", share=0.29, asked_share=0.3)),
            (0, False),
        ),
        ((said("A", "hit", share=0.3, asked_share=0.3), said("A", "partial", share=0.9, asked_share=0.95)), (1, False)),
        ((said("A", "hit", share=0.9, asked_share=0.3), said("A", "hit", share=0.8, asked_share=0.3)), (0, False)),
        ((said("A", "hit", share=0.9, asked_share=0.8), said("A", "hit", share=0.7, asked_share=0.3)), (0, False)),
        ((said("A", share=0.9, asked_share=0.8), said("A", share=0.85, asked_share=0.3)), (1, True)),
        ((said("A", share=0.9, accuracy=0.7), said("A", share=0.85, accuracy=0.6)), (0, False)),
        ((said("A", accuracy=0.55), said("A", accuracy=0.5)), (1, True)),
        ((said("A", accuracy=0.5), said("A", accuracy=0.5, reason="broken off")), (0, False)),
        ((said("A", "miss", accuracy=0.4), said("A", "miss", accuracy=0.3)), (0, False)),
        ((said("A", "not_scored"), said("A", "miss", accuracy=0.0)), (1, False)),
        ((said("A", accuracy=0.5), said("A", accuracy=0.5), said("A", accuracy=0.4)), (1, True)),
        ((said("A", "not_scored", reason="untracked"), said("A", "not_scored", reason="untracked")), (1, True)),
        ((said("A", "not_scored"), said("A", "not_scored", reason="broken off")), (0, False)),
    ],
    ids=[
        "verdict of one strictness",
        "verdicts of two",
        "share",
        "share whatever was asked",
        "no clear share",
        "accuracy of like shares",
        "no clear accuracy",
        "whole of like ones",
        "accuracy",
        "scored",
        "tie",
        "untracked",
        "whole",
    ],
)
def test_the_rule(lines: tuple[LineReport, ...], chosen: tuple[int, bool]) -> None:
    assert best(*lines) == chosen


def test_one_performance_scored_gently_does_not_beat_itself() -> None:
    gentle, standard = (
        said("A", verdict, share=0.5, asked_share=asked) for verdict, asked in (("hit", 0.4), ("partial", 0.6))
    )
    assert best(gentle, standard) == best(standard, gentle) == (1, True)


def test_verdicts_by_time_follow_strictness_too() -> None:
    takes = [played("gentle", said("A", "hit")), played("standard", said("A", "partial"))]
    report = takes[0].report
    gentle = replace(
        takes[0], report=report.model_copy(update={"settings": {**report.settings, "strictness": "gentle"}})
    )
    (choice,) = choose_best_takes(compare([gentle, takes[1]])).choices
    assert (choice.take, choice.tied) == (1, True)


def test_what_asks_for_something_else_or_was_read_by_another_model_is_not_held_against_it() -> None:
    (choice,) = choose_best_takes(
        side_by_side([said("A", "hit", accuracy=0.9)], [said("A", "miss", target="fear")])
    ).choices
    assert (choice.take, choice.tied) == (1, False)
    assert choice_reason(choice, "") == "miss, 50% accurate; not compared, the newer one"
    takes = [played("one", said("A", accuracy=0.9), at=1), played("two", said("A"), at=2, model="1" * 64)]
    (choice,) = choose_best_takes(compare(takes)).choices
    assert (choice.take, choice.compared) == (1, False)


def test_where_one_model_gives_no_shares_accuracy_decides() -> None:
    assert best(said("A", share=0.9, asked_share=0.1, accuracy=0.5), said("A", accuracy=0.6)) == (1, False)


def test_a_line_that_was_not_played_cannot_serve() -> None:
    unplayed = said("A", "not_scored", start_s=None, end_s=None, reason="not reached")
    assert best(said("A", "miss"), unplayed) == (0, False)
    assembly = choose_best_takes(side_by_side([unplayed], [unplayed]))
    assert (assembly.choices, assembly.missing) == ((), ("A",))


def test_the_newest_script_gives_order_and_lines() -> None:
    comparison = side_by_side([said("One."), said("Dropped."), said("Two.")], [said("Two."), said("One.")])
    assembly = choose_best_takes(comparison)
    assert [choice.text for choice in assembly.choices] == ["Two.", "One."]
    assert assembly.dropped == ("Dropped.",)


def test_only_takes_that_may_be_used_are_chosen() -> None:
    comparison = side_by_side([said("A", "miss"), said("B", "hit")], [said("A", "hit"), said("B", "hit")])
    assert [choice.take for choice in choose_best_takes(comparison).choices] == [1, 1]
    assert [choice.take for choice in choose_best_takes(comparison, {0}).choices] == [0, 0]
    assert choose_best_takes(comparison, set()).missing == ("A", "B")


def test_the_reason_says_why() -> None:
    (choice,) = choose_best_takes(side_by_side([said("A", accuracy=0.5)], [said("A", accuracy=0.5)])).choices
    assert choice_reason(choice, "") == "hit, 50% accurate; tied, the newer one"
