"""The folder of actors: files that can be trusted, names, and the actor used last."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from actor_help import ANNA, MODELS, Person, profile_of
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.actors.profile_file import MAX_EXAMPLES, read_profile, write_profile
from coach.actors.store import ActorStore
from coach.app.actors import add_dispute, choose_actor, undo_dispute
from coach.base.errors import ActorError, UsageError
from coach.core.actor.examples import DISPUTED_WEIGHT, Face
from coach.core.actor.likeness import Likeness


@pytest.fixture
def store(tmp_path: Path) -> ActorStore:
    store = ActorStore(tmp_path / "actors")
    store.keep(profile_of())
    return store


def test_an_actor_comes_back_as_it_was_kept(store: ActorStore) -> None:
    kept, back = profile_of(), store.read("Anna")
    assert (back.name, back.models, back.made) == (kept.name, kept.models, kept.made)
    assert [(e.label, e.weight, e.session, e.source) for e in back.examples] == [
        (e.label, e.weight, e.session, e.source) for e in kept.examples
    ]
    for a, b in zip(kept.examples, back.examples, strict=True):
        np.testing.assert_allclose(b.face.points, a.face.points, rtol=1e-6)
        np.testing.assert_array_equal(b.face.log_odds, a.face.log_odds)
    assert back.rest is not None
    assert back.spread is not None
    assert (back.spread.relative.tolist(), back.spread.parts) == (np.linspace(0, 2, 146).tolist(), 14)


def test_a_kept_actor_judges_as_before(store: ActorStore) -> None:
    face = ANNA.face("fear", seed=5)
    before, after = (Likeness(each.examples, each.spread) for each in (profile_of(), store.read("Anna")))
    np.testing.assert_allclose(after.distances(face), before.distances(face), rtol=1e-3)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_the_owner_may_read_an_actor(store: ActorStore) -> None:
    assert stat.S_IMODE(store.path_of("Anna").stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_a_file_name_does_not_tell_the_name(store: ActorStore) -> None:
    assert "anna" not in store.path_of("Anna").name.lower()


# --- broken and foreign files ---------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], None]


def points(count: int = 478 * 3, value: float = 1.0) -> str:
    return base64.b64encode(np.full(count, value, "<f4").tobytes()).decode()


def set_face(**fields: object) -> Change:
    return lambda plain: plain["examples"][0]["face"].update(fields)


def set_example(**fields: object) -> Change:
    return lambda plain: plain["examples"][0].update(fields)


def set_top(**fields: object) -> Change:
    return lambda plain: plain.update(fields)


@pytest.mark.parametrize(
    "change",
    [
        set_face(points=points(value=np.nan)),
        set_face(points=points(value=np.inf)),
        set_face(points=points(value=1e9)),
        set_face(points=points(value=0.0)),
        set_face(points=points(478)),
        set_face(points=points(479 * 3)),
        set_face(points="no Base64!"),
        set_face(points="é" * 100),
        set_face(log_odds=[0.0] * 6),
        set_face(log_odds=[1e9] * 7),
        set_face(log_odds=["nan"] * 7),
        set_example(label="bored"),
        set_example(weight=0),
        set_example(weight=2),
        set_example(session=-1),
        set_example(source="guessed"),
        set_example(origin="\x1b[2J"),
        set_example(picture="aGVsbG8="),
        set_top(examples=[]),
        set_top(name="nobody"),
        set_top(name="\x1b[31mred"),
        set_top(name=""),
        set_top(models={"audience": "short"}),
        set_top(spread={"relative": [1.0] * 145, "parts": 1}),
        set_top(spread={"relative": [-1.0] * 146, "parts": 1}),
        set_top(rest={"points": "", "log_odds": [0.0] * 7}),
        set_top(extra=1),
        set_top(actor_version=0),
    ],
)
def test_wrong_content_gives_one_message(store: ActorStore, change: Change) -> None:
    path = store.path_of("Anna")
    plain = json.loads(path.read_text())
    change(plain)
    path.write_text(json.dumps(plain))
    with pytest.raises(ActorError, match="damaged, or not an actor's file of Coach; delete it and calibrate") as raised:
        store.read("Anna")
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"actor_version": 1}',
        b"\x80\x04\x95cbuiltins\neval\n",  # a pickle
        b"PK\x03\x04",
        b"\xff\xfe" * 100,
        b"[" * 100_000,
        b'{"actor_version": 1, "examples": ' + b"[" * 5000,
    ],
)
def test_a_foreign_file_gives_one_message(store: ActorStore, content: bytes) -> None:
    store.path_of("Anna").write_bytes(content)
    with pytest.raises(ActorError, match="damaged, or not an actor's file of Coach"):
        store.read("Anna")


def test_a_huge_file_is_not_read(store: ActorStore) -> None:
    with store.path_of("Anna").open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(ActorError, match="damaged, or not"):
        store.read("Anna")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_byte_never_gives_anything_but_a_profile_or_an_error_for_the_user(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("broken") / "actor.json"
    write_profile(path, profile_of())
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(ActorError):
        Likeness(read_profile(path).examples)


def test_a_file_of_a_newer_coach_is_named(store: ActorStore) -> None:
    path = store.path_of("Anna")
    path.write_text(path.read_text().replace('"actor_version":1', '"actor_version":2'))
    with pytest.raises(ActorError, match="version 2; this Coach reads version 1"):
        store.read("Anna")


def test_a_copy_in_the_place_of_another_actor_is_refused(store: ActorStore) -> None:
    store.path_of("Ben").write_bytes(store.path_of("Anna").read_bytes())
    with pytest.raises(ActorError, match="in the place of another actor"):
        store.read("Ben")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_in_the_place_of_a_file_blocks_nothing(store: ActorStore) -> None:
    path = store.path_of("Anna")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ActorError, match="cannot read the actor's file"):
        store.read("Anna")


def test_too_many_examples_are_refused_and_the_old_ones_stay(store: ActorStore) -> None:
    many = ANNA.examples()[:1] * (MAX_EXAMPLES + 1)
    with pytest.raises(ActorError, match="500 examples already"):
        store.change("Anna", lambda profile: replace(profile, examples=tuple(many)))
    assert len(store.read("Anna").examples) == 7


# --- names ----------------------------------------------------------------------------------------------------------


def test_several_actors_are_kept_by_name(store: ActorStore) -> None:
    store.keep(profile_of("Ben", Person(2)))
    assert {store.read_file(path).name for path in store.files()} == {"Anna", "Ben"}


def test_case_makes_no_difference_in_a_name(store: ActorStore) -> None:
    assert store.read("ANNA").name == "Anna"


@pytest.mark.parametrize("name", ["Zoë O'Hara-Smith", "安娜", "CON", "..", "a/b", "Anna 2", "ملاك"])
def test_any_name_that_can_be_seen_is_possible(store: ActorStore, name: str) -> None:
    if name == "..":
        with pytest.raises(UsageError, match="letter or a digit"):
            store.keep(profile_of(name))
    else:
        store.keep(profile_of(name))
        assert store.read(name).name == name
        assert store.path_of(name).parent == store.folder


@pytest.mark.parametrize("name", ["", " ", "Nobody", "a\nb", "a" * 61, "\x1b[2J", " Anna"])
def test_other_names_are_refused(store: ActorStore, name: str) -> None:
    with pytest.raises(UsageError):
        store.keep(profile_of(name))


def test_an_unknown_actor_is_answered_with_those_that_are_known(store: ActorStore) -> None:
    with pytest.raises(ActorError, match=r"no actor 'Bea' in .*; there is 'Anna'"):
        store.read("Bea")


def test_without_actors_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    store = ActorStore(tmp_path / "none")
    assert store.files() == []
    with pytest.raises(ActorError, match="`coach calibrate NAME` makes one"):
        store.read("Anna")
    assert not store.folder.exists()


def test_a_renamed_actor_has_only_the_new_name(store: ActorStore) -> None:
    store.rename("Anna", "Hanna")
    assert store.read("Hanna").name == "Hanna"
    with pytest.raises(ActorError, match="no actor"):
        store.read("Anna")


def test_a_name_can_change_its_case(store: ActorStore) -> None:
    store.rename("Anna", "ANNA")
    assert store.read("anna").name == "ANNA"


def test_renaming_never_replaces_another_actor(store: ActorStore) -> None:
    store.keep(profile_of("Ben", Person(2)))
    with pytest.raises(ActorError, match="there is an actor 'Ben' already"):
        store.rename("Anna", "Ben")
    assert {store.read(name).name for name in ("Anna", "Ben")} == {"Anna", "Ben"}


def test_a_deleted_actor_is_gone(store: ActorStore) -> None:
    store.delete("Anna")
    assert store.files() == []
    with pytest.raises(ActorError, match="no actor"):
        store.delete("Anna")


def test_a_damaged_actor_can_be_deleted(store: ActorStore) -> None:
    store.path_of("Anna").write_text("broken")
    store.delete("Anna")
    assert store.files() == []


def test_erasing_leaves_foreign_files(store: ActorStore) -> None:
    store.remember("Anna")
    (store.folder / "holiday.jpg").write_bytes(b"mine")
    assert store.erase() == ()
    assert [path.name for path in store.folder.iterdir()] == ["holiday.jpg"]


# --- which actor is used --------------------------------------------------------------------------------------------


def choose(store: ActorStore, name: str | None, *, camera: bool = True, models: dict[str, str] = MODELS) -> str:
    """The name of the chosen actor, or the notice, or nothing."""
    notices: list[str] = []
    profile = choose_actor(store, name, models, camera=camera, notify=notices.append)
    return profile.name if profile else " ".join(notices)


def test_a_camera_uses_the_actor_used_last(store: ActorStore) -> None:
    assert choose(store, None) == ""
    assert choose(store, "anna") == "Anna"
    assert choose(store, None) == "Anna"


def test_a_recording_uses_nobody_unless_named_and_is_not_remembered(store: ActorStore) -> None:
    assert choose(store, "Anna", camera=False) == "Anna"
    assert store.last_used() == ""
    choose(store, "Anna")
    assert choose(store, None, camera=False) == ""


def test_nobody_can_be_asked_for_and_is_not_remembered(store: ActorStore) -> None:
    choose(store, "Anna")
    assert choose(store, "Nobody") == ""
    assert choose(store, None) == "Anna"


def test_another_model_is_said_and_the_examples_are_not_used(store: ActorStore) -> None:
    message = choose(store, "Anna", models={"audience": "c" * 64})
    assert message.startswith("Anna was calibrated with another model")
    assert "`coach calibrate Anna`" in message


def test_an_unknown_actor_asked_for_is_an_error_but_one_used_last_is_only_said(store: ActorStore) -> None:
    with pytest.raises(ActorError, match="no actor"):
        choose(store, "Bea")
    choose(store, "Anna")
    store.path_of("Anna").write_text("broken")
    assert "damaged" in choose(store, None)


def test_the_actor_used_last_follows_renaming_and_goes_with_deleting(store: ActorStore) -> None:
    choose(store, "Anna")
    store.rename("Anna", "Hanna")
    assert choose(store, None) == "Hanna"
    store.delete("Hanna")
    assert choose(store, None) == ""


def test_a_damaged_note_of_the_last_actor_is_ignored(store: ActorStore) -> None:
    (store.folder / "last-used.json").write_text("{")
    assert choose(store, None) == ""


# --- disputes -------------------------------------------------------------------------------------------------------


def test_a_dispute_becomes_an_example_of_less_weight(store: ActorStore) -> None:
    face = ANNA.face("sad", seed=8)
    profile = add_dispute(store, "Anna", face, "fear", "2026-11-28_second, line 3")
    (dispute,) = store.read("Anna").disputed
    assert (dispute.label, dispute.weight, dispute.source) == ("fear", DISPUTED_WEIGHT, "disputed")
    assert dispute.origin == "2026-11-28_second, line 3"
    assert len(profile.examples) == 8


def test_a_disputed_moment_is_then_like_its_tag(store: ActorStore) -> None:
    moment = Face(ANNA.points("sad", seed=8) + ANNA.moves[1] * 0.6, ANNA.face("sad").log_odds)
    before = Likeness(store.read("Anna").examples).distances(moment)
    add_dispute(store, "Anna", moment, "fear", "")
    after = Likeness(store.read("Anna").examples).distances(moment)
    assert min(range(7), key=before.__getitem__) != 2
    assert min(range(7), key=after.__getitem__) == 2


def test_disputes_are_undone_one_by_one(store: ActorStore) -> None:
    for number in (1, 2):
        add_dispute(store, "Anna", ANNA.face("sad", seed=number), "fear", f"take {number}")
    assert [each.origin for each in undo_dispute(store, "Anna", 1).disputed] == ["take 2"]
    assert len(store.read("Anna").examples) == 8
    with pytest.raises(UsageError, match="has 1 dispute, there is no number 2"):
        undo_dispute(store, "Anna", 2)
