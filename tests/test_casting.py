"""Which voice each role gets: different ones, always the same, and as the script says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coach.core.script.script import Script
from coach.voice.casting import Casting, cast_roles
from coach.voice.voices import Voice, Voices

ROMANIAN = Voice("roa/ro", "Romanian", ("ro",))
ENGLISH = tuple(Voice(f"v{number}", f"Voice {number}", ("en-us",)) for number in range(3))
VOICES = Voices((ROMANIAN, *ENGLISH), "v0")


def script(*roles: str, own: str | None = None, language: str = "en", **voices: object) -> Script:
    lines = [{"role": role, "text": "Yes."} for role in roles]
    return Script.model_validate({"role": own, "language": language, "lines": lines, "roles": voices})


def cast(*roles: str, own: str | None = None, language: str = "en", **voices: object) -> dict[str, Casting]:
    notices: list[str] = []
    casting = cast_roles(script(*roles, own=own, language=language, **voices), VOICES, notices.append)
    assert not notices
    return casting


@given(st.lists(st.sampled_from([f"ROLE {number}" for number in range(15)]), min_size=1, unique=True))
def test_roles_sound_different_and_do_not_change_with_the_actors_part(roles: list[str]) -> None:
    casting = cast(*roles)
    assert len(set(casting.values())) == len(roles)
    assert all(each.voice in ENGLISH for each in casting.values())
    assert cast(*roles, own=roles[0]) == casting


def test_as_many_roles_as_voices_have_a_voice_each_and_the_first_ones_leave_the_coachs_own() -> None:
    assert [each.voice.id for each in cast("A", "B", "C").values()] == ["v1", "v2", "v0"]


def test_with_one_voice_the_pitch_tells_roles_apart() -> None:
    pitches = [each.pitch for each in cast("A", "B", "C", language="ro").values()]
    assert len(set(pitches)) == 3


def test_what_the_script_says_counts() -> None:
    casting = cast("BEN", "CARL", BEN={"voice": "romanian", "rate": 0.7}, Carl={"pitch": 1.5})
    assert casting["BEN"] == Casting(ROMANIAN, 1.0, 0.7)
    assert casting["CARL"].pitch == 1.5
    assert casting["CARL"].voice == cast("BEN", "CARL")["CARL"].voice


def test_several_who_speak_together_sound_like_the_first_who_is_not_the_actor() -> None:
    casting = cast("ANNA", "BEN", "ANNA AND BEN", own="ANNA")
    assert casting["ANNA AND BEN"] == casting["BEN"]


def test_a_voice_that_is_not_installed_and_a_language_without_voices_are_named() -> None:
    notices: list[str] = []
    casting = cast_roles(script("BEN", BEN={"voice": "Nobody"}), VOICES, notices.append)
    assert casting["BEN"].voice in ENGLISH
    assert cast_roles(script("BEN", language="cy"), VOICES, notices.append) == {}
    assert [notice.split(".")[0] for notice in notices] == [
        "No voice is named Nobody",
        "No voice for the language cy is installed",
    ]
