"""The best take of each line: clearly more viewers, then clearly higher accuracy, then the newest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from comparison_help import compared_take, line_report, side_by_side

from coach.core.comparison.best_takes import choose_best_takes
from coach.core.comparison.compare import compare
from coach.core.comparison.texts import choice_reason
from coach.core.scoring.report import LineReport


def best(*lines: LineReport) -> tuple[int, bool]:
    """Index of the take chosen for one line, and whether it is tied; the last take is the newest."""
    (choice,) = choose_best_takes(side_by_side(*([line] for line in lines))).choices
    return choice.take, choice.tied


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        (
            (
                line_report("A", "hit", share=0.32, asked_share=0.3),
                line_report("A", "partial", share=0.29, asked_share=0.3),
            ),
            (0, False),
        ),
        (
            (
                line_report("A", "hit", share=0.3, asked_share=0.3),
                line_report("A", "partial", share=0.9, asked_share=0.95),
            ),
            (1, False),
        ),
        (
            (line_report("A", "hit", share=0.9, asked_share=0.3), line_report("A", "hit", share=0.8, asked_share=0.3)),
            (0, False),
        ),
        (
            (line_report("A", "hit", share=0.9, asked_share=0.8), line_report("A", "hit", share=0.7, asked_share=0.3)),
            (0, False),
        ),
        ((line_report("A", share=0.9, asked_share=0.8), line_report("A", share=0.85, asked_share=0.3)), (1, True)),
        ((line_report("A", share=0.9, accuracy=0.7), line_report("A", share=0.85, accuracy=0.6)), (0, False)),
        ((line_report("A", accuracy=0.55), line_report("A", accuracy=0.5)), (1, True)),
        ((line_report("A", accuracy=0.5), line_report("A", accuracy=0.5, reason="broken off")), (0, False)),
        ((line_report("A", "miss", accuracy=0.4), line_report("A", "miss", accuracy=0.3)), (0, False)),
        ((line_report("A", "not_scored"), line_report("A", "miss", accuracy=0.0)), (1, False)),
        ((line_report("A", accuracy=0.5), line_report("A", accuracy=0.5), line_report("A", accuracy=0.4)), (1, True)),
        (
            (line_report("A", "not_scored", reason="untracked"), line_report("A", "not_scored", reason="untracked")),
            (1, True),
        ),
        ((line_report("A", "not_scored"), line_report("A", "not_scored", reason="broken off")), (0, False)),
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
def test_the_best_take_is_chosen(lines: tuple[LineReport, ...], chosen: tuple[int, bool]) -> None:
    assert best(*lines) == chosen


def test_a_gentler_score_of_the_same_performance_does_not_win() -> None:
    gentle, standard = (
        line_report("A", verdict, share=0.5, asked_share=threshold)
        for verdict, threshold in (("hit", 0.4), ("partial", 0.6))
    )
    assert best(gentle, standard) == best(standard, gentle) == (1, True)


def test_time_based_verdicts_of_different_strictness_do_not_decide() -> None:
    takes = [compared_take("gentle", line_report("A", "hit")), compared_take("standard", line_report("A", "partial"))]
    report = takes[0].report
    gentle = replace(
        takes[0], report=report.model_copy(update={"settings": {**report.settings, "strictness": "gentle"}})
    )
    (choice,) = choose_best_takes(compare([gentle, takes[1]])).choices
    assert (choice.take, choice.tied) == (1, True)


def test_takes_of_another_target_or_model_are_not_compared() -> None:
    (choice,) = choose_best_takes(
        side_by_side([line_report("A", "hit", accuracy=0.9)], [line_report("A", "miss", target="fear")])
    ).choices
    assert (choice.take, choice.tied) == (1, False)
    assert choice_reason(choice, "") == "miss, on target 50%; not compared, so the newer one"
    takes = [
        compared_take("one", line_report("A", accuracy=0.9), at=1),
        compared_take("two", line_report("A"), at=2, model="1" * 64),
    ]
    (choice,) = choose_best_takes(compare(takes)).choices
    assert (choice.take, choice.compared) == (1, False)


def test_accuracy_decides_if_one_take_has_no_share() -> None:
    assert best(line_report("A", share=0.9, asked_share=0.1, accuracy=0.5), line_report("A", accuracy=0.6)) == (
        1,
        False,
    )


def test_an_unplayed_line_is_never_chosen() -> None:
    unplayed = line_report("A", "not_scored", start_s=None, end_s=None, reason="not reached")
    assert best(line_report("A", "miss"), unplayed) == (0, False)
    assembly = choose_best_takes(side_by_side([unplayed], [unplayed]))
    assert (assembly.choices, assembly.missing) == ((), ("A",))


def test_the_newest_script_determines_lines_and_order() -> None:
    comparison = side_by_side(
        [line_report("One."), line_report("Dropped."), line_report("Two.")], [line_report("Two."), line_report("One.")]
    )
    assembly = choose_best_takes(comparison)
    assert [choice.text for choice in assembly.choices] == ["Two.", "One."]
    assert assembly.dropped == ("Dropped.",)


def test_only_usable_takes_are_chosen() -> None:
    comparison = side_by_side(
        [line_report("A", "miss"), line_report("B", "hit")], [line_report("A", "hit"), line_report("B", "hit")]
    )
    assert [choice.take for choice in choose_best_takes(comparison).choices] == [1, 1]
    assert [choice.take for choice in choose_best_takes(comparison, {0}).choices] == [0, 0]
    assert choose_best_takes(comparison, set()).missing == ("A", "B")


def test_the_reason_of_a_choice_mentions_a_tie() -> None:
    (choice,) = choose_best_takes(
        side_by_side([line_report("A", accuracy=0.5)], [line_report("A", accuracy=0.5)])
    ).choices
    assert choice_reason(choice, "") == "hit, on target 50%; no clear difference, so the newer one"
