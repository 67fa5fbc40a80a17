"""Takes in the studio: the list, the pages, own notes, files, erasing; a take is named by an id alone."""

from __future__ import annotations

import gc
import json
import os
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_help import Demo
from starlette.testclient import TestClient
from studio_help import make_studio, visitor

from coach.studio.state import Studio
from coach.studio.takes_shelf import id_of
from coach.takes.contents import JOURNAL_NAME
from coach.takes.notes import read_notes


@pytest.fixture
def take(demo: Demo, user_home: Path) -> Path:
    """A copy of the demo in a takes folder of its own."""
    return Path(shutil.copytree(demo.take, user_home / "takes" / demo.take.name))


@pytest.fixture
def studio(take: Path) -> Studio:
    return make_studio(take.parent)


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


def test_the_list_names_takes_by_ids_and_shows_their_figures(client: TestClient, take: Path) -> None:
    page = client.get("/takes").text
    assert f'href="/takes/{id_of(take)}"' in page
    assert "Waiting for news" in page
    assert "of 5 lines" in page


def test_without_a_take_the_list_offers_the_sample_take(user_home: Path) -> None:
    assert "Try it with the sample take" in visitor(make_studio(user_home)).get("/takes").text


def test_the_report_and_the_history_are_the_pages_of_the_commands_with_their_own_policy(
    client: TestClient, take: Path
) -> None:
    for name, words in (("report", "The arc"), ("history", "Whole takes")):
        answer = client.get(f"/takes/{id_of(take)}/{name}")
        policy = answer.headers["content-security-policy"]
        assert words in answer.text
        assert "script-src 'sha256-" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["2026-11-24_13-55-02_waiting-for-news", ":1", "0" * 16])
def test_a_take_is_found_by_its_id_alone(name: str, client: TestClient, take: Path) -> None:
    assert client.get(f"/takes/{take.name}").status_code == 404
    assert client.get(f"/takes/{name}").status_code == 404


def test_a_note_of_ones_own_is_kept_shown_and_deleted(client: TestClient, take: Path) -> None:
    path = f"/api/takes/{id_of(take)}"
    assert client.post(f"{path}/note", json={"line": 2, "text": "colder <b>later</b>"}).status_code == 200
    assert [note.text for note in read_notes(take)] == ["colder <b>later</b>"]
    assert "colder &lt;b&gt;later&lt;/b&gt;" in client.get(f"/takes/{id_of(take)}").text
    assert client.post(f"{path}/unnote", json={"number": 1}).status_code == 200
    assert client.post(f"{path}/unnote", json={"number": 1}).status_code == 400
    assert read_notes(take) == ()


@pytest.mark.parametrize(
    ("what", "fields", "message"),
    [
        ("note", {"line": 99, "text": "x"}, "this take has lines 1-5"),
        ("note", {"line": 1, "text": " "}, "needs words"),
        ("note", {"line": "x"}, "not understood"),
        ("approve", {"line": 1}, "no landmarks"),
        ("dispute", {"line": 1}, "does not know your face yet"),
    ],
)
def test_what_cannot_be_done_is_said(
    what: str, fields: dict[str, object], message: str, client: TestClient, take: Path
) -> None:
    answer = client.post(f"/api/takes/{id_of(take)}/{what}", json=fields)
    assert answer.status_code == 400
    assert message.lower() in answer.json()["error"].lower()


def test_the_report_is_given_as_a_file(client: TestClient, take: Path) -> None:
    answer = client.get(f"/takes/{id_of(take)}/file/json")
    assert answer.headers["content-disposition"] == f'attachment; filename="{take.name}.json"'
    assert json.loads(answer.text)["title"] == "Waiting for news"
    assert client.get(f"/takes/{id_of(take)}/file/exe").status_code == 404


def overwrite(file: Path, content: bytes, *, unnoticed: bool) -> None:
    """Put `content` at the start of `file`; `unnoticed` leaves its time as it was."""
    state = file.stat()
    with file.open("r+b") as opened:
        opened.write(content)
    if unnoticed:
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_the_pages_of_a_take_replay_its_journal_once(client: TestClient, take: Path) -> None:
    journal, report = take / JOURNAL_NAME, f"/takes/{id_of(take)}/report"
    client.get(f"/takes/{id_of(take)}")
    overwrite(journal, b"no journal", unnoticed=True)
    assert "journal.jsonl" not in client.get(report).text, "the replay is kept"
    overwrite(journal, b"no journal", unnoticed=False)
    assert "journal.jsonl" in client.get(report).text, "a changed journal is read again"


def test_nothing_of_an_erased_take_stays_in_memory(client: TestClient, studio: Studio, take: Path) -> None:
    client.get(f"/takes/{id_of(take)}")
    review = weakref.ref(studio.reviews.of(take).header)
    client.post(f"/api/takes/{id_of(take)}/forget", json={})
    gc.collect()
    assert review() is None


def test_a_take_is_erased(client: TestClient, take: Path) -> None:
    assert client.post(f"/api/takes/{id_of(take)}/forget", json={}).status_code == 200
    assert not take.exists()
    assert client.get(f"/takes/{id_of(take)}").status_code == 404


def test_the_recording_is_served_in_parts(client: TestClient, take: Path) -> None:
    whole = client.get(f"/takes/{id_of(take)}/recording")
    part = client.get(f"/takes/{id_of(take)}/recording", headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == whole.content[10:20]


def test_a_line_of_a_take_is_rehearsed_again_with_the_script_of_that_take(client: TestClient, take: Path) -> None:
    page = client.get(f"/rehearse?take={id_of(take)}&line=3").text
    assert f'value="take-{id_of(take)}"' in page
    assert "Only line 3" in page
    wanted = {"source": "none", "script": f"take-{id_of(take)}", "lines": [3, 3]}
    path = f"/api{client.post('/api/takes', json=wanted).json()['path']}"
    state = client.post(f"{path}/claim", json={"page": "page-0001"}).json()
    assert (state["line"]["text"], state["count"]) == ("Wait. That laugh. I'd know that laugh anywhere.", 1)
    assert client.post("/api/takes", json={**wanted, "lines": [3, 99]}).status_code == 400
    assert client.get("/rehearse?take=gone").status_code == 404


def test_takes_are_compared_by_choosing_them(client: TestClient, take: Path) -> None:
    other = Path(shutil.copytree(take, take.with_name("2026-11-24_13-55-02_other")))
    chosen = f"take={id_of(take)}&take={id_of(other)}"
    page = client.get(f"/compare?{chosen}")
    assert f'src="/compare/page?take={id_of(take)}&amp;take={id_of(other)}"' in page.text
    comparison = client.get(f"/compare/page?{chosen}")
    assert "Waiting for news" in comparison.text
    assert "sha256-" in comparison.headers["content-security-policy"]
    refused = client.get(f"/compare?take={id_of(take)}&take={id_of(take)}")
    assert refused.status_code == 400
    assert "two or more" in refused.text


def test_a_take_that_was_killed_gets_its_report_when_it_is_opened(client: TestClient, take: Path) -> None:
    (take / "report.json").unlink()
    assert "not finished" in client.get("/takes").text
    assert client.get(f"/takes/{id_of(take)}").status_code == 200
    assert (take / "report.json").exists()
