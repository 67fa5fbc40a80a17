"""A rehearsal that measures the face: what it keeps, what it shows, and what it leaves as it was."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli_help import Demo, coach_here, the_take

from coach.app.report import TakeReport
from coach.app.review import report_of, review_of
from coach.base.files import examples_folder, sample_take
from coach.base.mesh import KEPT
from coach.base.types import Observation
from coach.core.face.measures import MEASURES
from coach.core.scoring.report import Report
from coach.takes.journal import read_journal

SCRIPT = str(examples_folder() / "waiting_for_news.yaml")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of the sample recording with measures."""
    takes = tmp_path_factory.mktemp("measured")
    options = ("--plain", "--voice", "off", "--takes", str(takes), "--measures")
    assert coach_here("rehearse", SCRIPT, "--source", str(sample_take()), *options) == 0
    return the_take(takes)


def observations(take: Path) -> list[Observation]:
    return [item for item in read_journal(take / "journal.jsonl").inputs() if isinstance(item, Observation)]


def test_the_journal_holds_landmarks_about_five_times_a_second(measured: Path) -> None:
    seen = observations(measured)
    faces = [face for observation in seen for face in observation.faces if face.points is not None]
    seconds = seen[-1].t - seen[0].t
    assert 3.5 <= len(faces) / seconds <= 5.1
    assert len(seen) > 2 * len(faces)
    assert all(len(face.points.offsets) == 3 * len(KEPT) for face in faces if face.points)


def test_measures_change_no_verdict_and_no_figure(measured: Path, demo: Demo) -> None:
    plain = Report.model_validate_json((demo.take / "report.json").read_bytes())
    with_measures = report_of(measured)
    lines = [line.model_copy(update={"eyes_down": None}) for line in with_measures.lines]
    assert lines == plain.lines
    assert with_measures.overall == plain.overall


def test_a_take_without_measures_has_no_landmarks(demo: Demo) -> None:
    take = demo.take
    assert all(face.points is None for seen in observations(take) for face in seen.faces)
    assert review_of(take).face is None
    assert TakeReport(take, pytest.fail).face_sentences() == []


def test_the_actor_of_the_sample_looks_down_or_shuts_her_eyes_while_she_waits(measured: Path) -> None:
    """For six seconds she cries with lowered lids; then she looks up, and later laughs."""
    face = review_of(measured).face
    assert face is not None
    first, *_, laugh = face.lines[:4]
    assert first.page is not None
    assert first.page > 0.7
    assert laugh.page is not None
    assert laugh.page < 0.2
    place = [each.key for each in MEASURES].index("lip_corners")
    smiles = {
        line: max(moment.measures[place] for moment in face.moments if moment.line == line and moment.measures)
        for line in (1, 3, 4)
    }
    assert min(smiles[3], smiles[4]) > smiles[1]


def test_the_page_shows_curves_of_the_face_and_the_eyes_of_each_line(measured: Path) -> None:
    page = TakeReport(measured, pytest.fail).page(None, video=False).html
    assert all(each.more in page for each in MEASURES)
    assert "The face itself" in page
    assert 'data-name="eyes down"' in page


def test_the_page_of_a_take_without_measures_has_none_of_it(demo: Demo) -> None:
    page = TakeReport(demo.take, pytest.fail).page(None, video=False).html
    assert "The face itself" not in page
    assert "eyes down" not in page


def test_the_table_of_lines_says_how_much_of_each_the_eyes_were_down(measured: Path, demo: Demo) -> None:
    first, *_ = csv.DictReader(TakeReport(measured, pytest.fail).lines_csv().splitlines())
    assert float(first["eyes_down"]) > 0.7
    assert float(first["eyes_at_lens"]) < 0.3
    assert "eyes_down" not in TakeReport(demo.take, pytest.fail).lines_csv()


def test_the_table_of_readings_has_the_measures(measured: Path) -> None:
    table = list(csv.DictReader(TakeReport(measured, pytest.fail).samples_csv().splitlines()))
    with_measures = [row for row in table if row["lip_corners"]]
    assert 0.2 <= len(with_measures) / len(table) <= 0.6
    laugh = [float(row["lip_corners"]) for row in with_measures if row["line"] == "4"]
    assert min(laugh) > 0.02
    assert {row["eyes"] for row in table} <= {"", "lens", "away", "page"}


def test_the_table_of_readings_of_another_take_has_no_columns_for_them(demo: Demo) -> None:
    header = TakeReport(demo.take, pytest.fail).samples_csv().splitlines()[0]
    assert header.endswith(",neutral")


def test_the_report_says_where_the_eyes_were(measured: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("report", "--takes", str(measured.parent)) == 0
    assert "Eyes down, as at a page:" in capfd.readouterr().out


def test_measures_without_a_camera_are_refused(user_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("rehearse", SCRIPT, "--source", "none", "--measures") == 2
    assert "--measures measures a face" in capfd.readouterr().err
