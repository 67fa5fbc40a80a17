"""The files of a report: their names, what is refused, and how other programs read them."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
import webbrowser
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from core_help import VIEWERS, frames, seen, steadily, unseen
from markdown_it import MarkdownIt
from page_help import keep_take, run_report, write_report_page
from PIL import Image

from coach.app.report_video import MAX_EMBEDDED_BYTES, recording_of
from coach.app.review import report_of, review_of
from coach.base.errors import CoachError, TakeError, UsageError
from coach.base.files import sample_take, sha256_of
from coach.base.protocols import SourceInfo
from coach.core.scoring.report import SCHEMA_VERSION
from coach.takes.contents import VIDEO_NAME
from coach.takes.event_log import RowSums, without_sum
from coach.takes.report_file import load_report

SVG = "{http://www.w3.org/2000/svg}"

FORMULA = "=HYPERLINK(1) | <b>bold</b> *stars* [link](javascript:alert)"


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take of two lines, the second without a face."""
    lines = [
        {"text": FORMULA, "emotion": "sad", "duration_s": 2},
        {"text": "-1+2", "emotion": "fear", "duration_s": 2},
    ]
    inputs = frames(4, lambda t: seen(t, "sad") if t < 2 else unseen(t))
    return keep_take(tmp_path / "a-take", {"title": FORMULA, "lines": lines}, inputs, card=VIEWERS, end=4.0)


@pytest.fixture
def current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_a_path_a_file_has_the_name_of_the_take_and_replaces_nothing(
    take: Path, current_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run_report(take, "--html", "--markdown", "--csv", "--svg") == 0
    ends = [".csv", ".html", ".md", ".svg"]
    names = [f"a-take{n}{end}" for end in ends for n in ("", "-2")]
    assert sorted(path.name for path in current_folder.iterdir()) == sorted(
        [*names, "a-take-samples.csv", "a-take-2-samples.csv"]
    )
    assert "Page written to a-take-2.html" in capsys.readouterr().err


def test_an_explicit_path_is_replaced(take: Path, current_folder: Path) -> None:
    (current_folder / "mine.html").write_text("old")
    assert run_report(take, "--html", "mine.html") == 0
    assert (current_folder / "mine.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--html", "waiting"], "a take is named before the options, as in coach report waiting --html"),
        (["--html", "page.pdf"], "must end in .html"),
        (["--svg", "-", "--markdown", "-"], "only one thing can be printed"),
        (["--json", "-", "--markdown", "-"], "only one thing can be printed"),
        (["--html", "-", "--open"], "leave one of them out"),
    ],
)
def test_invalid_options_are_refused_before_anything_is_written(
    take: Path, current_folder: Path, options: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        run_report(take, *options)
    assert list(current_folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["html", "markdown", "csv", "svg"])
def test_a_dash_prints_the_file_and_nothing_else(
    take: Path, current_folder: Path, capfdbinary: pytest.CaptureFixture[bytes], kind: str
) -> None:
    assert run_report(take, f"--{kind}", "-") == 0
    printed = capfdbinary.readouterr().out.decode()
    beginnings = {"html": "<!DOCTYPE html>", "markdown": "# ", "csv": "line,text,", "svg": "<?xml"}
    assert printed.startswith(beginnings[kind])
    assert "Strongest moment" not in printed
    assert list(current_folder.iterdir()) == []


def test_no_file_is_written_into_a_take(take: Path) -> None:
    with pytest.raises(TakeError, match="lies inside a take"):
        run_report(take, "--html", take / "page.html")


def test_the_page_is_opened_in_the_browser(
    take: Path, current_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or len(opened) == 1)
    for _ in range(2):
        assert run_report(take, "--open") == 0
    assert opened == [(current_folder / name).as_uri() for name in ("a-take.html", "a-take-2.html")]
    assert "No browser could be opened; open a-take-2.html yourself" in capsys.readouterr().err


def test_the_table_of_lines_has_no_formula(take: Path, current_folder: Path) -> None:
    run_report(take, "--csv", "t.csv")
    rows = list(csv.DictReader(io.StringIO((current_folder / "t.csv").read_text())))
    assert [row["text"] for row in rows] == [f"'{FORMULA}", "'-1+2"]
    assert [row["verdict"] for row in rows] == ["hit", "not_scored"]
    assert (rows[0]["accuracy"], rows[1]["accuracy"], rows[1]["reason"]) == ("1.0", "", "no face")


def test_the_table_of_readings_has_every_reading(take: Path, current_folder: Path) -> None:
    run_report(take, "--csv", "t.csv")
    rows = list(csv.DictReader(io.StringIO((current_folder / "t-samples.csv").read_text())))
    assert len(rows) == 100
    assert (rows[10]["t"], rows[10]["line"], rows[10]["read"], rows[10]["on_target"]) == ("0.4", "1", "sad", "1")
    assert (rows[-1]["read"], rows[-1]["why"], rows[-1]["sad"]) == ("", "no face", "")


def test_markdown_shows_texts_literally(take: Path, current_folder: Path) -> None:
    run_report(take, "--markdown", "t.md")
    html = MarkdownIt().enable("table").render((current_folder / "t.md").read_text())
    assert "&lt;b&gt;bold&lt;/b&gt; *stars* [link](javascript:alert)" in html
    assert "<a " not in html
    assert html.count("<tr>") == 3


def test_the_arc_can_be_a_separate_picture(take: Path, current_folder: Path) -> None:
    run_report(take, "--svg", "t.svg")
    root = ElementTree.parse(current_folder / "t.svg").getroot()
    assert root.findtext(f"{SVG}title") == f"The arc of {FORMULA}"
    assert "--sad" in (root.findtext(f"{SVG}style") or "")
    assert len(root.findall(f".//{SVG}polyline")) > 0
    assert not [element for element in root.iter() if any("href" in name for name in element.attrib)]


def test_a_take_without_its_journal_still_has_its_page(take: Path, current_folder: Path) -> None:
    run_report(take)
    (take / "journal.jsonl").unlink()
    run_report(take, "--html", "t.html")
    page = (current_folder / "t.html").read_text()
    assert "The arc cannot be drawn: cannot read the journal a-take/journal.jsonl" in page
    assert str(take) not in page
    with pytest.raises(CoachError, match="cannot read the journal"):
        run_report(take, "--svg", "t.svg")


def with_recording(take: Path, size: int) -> Path:
    """A video of `size` bytes in the take's folder."""
    path = take / VIDEO_NAME
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_small_recording_is_embedded_in_a_private_page(take: Path) -> None:
    with_recording(take, MAX_EMBEDDED_BYTES)
    path = write_report_page(take)
    assert 'src="data:video/mp4;base64,' in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == ["a-take.html"]


def test_an_animation_is_not_embedded_as_a_video(take: Path, tmp_path: Path) -> None:
    gif = tmp_path / "a.gif"
    Image.new("L", (8, 8)).save(gif, save_all=True, append_images=[Image.new("L", (8, 8), 255)])
    kept = report_of(take, print)
    with_hash = kept.model_copy(update={"source": kept.source.model_copy(update={"sha256": sha256_of(gif)})})
    review = review_of(take)
    header = review.header.model_copy(update={"source": SourceInfo("video", gif.name, live=False, path=str(gif))})
    assert recording_of(take, with_hash, replace(review, header=header)) is None


def test_the_recording_has_a_poster(take: Path) -> None:
    (take / VIDEO_NAME).write_bytes(sample_take().read_bytes())
    page = write_report_page(take).read_text()
    assert page.count('poster="data:image/jpeg;base64,') == 1
    assert "data:image/jpeg" not in write_report_page(take, "--no-video").read_text()


def test_the_recording_of_a_camera_begins_with_its_first_picture(take: Path) -> None:
    head, *rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    left = [without_sum(row) for row in rows[4:]]
    (take / "journal.jsonl").write_bytes(head + b"".join(map(RowSums().sign, left)))
    with_recording(take, 100_000)
    assert 'data-start="0.16"' in write_report_page(take).read_text()


def test_a_page_without_a_face_has_the_default_permissions(take: Path) -> None:
    path = write_report_page(take)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_large_recording_is_copied_beside_the_page(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = with_recording(take, MAX_EMBEDDED_BYTES + 1)
    page = write_report_page(take)
    assert 'src="a-take-recording.mp4"' in page.read_text()
    copied = page.parent / "a-take-recording.mp4"
    assert copied.read_bytes() == recording.read_bytes()
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert "Keep the two together" in capsys.readouterr().err
    assert str(take.parent) not in page.read_text()


def test_a_large_recording_is_found_beside_a_page_with_signs_of_addresses_in_its_name(take: Path) -> None:
    with_recording(take, MAX_EMBEDDED_BYTES + 1)
    page = take.parent / "100% #1?.html"
    assert run_report(take, "--html", page) == 0
    assert 'src="100%25%20%231%3F-recording.mp4"' in page.read_text()
    assert (take.parent / "100% #1?-recording.mp4").exists()


def test_a_large_recording_never_replaces_another_file(take: Path) -> None:
    with_recording(take, MAX_EMBEDDED_BYTES + 1)
    (take.parent / "a-take-recording.mp4").write_text("mine")
    with pytest.raises(TakeError, match=r"a-take-recording\.mp4: there is another file"):
        write_report_page(take)
    assert (take.parent / "a-take-recording.mp4").read_text() == "mine"


def test_the_recording_can_be_left_out(take: Path) -> None:
    with_recording(take, 1000)
    assert "<video" not in write_report_page(take, "--no-video").read_text()


@pytest.mark.parametrize(
    ("sha256", "is_shown"),
    [(hashlib.sha256(b"pictures").hexdigest(), True), ("0" * 64, False), ("", False)],
    ids=["as it was", "replaced since", "never known"],
)
def test_the_rehearsed_file_is_shown_only_if_it_is_unchanged(tmp_path: Path, sha256: str, is_shown: bool) -> None:
    """A take from somebody else may name any file of this machine, so a file without a checksum is not used."""
    source = tmp_path / "mine.webm"
    source.write_bytes(b"pictures")
    info = SourceInfo("video", "mine.webm", live=False, path=str(source), sha256=sha256)
    script = {"title": "T", "lines": [{"text": "One.", "emotion": "sad", "duration_s": 1}]}
    take = keep_take(tmp_path / "take", script, frames(1, steadily("sad")), source=info, end=1.0)
    page = write_report_page(take).read_text()
    assert ("data:video/webm" in page) is is_shown
    assert str(tmp_path) not in page


def test_a_report_of_an_older_schema_has_a_page(take: Path, current_folder: Path) -> None:
    run_report(take)
    path = take / "report.json"
    text = path.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 1')
    path.write_text(text)
    assert load_report(path).schema_version == 1
    assert run_report(take, "--html") == 0


def test_a_damaged_index_of_saved_pictures_is_reported(
    take: Path, current_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (take / "evidence").mkdir()
    (take / "evidence" / "index.json").write_text("[]")
    page = write_report_page(take).read_text(encoding="utf-8")
    assert "The pictures that were kept cannot be read" in page
    assert "this one has none" not in page
    assert capsys.readouterr().err.count("The pictures that were kept cannot be read") == 1
