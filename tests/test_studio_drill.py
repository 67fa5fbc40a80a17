"""Drills in the studio: what is due, lines in random order, lines with most slips of words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from history_help import line_reports, script, take_report, write_take
from starlette.testclient import TestClient
from studio_help import keep_script, make_studio, visitor

from coach.core.scoring.report import WordReport, WordsReport
from coach.studio.state import Studio

TEXTS = ("They said by morning.", "Don't knock.", "That laugh!", "Come in.", "At last.", "Good night.")
PLAYED = script(*TEXTS)


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio(user_home / "takes")


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


def drill(client: TestClient, studio: Studio, kind: str) -> dict[str, object]:
    """The drill of this kind for a script of six lines."""
    query = {"kind": kind, "script": keep_script(studio, PLAYED.model_dump(exclude_none=True))}
    answer = client.get("/api/drill", params=query)
    assert answer.status_code == 200, answer.text
    fields: dict[str, object] = answer.json()
    return fields


def lines_of(plan: dict[str, object]) -> list[object]:
    """First and last line of each passage."""
    passages = plan["passages"]
    assert isinstance(passages, list)
    return [passage["lines"] for passage in passages]


def test_a_drill_begins_with_lines_that_need_work(client: TestClient, studio: Studio) -> None:
    for day in range(3):
        write_take(studio.takes.folder, day, take_report(day, line_reports((0.9, 0.9, 0.2), TEXTS[:3])), PLAYED)
    plan = drill(client, studio, "due")
    assert plan["tasks"][0]["line"] == 3  # type: ignore[index]
    assert "needs work" in plan["tasks"][0]["reason"]  # type: ignore[index]
    assert "To play: lines 1-5. " in str(plan["about"])
    assert "1 more line is due." in str(plan["about"])


def test_lines_in_random_order_come_each_with_its_cue(client: TestClient, studio: Studio) -> None:
    plans = [drill(client, studio, "random") for _ in range(9)]
    known = [[1, 1], *([line - 1, line] for line in range(2, 7))]
    for plan in plans:
        passages = lines_of(plan)
        assert len(passages) == 5
        assert all(passage in known for passage in passages)
        assert len({str(passage) for passage in passages}) == 5
    assert len({str(lines_of(plan)) for plan in plans}) > 1, "each drill has an order of its own"
    assert str(plans[0]["about"]).startswith("In random order: line")


def test_lines_with_most_slips_of_words_come_first(client: TestClient, studio: Studio) -> None:
    assert "No slips" in str(drill(client, studio, "slips")["about"])
    first, second, third = line_reports((0.9, 0.9, 0.9), TEXTS[:3])
    missed = WordReport(kind="missed", wanted="knock")
    heard = [WordsReport(said="", whole=True, by="planned", pieces=[missed] * count) for count in (1, 0, 2)]
    lines = [
        line.model_copy(update={"words": words}) for line, words in zip((first, second, third), heard, strict=True)
    ]
    write_take(studio.takes.folder, 0, take_report(0, lines), PLAYED)
    plan = drill(client, studio, "slips")
    assert [(task["line"], task["reason"]) for task in plan["tasks"]] == [  # type: ignore[attr-defined]
        (3, "2 slips last time"),
        (1, "1 slip last time"),
    ]
    assert lines_of(plan) == [[1, 3]]


def test_there_are_no_other_drills(client: TestClient, studio: Studio) -> None:
    answer = client.get("/api/drill", params={"kind": "../due", "script": keep_script(studio)})
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no such drill.")
