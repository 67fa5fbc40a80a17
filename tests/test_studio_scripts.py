"""Scripts in the studio: brought in, tagged, kept as YAML that the command line reads, mistakes at their line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from studio_help import keep_script, make_studio, visitor

from coach.base.errors import ScriptError, UsageError
from coach.scripts import load_script
from coach.scripts.library import ScriptLibrary
from coach.studio.state import Studio

PLAIN = "They said there would be news by morning.\nWhat if nobody comes?\n"
TAGGED = "[title: News]\n[sad 6s] They said by morning.\n[fear, surprise] What if nobody comes?\n"
PLAY = "ANNA\nWho is there?\n\nBEN\n(worried)\nMe.\n\nANNA\nCome in.\n"
FOUNTAIN = "INT. KITCHEN - NIGHT\n\nANNA\n(sadly)\nWho is there?\n"


@pytest.fixture
def studio(user_home: Path) -> Studio:
    return make_studio()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with visitor(studio) as client:
        yield client


def bring(client: TestClient, text: str, name: str = "") -> dict[str, Any]:
    answer = client.post("/api/scripts", params={"name": name}, content=text.encode())
    assert answer.status_code == 200, answer.text
    path = answer.json()["path"]
    assert client.get(path).status_code == 200
    script: dict[str, Any] = client.get(f"/api{path}").json()
    return script | {"rows": answer.json()["rows"], "path": f"/api{path}"}


def own_files(studio: Studio) -> list[Path]:
    return [each.path for each in studio.scripts.scripts() if each.own]


@pytest.mark.parametrize(
    ("text", "name", "roles", "first"),
    [
        (PLAY, "", ["ANNA", "BEN"], "Who is there?"),
        (FOUNTAIN, "", ["ANNA"], "Who is there?"),
        (FOUNTAIN, "door.fountain", ["ANNA"], "Who is there?"),
        (TAGGED, "", [], "They said by morning."),
        (TAGGED, "news.txt", [], "They said by morning."),
        ("lines:\n  - {text: Go., emotion: sad}\n", "go.yaml", [], "Go."),
    ],
)
def test_a_script_is_brought_in_and_kept_as_yaml(
    text: str, name: str, roles: list[str], first: str, client: TestClient, studio: Studio
) -> None:
    answer = bring(client, text, name)
    lines = [item for item in answer["script"]["lines"] if "text" in item]
    (file,) = own_files(studio)
    assert answer["roles"] == roles
    assert lines[0]["text"] == first
    assert file.suffix == ".yaml"
    assert load_script(file).title == answer["script"]["title"]


def test_plain_lines_are_a_script(client: TestClient) -> None:
    lines = bring(client, PLAIN)["script"]["lines"]
    assert " ".join(line["text"] for line in lines) == PLAIN.replace("\n", " ").strip()


def test_the_report_of_the_import_comes_with_it(client: TestClient) -> None:
    assert any("worried = fear" in row for row in bring(client, PLAY)["rows"])


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "", "empty"),
        ("<FinalDraft>", "a.fdx", "a.fdx"),
        ("x", "a.exe", "scripts are imported from"),
        ("[sad] Go.\n[joyous banana] No.", "", "the text:2"),
    ],
)
def test_what_cannot_be_brought_in_is_said_and_not_kept(
    text: str, name: str, message: str, client: TestClient, studio: Studio
) -> None:
    answer = client.post("/api/scripts", params={"name": name}, content=text.encode())
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert "/tmp" not in answer.json()["error"]
    assert own_files(studio) == []


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/passwd.txt", "..\\evil.txt", ".txt", "a\0b.txt"])
def test_the_name_of_a_file_is_never_a_path(name: str, client: TestClient, studio: Studio) -> None:
    client.post("/api/scripts", params={"name": name}, content=TAGGED.encode())
    assert {file.parent for file in own_files(studio)} <= {studio.scripts.folder}
    assert not list(studio.scripts.folder.parent.parent.rglob("*evil.txt"))


def test_tags_are_kept(client: TestClient, studio: Studio) -> None:
    answer = bring(client, TAGGED)
    first, second = answer["script"]["lines"]
    assert first["parts"] == [{"accepted": ["sad"], "start": 0.0}]
    edited = {
        "title": "News",
        "lines": [
            {"text": "They said.", "emotion": "sad, neutral > fear @60%", "intensity": [0.4, 1.0], "cue": "A car."},
            {"pause_s": 1.5},
            {"text": second["text"], "mode": "own way"},
        ],
    }
    assert client.post(answer["path"], json={"script": edited}).status_code == 200
    script = load_script(own_files(studio)[0])
    assert str(script.spoken[0].target) == "sad, neutral > fear @60%"
    assert (script.spoken[0].intensity, script.spoken[0].cue) == ((0.4, 1.0), "A car.")
    assert script.spoken[1].mode == "own way"
    assert len(own_files(studio)) == 1


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"text": "Go.", "emotion": "banana"}, "emotion"),
        ({"text": "Go.", "duration_s": "soon"}, "duration_s"),
        ({"text": ""}, "text"),
        ({"text": "Go.", "start_s": 9, "end_s": 3}, "end_s"),
        ({"text": "Go.", "start_s": 2.0}, "start_s"),  # found by the timeline: the line before ends later
    ],
)
def test_a_mistake_is_told_at_its_line_and_the_old_script_stays(
    item: dict[str, Any], field: str, client: TestClient, studio: Studio
) -> None:
    answer = bring(client, TAGGED)
    before = own_files(studio)[0].read_bytes()
    lines = [{"text": "They said by morning.", "start_s": 0, "duration_s": 6}, item]
    refused = client.post(answer["path"], json={"script": {"title": "News", "lines": lines}})
    assert refused.status_code == 400
    assert [(m["item"], m["field"]) for m in refused.json()["mistakes"]] == [(1, field)]
    assert own_files(studio)[0].read_bytes() == before


def test_an_example_is_kept_as_a_script_of_ones_own(client: TestClient, studio: Studio) -> None:
    example = next(each for each in studio.scripts.scripts() if each.path.name == "waiting_for_news.yaml")
    script = client.get(f"/api/scripts/{example.id}").json()["script"]
    for line in script["lines"]:
        line.pop("parts", None)
    before = example.path.read_bytes()
    answer = client.post(f"/api/scripts/{example.id}", json={"script": script})
    assert answer.status_code == 200
    assert example.path.read_bytes() == before
    assert load_script(own_files(studio)[0]).lines == load_script(example.path).lines
    assert client.post(f"/api/scripts/{example.id}/delete", json={}).status_code == 400


def test_a_script_of_ones_own_is_deleted(client: TestClient, studio: Studio) -> None:
    script = keep_script(studio)
    assert client.post(f"/api/scripts/{script}/delete", json={}).status_code == 200
    assert own_files(studio) == []
    assert client.get(f"/scripts/{script}").status_code == 404


def test_a_file_with_mistakes_is_listed_with_them_and_cannot_be_played(client: TestClient, studio: Studio) -> None:
    studio.scripts.folder.mkdir(parents=True)
    (studio.scripts.folder / "bad.yaml").write_text("lines:\n  - {text: Go., emotion: banana}\n")
    bad = next(each for each in studio.scripts.scripts() if each.own)
    assert "1 mistake to mend" in client.get("/scripts").text
    assert "bad.yaml:2:" in client.get(f"/scripts/{bad.id}").text
    assert bad.id not in client.get("/rehearse").text


# --- the library ---


def test_scripts_of_the_same_title_have_files_of_their_own(tmp_path: Path) -> None:
    library = ScriptLibrary(tmp_path / "scripts")
    yaml = 'title: "Știri / ../../x"\nlines:\n  - {text: Go.}\n'
    names = [library.keep(yaml, "Știri / ../../x").path.name for _ in range(2)]
    assert names == ["știri_x.yaml", "știri_x_2.yaml"]
    assert {path.name for path in (tmp_path / "scripts").iterdir()} == set(names)


def test_a_script_with_mistakes_replaces_no_good_one(tmp_path: Path) -> None:
    library = ScriptLibrary(tmp_path)
    kept = library.keep("lines:\n  - {text: Go.}\n", "Go")
    with pytest.raises(ScriptError):
        library.keep("lines:\n  - {text: Go., emotion: banana}\n", "Go", kept)
    assert load_script(kept.path).spoken[0].text == "Go."
    assert list(tmp_path.iterdir()) == [kept.path]


def test_examples_cannot_be_changed(tmp_path: Path) -> None:
    library = ScriptLibrary(tmp_path)
    example = next(each for each in library.scripts() if not each.own)
    with pytest.raises(UsageError, match="example"):
        library.keep("lines:\n  - {text: Go.}\n", "Go", example)
    with pytest.raises(UsageError, match="example"):
        library.delete(example)
