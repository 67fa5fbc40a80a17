"""`coach actors` and what `coach forget` does with actors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from actor_help import Person, profile_of
from cli_help import coach_here

from coach.actors.store import ActorStore
from coach.app.actors import add_dispute


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ActorStore:
    """The actors of a user of their own: Anna, who was used last, and Ben."""
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "data"))
    store = ActorStore()
    assert store.folder.is_relative_to(tmp_path)
    store.keep(profile_of("Ben", Person(2)))
    store.keep(profile_of())
    store.remember("Anna")
    return store


def test_actors_are_listed_by_name(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    add_dispute(store, "Ben", Person(2).face("sad"), "fear", "")
    assert coach_here("actors") == 0
    assert capfd.readouterr().out.splitlines() == [
        "Anna: 7 examples of 7 emotions, calibrated on 2026-11-28, used last",
        "Ben: 8 examples of 7 emotions, 1 dispute among them, calibrated on 2026-11-28",
    ]


def test_the_list_as_json_has_no_numbers_of_faces(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("actors", "--json") == 0
    out = capfd.readouterr().out
    anna, ben = json.loads(out)
    assert (anna["name"], anna["used_last"], ben["used_last"]) == ("Anna", True, False)
    assert anna["examples"]["fear"] == 1
    assert "points" not in out


def test_without_actors_the_list_says_how_to_begin(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    store.erase()
    assert coach_here("actors") == 0
    assert "`coach calibrate NAME`" in capfd.readouterr().out
    assert not store.folder.exists()


def test_a_damaged_actor_is_one_message_beside_the_others(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    store.path_of("Ben").write_text("broken")
    assert coach_here("actors") == 1
    captured = capfd.readouterr()
    assert captured.out.startswith("Anna: ")
    assert len(captured.err.splitlines()) == 1
    assert "damaged" in captured.err


def test_an_actor_is_renamed_and_deleted(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("actors", "rename", "anna", "Hanna") == 0
    assert coach_here("actors", "delete", "Ben", "--yes") == 0
    assert "Erased what the coach knew of the face of Ben." in capfd.readouterr().out
    assert [store.read_file(path).name for path in store.files()] == ["Hanna"]


def test_deleting_asks_first(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("actors", "delete", "Ben") == 2
    assert "Add --yes" in capfd.readouterr().err
    assert store.read("Ben").name == "Ben"


@pytest.mark.parametrize("words", [("delete", "Bea", "--yes"), ("rename", "Bea", "Ben"), ("export", "Bea", "x.json")])
def test_an_unknown_actor_is_one_message(
    store: ActorStore, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here("actors", *words) == 1
    (message,) = capfd.readouterr().err.splitlines()
    assert "no actor 'Bea'" in message


def test_an_actor_goes_to_another_machine(store: ActorStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "anna.json"
    assert coach_here("actors", "export", "Anna", file) == 0
    assert coach_here("actors", "import", file) == 1
    assert "there is an actor 'Anna' already" in capfd.readouterr().err
    store.delete("Anna")
    assert coach_here("actors", "import", file) == 0
    assert len(store.read("Anna").examples) == 7


def test_an_export_replaces_a_file_only_with_force(store: ActorStore, tmp_path: Path) -> None:
    file = tmp_path / "anna.json"
    file.write_text("mine")
    assert coach_here("actors", "export", "Anna", file) == 1
    assert file.read_text() == "mine"
    assert coach_here("actors", "export", "Anna", file, "--force") == 0
    assert "actor_version" in file.read_text()


def test_a_foreign_file_is_not_imported(store: ActorStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "foreign.json"
    file.write_text('{"name": "Eve"}')
    assert coach_here("actors", "import", file) == 1
    (message,) = capfd.readouterr().err.splitlines()
    assert "not an actor's file" in message
    assert len(store.files()) == 2


# --- coach forget ---------------------------------------------------------------------------------------------------


def test_forget_all_erases_the_faces_too(store: ActorStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach_here("forget", "--all", "--yes") == 0
    out = capfd.readouterr().out
    assert "the faces of 2 actors" in " ".join(out.split())
    assert "Still there" not in out
    assert not store.folder.exists()


def test_forget_asks_before_it_erases_faces(store: ActorStore) -> None:
    assert coach_here("forget", "--all") == 2
    assert len(store.files()) == 2


@pytest.mark.parametrize("words", [("--all", "--takes"), ("--older-than", "1d", "--takes")])
def test_forgetting_takes_of_another_folder_leaves_the_faces(
    store: ActorStore, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert coach_here("forget", *words, tmp_path / "takes", "--yes") == 0
    assert len(store.files()) == 2


def test_forget_names_the_faces_that_stay(store: ActorStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    takes = tmp_path / "takes"
    takes.mkdir()
    (takes / "coach-version.json").write_text('{"store_version": 2}')
    assert coach_here("forget", "--all", "--takes", takes, "--yes") == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "the faces of 2 actors, as numbers" in out
