"""The history of a script: identity of lines, comparable entries, trouble spots."""

from __future__ import annotations

from history_help import SCRIPT, WORDS, as_past, line_reports, past_take, script, take_report, with_name
from hypothesis import given
from hypothesis import strategies as st

from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.history_texts import change_sentences, full_takes_text, history_remarks, line_trend_text
from coach.core.progress.line_identity import LineTracker
from coach.core.progress.past_takes import PastTake
from coach.core.script.script import Script


def history(*takes: PastTake) -> History:
    return history_of(SCRIPT, takes_of(SCRIPT, takes))


def accuracies(past: History, number: int) -> list[float | None]:
    return [point.line.accuracy for point in past.lines[number - 1].comparable]


def test_entries_are_oldest_first_in_any_order_of_takes() -> None:
    past = history(past_take(2, [0.4, 0.5, 0.6]), past_take(1, [0.1, 0.2, 0.3]))
    assert accuracies(past, 1) == [0.1, 0.4]
    assert accuracies(past, 3) == [0.3, 0.6]


def test_takes_of_another_script_are_excluded_even_with_a_common_line() -> None:
    other = ("Good evening.", "Who are you?", WORDS[0])
    stranger = past_take(1, [0.1, 0.1, 0.1], other, title="Another play")
    assert takes_of(SCRIPT, [stranger]) == []


def test_a_renamed_script_is_recognised_by_its_lines_and_an_edited_one_by_its_title() -> None:
    renamed = past_take(1, [0.1, 0.1], (WORDS[0], "Something else entirely."), title="Renamed")
    edited = past_take(2, [0.1, 0.1, 0.1], ("One.", "Two.", WORDS[2]))
    assert takes_of(SCRIPT, [renamed, edited]) == [renamed, edited]


def test_an_equal_title_alone_is_not_the_same_script() -> None:
    assert takes_of(SCRIPT, [past_take(1, [0.1], ("Quite another thing.",))]) == []


def test_a_reworded_line_keeps_its_history() -> None:
    first = ("They told us there would be some news by the morning.", *WORDS[1:])
    second = ("They told us by the morning.", *WORDS[1:])
    past = history(
        past_take(1, [0.1, 0.5, 0.5], first), past_take(2, [0.2, 0.5, 0.5], second), past_take(3, [0.3, 0.5, 0.5])
    )
    assert accuracies(past, 1) == [0.1, 0.2, 0.3]


def test_new_and_cut_lines_are_listed() -> None:
    was = ("They said by morning.", "A line that was cut.", "Don't knock.")
    past = history(past_take(1, [0.1, 0.2, 0.3], was))
    assert [line.text for line in past.new] == [WORDS[2]]
    assert [line.text for line in past.removed] == ["A line that was cut."]
    text = " ".join(history_remarks(past))
    assert "Not played yet: line 3." in text
    assert "No longer in the script, last played 2026-11-02: A line that was cut." in text


def test_a_passage_counts_for_its_lines_but_not_as_a_full_take() -> None:
    passage = as_past(take_report(2, line_reports([0.9], [WORDS[1]], first=2)), 2)
    past = history(past_take(1, [0.1, 0.2, 0.3]), passage)
    assert accuracies(past, 2) == [0.2, 0.9]
    assert accuracies(past, 1) == [0.1]
    assert [run.take.name for run in past.full_takes] == ["take-1"]


def test_a_passage_of_equal_lines_is_matched_by_number() -> None:
    twice = script("Wait.", "Who is it?", "Wait.")
    passage = as_past(take_report(2, line_reports([0.9], ["Wait."], first=3)), 2)
    past = history_of(twice, takes_of(twice, [passage]))
    assert [len(line.entries) for line in past.lines] == [0, 0, 1]


def test_unscored_and_unreached_lines_have_no_accuracy() -> None:
    unseen = past_take(2, [None, 0.5, 0.6])
    cut_short = take_report(3, line_reports([0.4, 0.5, None]))
    cut_short = cut_short.model_copy(
        update={"lines": [*cut_short.lines[:2], cut_short.lines[2].model_copy(update={"start_s": None})]}
    )
    past = history(past_take(1, [0.1, 0.2, 0.3]), unseen, as_past(cut_short, 3))
    assert accuracies(past, 1) == [0.1, 0.4]
    assert accuracies(past, 3) == [0.3, 0.6]
    assert len(past.lines[2].entries) == 2, "a line that was not reached has no entry"
    assert [run.take.name for run in past.full_takes] == ["take-1", "take-2"]


def test_takes_without_camera_or_score_are_excluded() -> None:
    past = history(past_take(1, [0.1, 0.2, 0.3]), past_take(2, [None] * 3, model=None), past_take(3, [None] * 3))
    assert [take.name for take in past.takes] == ["take-1"]
    assert (past.excluded.unwatched, past.excluded.unscored) == (1, 1)


def test_takes_of_another_model_are_excluded() -> None:
    past = history(past_take(1, [0.9] * 3, model="old"), past_take(3, [0.1] * 3), past_take(4, [0.2] * 3))
    assert accuracies(past, 1) == [0.1, 0.2]
    assert len(past.lines[0].entries) == 3
    assert [(model.name, count) for model, count in past.excluded.models] == [("old", 1)]
    assert past.overall.first == 0.1


def test_accuracies_of_all_strictnesses_count_and_a_remark_explains_the_verdicts() -> None:
    takes = [past_take(n, [0.1 * n] * 3, strictness="gentle" if n < 3 else "strict") for n in range(1, 6)]
    past = history(*takes)
    assert accuracies(past, 1) == [0.1 * n for n in range(1, 6)]
    assert len(past.full_takes) == 5
    assert past.lines[0].trend.direction == "rising"
    assert past.excluded.models == ()
    (remark,) = history_remarks(past)
    assert remark.startswith("The takes have different strictness (3 strict, 2 gentle).")
    assert history_remarks(history(*takes[:2])) == [], "no remark if all takes have the same strictness"


JUMP = [0.0, 0.0, 0.0, 0.0, 0.0, 0.89, 0.79, 0.99]
"""Accuracies of a line that works from the sixth take on."""


def test_the_headline_says_from_which_take_on_a_line_works() -> None:
    past = history(*(past_take(n, [0.5, 0.5, share]) for n, share in enumerate(JUMP, start=1)))
    assert change_sentences(past) == ["Line 3 works since take 6: 0% before, 89% since."]
    assert line_trend_text(past, past.lines[2]) == "better since take 6"
    assert line_trend_text(past, past.lines[0]) == "no clear trend"


def test_takes_that_are_not_compared_count_in_the_number_of_a_take() -> None:
    old = past_take(0, [0.5] * 3, model="old")
    past = history(old, *(past_take(n, [0.5, 0.5, share]) for n, share in enumerate(JUMP, start=1)))
    assert change_sentences(past) == ["Line 3 works since take 7: 0% before, 89% since."]


def test_the_headline_says_better_of_a_line_that_is_no_hit_yet_and_worse_of_one_that_fell() -> None:
    some, fallen = [share * 0.5 for share in JUMP], [1 - share for share in JUMP]
    past = history(*(past_take(n, [a, b, 0.5]) for n, (a, b) in enumerate(zip(some, fallen, strict=True), start=1)))
    assert change_sentences(past) == [
        "Line 2 is worse since take 6: 100% before, 11% since.",
        "Line 1 is better since take 6: 0% before, 44% since.",
    ]


def test_the_newest_figure_is_that_of_the_newest_bar() -> None:
    past = history(*(past_take(n, [share] * 3) for n, share in enumerate(JUMP, start=1)))
    assert past.lines[0].newest is not None
    assert past.lines[0].newest.line.accuracy == 0.99
    assert full_takes_text(past) == "8; first 0%, newest 99%; better since take 6."


def test_a_gentler_verdict_does_not_make_a_take_the_best() -> None:
    hits = [line.model_copy(update={"verdict": "hit"}) for line in line_reports([0.4] * 3)]
    easy = take_report(2, hits, strictness="gentle")
    past = history(past_take(1, [0.5] * 3), as_past(easy, 2))
    assert {line.best.take.name for line in past.lines if line.best} == {"take-1"}


def test_a_changed_target_restarts_the_history() -> None:
    before = past_take(1, [0.9, 0.9, 0.9])
    changed = script(*WORDS, target="fear")
    past = history_of(changed, takes_of(changed, [before]))
    assert [line.comparable for line in past.lines] == [(), (), ()]
    assert "had another tag in earlier takes" in " ".join(history_remarks(past))
    assert past.full_takes == ()


def test_the_best_entry_is_chosen_by_verdict_share_accuracy_and_age() -> None:
    past = history(past_take(1, [0.61, 0.5, 0.5]), past_take(2, [0.9, 0.5, 0.5]), past_take(3, [0.9, 0.5, 0.4]))
    best = [line.best for line in past.lines]
    assert [point.take.name for point in best if point] == ["take-3", "take-3", "take-2"]


def test_the_better_of_two_hits_has_the_larger_share_of_viewers() -> None:
    report = take_report(2, line_reports([0.7, 0.7, 0.7]))
    lines = [line.model_copy(update={"share": 0.9}) for line in report.lines]
    past = history(
        past_take(1, [0.8, 0.8, 0.8]), as_past(report.model_copy(update={"lines": lines}), 2), past_take(3, [0.8] * 3)
    )
    assert {line.best.take.name for line in past.lines if line.best} == {"take-2"}


def test_lines_without_a_recent_hit_are_trouble_spots_sorted_worst_first() -> None:
    takes = [past_take(n, [0.5, 0.9, 0.1]) for n in range(1, 4)]
    assert [line.number for line in history(*takes).trouble_spots] == [3, 1]
    assert history(*takes[:2]).trouble_spots == (), "two takes are too few for a trouble spot"
    assert [line.number for line in history(*takes, past_take(9, [0.9, 0.9, 0.1])).trouble_spots] == [3]


def test_an_old_hit_does_not_prevent_a_trouble_spot() -> None:
    takes = [past_take(0, [0.9, 0.9, 0.9]), *(past_take(n, [0.2, 0.9, 0.9]) for n in range(1, 6))]
    assert [line.number for line in history(*takes).trouble_spots] == [1]


def test_the_accuracy_of_a_full_take_covers_only_lines_of_the_current_script() -> None:
    was = (*WORDS, "A line that was cut.")
    past = history(past_take(1, [0.2, 0.4, 0.6, 1.0], was))
    assert [round(run.accuracy, 6) for run in past.full_takes] == [0.4]


def test_a_take_in_which_only_a_cut_line_was_scored_is_not_a_full_take() -> None:
    was = (*WORDS, "A line that was cut.")
    assert history(past_take(1, [None, None, None, 1.0], was)).full_takes == ()


def test_a_script_without_targets_has_no_full_takes() -> None:
    unasked = Script.model_validate({"title": "Waiting for news", "lines": [{"text": text} for text in WORDS]})
    past = history_of(unasked, takes_of(unasked, [past_take(1, [0.1, 0.2, 0.3])]))
    assert (past.lines, past.full_takes) == ((), ())


def test_an_empty_history_is_not_an_error() -> None:
    past = history()
    assert past.takes == past.trouble_spots == past.full_takes == past.new == ()
    assert history_remarks(past) == []


@given(
    st.lists(st.sampled_from(["Wait.", "Who?", "No.", "She lives.", "she lives!"]), min_size=1, max_size=6), st.data()
)
def test_no_take_has_two_lines_with_the_same_identity(texts: list[str], data: st.DataObject) -> None:
    lineage = LineTracker(texts)
    for _ in range(3):
        played = data.draw(st.lists(st.sampled_from(["Wait.", "Who?", "Nobody at all.", "She lives."]), max_size=6))
        threads = lineage.identify(list(enumerate(played, start=1)))
        assert len(set(threads)) == len(played)
        assert all(0 <= thread < len(texts) + len(lineage.removed) for thread in threads)
        assert lineage.identify(list(enumerate(texts, start=1))) == tuple(range(len(texts)))


def test_takes_of_the_same_second_have_a_stable_order() -> None:
    b, a = with_name(past_take(1, [0.1, 0.2, 0.3]), "b"), with_name(past_take(1, [0.2, 0.2, 0.3]), "a")
    assert [take.name for take in history(b, a).takes] == ["a", "b"]
