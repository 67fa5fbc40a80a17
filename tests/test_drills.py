"""Drill plans: trouble spots, then due lines, then new ones, as passages with context."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from history_help import SCRIPT, START, WORDS, past_take, script
from hypothesis import given
from hypothesis import strategies as st

from coach.core.progress.drills import DrillPlan, DrillTask, ReviewState, plan_drills, rating_of, reviews_of
from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.past_takes import PastTake
from coach.takes.past_takes import LONGEST_DAYS, memory_of


def history(*takes: PastTake) -> History:
    return history_of(SCRIPT, takes_of(SCRIPT, takes))


def plan(past: History, day: float, count: int = 9) -> DrillPlan:
    now = START + timedelta(days=day)
    return plan_drills(past, memory_of(past.lines, now), now, count)


def reasons_by_line(drills: DrillPlan) -> dict[int, str]:
    return {task.line: task.reason for task in drills.tasks}


def test_trouble_spots_come_first_then_due_lines_then_new_ones() -> None:
    takes = [past_take(n, [0.7, 0.2], WORDS[:2]) for n in range(3)]
    drills = plan(history(*takes), 60)
    assert [task.line for task in drills.tasks] == [2, 1, 3]
    reasons = reasons_by_line(drills)
    assert reasons[2] == "needs work, no hit in the last 3 takes"
    assert reasons[1].startswith("due since ")
    assert reasons[1].endswith("last time a hit")
    assert reasons[3] == "not rehearsed yet"


def test_a_line_that_went_well_today_is_not_due_today() -> None:
    drills = plan(history(past_take(0, [0.95, 0.95, 0.95])), 0.1)
    assert drills.tasks == ()
    assert drills.passages == []
    assert drills.next_due is not None
    assert drills.next_due[1] > START.date()


def test_a_miss_is_due_on_the_next_day_at_any_hour() -> None:
    past = history(past_take(0, [0.1, 0.95, 0.95]))
    assert reasons_by_line(plan(past, 0.1)) == {}
    assert reasons_by_line(plan(past, 0.6)) == {1: "due today, last time a miss"}


def test_reviews_are_in_the_order_of_the_moments_after_a_flight_west() -> None:
    """The actor plays on the 1st, further east where it is the 2nd already, and west where it is still the 1st."""
    east, west = timezone(timedelta(hours=12)), timezone(timedelta(hours=-10))
    zones = {0.0: timezone.utc, 0.2: east, 0.3: west}
    takes = [past_take(day, [accuracy, None, None]) for day, accuracy in zip(zones, (0.7, 0.1, 0.95), strict=True)]
    moved = [replace(take, when=take.when.astimezone(zone)) for take, zone in zip(takes, zones.values(), strict=True)]
    assert [take.when.day for take in moved] == [1, 2, 1]
    assert [grade for _, grade in reviews_of(history(*moved).lines[0])] == ["again", "easy"]


def test_better_lines_are_due_later() -> None:
    takes = history(past_take(0, [0.1, 0.4, 0.65]), past_take(1, [0.1, 0.4, 0.65]))
    due = {number: memory.due for number, memory in memory_of(takes.lines, START).items()}
    assert due[1] <= due[2] < due[3]


def test_the_last_take_of_a_day_counts_as_its_only_review() -> None:
    takes = history(*(past_take(n / 500, [accuracy] * 3) for n, accuracy in enumerate([0.95, 0.95, 0.1, 0.95, 0.7])))
    assert [grade for _, grade in reviews_of(takes.lines[0])] == ["good"]
    once = history(past_take(4 / 500, [0.7] * 3))
    assert memory_of(takes.lines, START) == memory_of(once.lines, START)


def test_review_intervals_are_at_most_a_fortnight() -> None:
    assert LONGEST_DAYS == 14
    takes = history(*(past_take(20 * n, [1.0, 1.0, 1.0]) for n in range(12)))
    last = START + timedelta(days=20 * 11)
    assert all(memory.due <= last + timedelta(days=LONGEST_DAYS) for memory in memory_of(takes.lines, last).values())


def test_a_line_played_without_a_visible_face_is_not_counted_as_reviewed() -> None:
    drills = plan(history(past_take(0, [None, 0.95, 0.95])), 0.1)
    assert reasons_by_line(drills) == {1: "not scored yet"}


def test_a_line_with_a_changed_target_is_new() -> None:
    changed = script(*WORDS, target="fear")
    past = history_of(changed, takes_of(changed, [past_take(0, [0.95] * 3)]))
    assert memory_of(past.lines, START) == {}


def test_takes_of_another_model_count_as_reviews() -> None:
    past = history(past_take(0, [0.95] * 3, model="old"), past_take(1, [0.95] * 3))
    assert [grade for _, grade in reviews_of(past.lines[0])] == ["easy", "easy"]


def test_verdicts_map_to_ratings() -> None:
    points = history(past_take(0, [0.1, 0.4, 0.7]), past_take(1, [0.1, 0.4, 0.9])).lines
    assert [rating_of(line.entries[-1]) for line in points] == ["again", "hard", "easy"]
    assert rating_of(points[2].entries[0]) == "good"


def test_the_same_takes_give_the_same_plan() -> None:
    past = history(*(past_take(n, [0.3, 0.6, 0.9]) for n in range(8)))
    assert plan(past, 20) == plan(past, 20)


def test_the_count_limits_the_plan() -> None:
    drills = plan(history(past_take(0, [0.1, 0.1, 0.1])), 3, count=2)
    assert len(drills.tasks) == 2
    assert drills.remaining == 1


def numbered(*lines: int) -> DrillPlan:
    return DrillPlan(tuple(DrillTask(line, "", "") for line in lines), 0, None)


def test_passages_have_context_lines_and_merge_neighbours() -> None:
    assert numbered(4, 5).passages == [(3, 5)]
    assert numbered(4, 6).passages == [(3, 6)]
    assert numbered(1).passages == [(1, 1)]


def test_the_passage_with_the_most_urgent_line_comes_first() -> None:
    assert numbered(9, 1, 5).passages == [(8, 9), (1, 1), (4, 5)]


@given(st.lists(st.integers(1, 60), unique=True, max_size=12))
def test_passages_contain_every_line_once_with_its_context(lines: list[int]) -> None:
    played = [n for first, last in numbered(*lines).passages for n in range(first, last + 1)]
    assert len(played) == len(set(played))
    assert set(lines) | {max(line - 1, 1) for line in lines} == set(played)


def test_the_due_day_is_in_the_users_time_zone() -> None:
    now = datetime(2026, 11, 2, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    review = ReviewState(datetime(2026, 11, 1, 23, tzinfo=timezone.utc), 0.9)
    drills = plan_drills(history(past_take(0, [0.7] * 3)), {1: review, 2: review, 3: review}, now, 9)
    assert set(reasons_by_line(drills).values()) == {"due today, last time a hit"}
