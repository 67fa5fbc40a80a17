"""Scripts with roles: whose lines are judged, how the partners' lines take their time, and what reports hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_help import coach
from core_help import frames, play, scored, steadily

from coach.base.errors import ScriptError, UsageError
from coach.base.events import BeatStarted, LineStarted, NoteGiven, PartnerStarted
from coach.base.settings import Settings
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.advice import remarks_on
from coach.core.script.script import Action, Line, Pause, RoleVoice, Scene, Script
from coach.core.script.timeline import Beat, PartnerTurn, Turn, build_timeline
from coach.display.rehearsal.stage import RunInfo, Stage
from coach.scripts import load_script
from coach.scripts.importing.writing import yaml_text
from coach.scripts.roles import find_role, scene_lines, with_role
from coach.takes.event_log import decode, encode

YAML = """\
title: Home
role: ANNA
lines:
  - {scene: INT. KITCHEN - NIGHT}
  - {action: Anna waits.}
  - {role: BEN, text: You are still up., duration_s: 2}
  - {role: ANNA, text: I waited for you., emotion: sad, duration_s: 3}
  - beat
  - {role: BEN, text: I see., duration_s: 1}
  - {role: BEN, text: I am sorry., duration_s: 1}
  - {scene: EXT. YARD - DAY}
  - {role: ANNA, text: Go away!, mode: own way, duration_s: 2}
  - {role: ANNA AND BEN, text: Now!, emotion: angry, duration_s: 2}
"""


VOICES = """\
roles:
  "BEN": {voice: "English (Scotland)", rate: 0.9, pitch: 1.25}
  "MR. X": {}
"""


def test_voices_of_roles_are_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(f"{VOICES}{YAML}  - {{role: MR. X, text: Hello.}}\n", encoding="utf-8")
    script = load_script(path)
    assert script.roles["BEN"] == RoleVoice(voice="English (Scotland)", rate=0.9, pitch=1.25)
    assert VOICES in yaml_text(script)
    path.write_text(yaml_text(script), encoding="utf-8")
    assert load_script(path) == script
    (tmp_path / "home.json").write_text(script.model_dump_json(exclude_none=True), encoding="utf-8")
    assert load_script(tmp_path / "home.json") == script


@pytest.fixture
def script(tmp_path: Path) -> Script:
    path = tmp_path / "home.yaml"
    path.write_text(YAML, encoding="utf-8")
    return load_script(path)


def test_own_lines_are_numbered_and_partners_lines_are_not(script: Script) -> None:
    assert [line.text for line in script.spoken] == ["I waited for you.", "Go away!", "Now!"]
    assert [turn.index for turn in build_timeline(script).turns] == [1, 2, 3]


def test_a_partner_takes_its_time_and_scenes_and_actions_take_none(script: Script) -> None:
    slots = build_timeline(script).slots
    assert [type(slot) for slot in slots] == [PartnerTurn, Turn, Beat, PartnerTurn, PartnerTurn, Turn, Turn]
    assert [round(slot.start, 1) for slot in slots] == [0, 2, 5, 5.6, 6.6, 7.6, 9.6]


def test_without_a_role_every_line_is_the_actors(script: Script) -> None:
    everyone = script.model_copy(update={"role": None})
    assert len(everyone.spoken) == 6
    assert not any(isinstance(slot, PartnerTurn) for slot in build_timeline(everyone).slots)


def test_lines_without_a_role_are_the_actors() -> None:
    mine = Script(
        role="ANNA", lines=(Line(text="Mine."), Line(text="His.", role="BEN"), Line(text="Hers.", role="anna"))
    )
    assert [line.text for line in mine.spoken] == ["Mine.", "Hers."]


def test_a_role_that_says_nothing_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(YAML.replace("role: ANNA\n", "role: CLARA\n"), encoding="utf-8")
    with pytest.raises(ScriptError, match="no line has this role; there are BEN, ANNA"):
        load_script(path)


def test_events_name_the_partner_and_only_own_lines_start(script: Script) -> None:
    timeline = build_timeline(script)
    engine = RehearsalEngine(timeline, Settings(), live=False)
    events = [*engine.start(), *engine.finish(timeline.end + 1, "source ended")]
    spoken = [event for event in events if isinstance(event, (PartnerStarted, LineStarted))]
    assert spoken[0] == PartnerStarted(0.0, 2.0, "BEN", "You are still up.", 1)
    assert [event.index for event in spoken if isinstance(event, LineStarted)] == [1, 2, 3]


def test_a_partners_line_is_not_in_the_report_and_changes_no_verdict(script: Script) -> None:
    timeline = build_timeline(script)
    report = scored(timeline, play(timeline, frames(11.6, steadily("sad"))))
    assert [line.text for line in report.lines] == ["I waited for you.", "Go away!", "Now!"]
    assert [line.verdict for line in report.lines] == ["hit", "not_scored", "miss"]
    assert report.lines[1].reason == "own way"
    assert report.lines[0].played_s == 3


def test_no_note_is_given_while_a_partner_speaks() -> None:
    lines = (
        Line(text="Mine.", emotion="sad", duration_s=4),
        Line(text="His.", role="BEN", duration_s=4),
        Line(text="Mine."),
    )
    timeline = build_timeline(Script(role="ANNA", lines=lines))
    assert not [
        e
        for e in play(timeline, frames(8, steadily("happy")), settings=Settings(coach="gaps"))
        if isinstance(e, NoteGiven)
    ]
    pause = (lines[0], Pause(pause_s=4), lines[2])
    timeline = build_timeline(Script(role="ANNA", lines=pause))
    assert [
        e
        for e in play(timeline, frames(8, steadily("happy")), settings=Settings(coach="gaps"))
        if isinstance(e, NoteGiven)
    ]


def test_chosen_lines_begin_with_the_partners_line_that_leads_to_them(script: Script) -> None:
    slots = build_timeline(script, (2, 2), rebase=True).slots
    assert [type(slot) for slot in slots] == [PartnerTurn, Turn]
    assert slots[0].start == 0


def test_a_partners_line_is_stored_in_a_take_and_read_again() -> None:
    event = PartnerStarted(1.0, 2.5, "BEN", "You are — still up.", 4)
    assert decode(encode(event)) == event
    assert b'"row":"partner_started"' in encode(event)


def test_a_display_shows_the_partners_words_until_the_next_line(script: Script) -> None:
    stage = Stage(RunInfo(build_timeline(script), Settings()))
    stage.handle(PartnerStarted(0.0, 2.0, "BEN", "You are still up."))
    assert stage.cue == "BEN: You are still up."
    stage.handle(LineStarted(2.0, 1, 5.0))
    assert stage.cue == ""
    stage.handle(BeatStarted(5.0, 5.6))
    assert stage.partner is None


def test_own_way_is_said_in_check(script: Script) -> None:
    assert "Line 2 is played your own way and never judged." in remarks_on(build_timeline(script))


@pytest.mark.parametrize("form", ["[own way] Text.", "[sad own way] Text."])
def test_own_way_in_tagged_text(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(form, encoding="utf-8")
    (line,) = load_script(path).spoken
    assert (line.mode, line.target) == ("own way", None)


def test_a_name_of_several_belongs_to_each() -> None:
    line = Line(text="Now!", role="ANNA / THE WITCH")
    assert line.belongs_to("ANNA")
    assert line.belongs_to("the witch")
    assert line.belongs_to("ANNA / THE WITCH")
    assert not line.belongs_to("WITCH")


def test_scenes_are_counted_from_one(script: Script) -> None:
    assert scene_lines(script, 1) == (1, 1)
    assert scene_lines(script, 2) == (2, 3)
    with pytest.raises(UsageError, match="scene 3 is asked for; this script has 2 scenes"):
        scene_lines(script, 3)
    with pytest.raises(UsageError, match="you have no line in scene 2"):
        scene_lines(with_role(script, "BEN").model_copy(update={"lines": script.lines[:9]}), 2)


def test_roles_are_compared_without_capitals_and_spaces() -> None:
    assert find_role(" the  witch", ["ANNA", "The Witch"]) == "The Witch"
    with pytest.raises(UsageError, match="this script has no roles"):
        find_role("ANNA", [])


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{scene: INT. HOUSE, emotion: sad}", "unknown field 'emotion'; allowed are scene"),
        ("{action: ''}", "expected words, found none"),
        ("{role: ANNA}", "the field 'text' is missing"),
    ],
)
def test_mistakes_in_the_new_items_are_named(tmp_path: Path, item: str, message: str) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(f"{YAML}  - {item}\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=message):
        load_script(path)


def test_a_scene_rehearsed_from_a_fountain_file(tmp_path: Path) -> None:
    play_file = tmp_path / "play.fountain"
    play_file.write_text("BEN\nUp?\n\nÉLODIE\n(sadly)\nYes.\n\nBEN\nOh.\n", encoding="utf-8")
    options = ("--source", "none", "--lead-in", "0", "--plain", "--voice", "off")
    result = coach(tmp_path, "rehearse", play_file, "--role", "élodie", *options)
    assert result.returncode == 0, result.stderr
    assert "BEN: Up?" in result.stdout
    assert "line 1 [sad] Yes." in result.stdout
    assert "play.fountain: 3 lines of 2 roles" in result.stderr
    assert "line 2" not in result.stdout


def test_a_scene_without_a_chosen_role_is_not_played(tmp_path: Path) -> None:
    play_file = tmp_path / "play.fountain"
    play_file.write_text("BEN\nUp?\n\nANNA\nYes.\n", encoding="utf-8")
    for words in (("rehearse", play_file, "--source", "none"), ("drill", play_file, "--list")):
        result = coach(tmp_path, *words)
        assert result.returncode == 2
        assert "BEN, ANNA" in result.stderr


def test_check_shows_partners_and_names_the_roles_if_none_is_chosen(tmp_path: Path) -> None:
    play_file = tmp_path / "play.txt"
    play_file.write_text("BEN: Up?\nANNA: (sadly) Yes.\n", encoding="utf-8")
    result = coach(tmp_path, "check", play_file, "--role", "Anna")
    assert "partner   BEN: Up?" in result.stdout
    assert "[sad] (sadly) Yes." in result.stdout
    fountain = tmp_path / "play.fountain"
    fountain.write_text("BEN\nUp?\n\nANNA\nYes.\n", encoding="utf-8")
    assert "--role chooses your part: BEN, ANNA" in coach(tmp_path, "check", fountain).stdout


def test_items_of_a_script_keep_their_kinds() -> None:
    script = Script.model_validate({"lines": ["beat", {"scene": "INT. A"}, {"action": "B."}, {"text": "C."}]})
    assert [type(item) for item in script.lines] == [Pause, Scene, Action, Line]
    assert Script.model_validate_json(script.model_dump_json()) == script


SCENES = {
    "names and colons": "ANNA: [fear] Did you hear that?\nBEN: The wind.\nANNA: (angry) You always say that.\n",
    "names above": "INT. KITCHEN - NIGHT\n\nANNA\nDid you hear that?\n\nBEN\n(sadly)\nThe wind.\n\nANNA\nNo.\n",
}


@pytest.mark.parametrize("text", SCENES.values(), ids=SCENES)
def test_a_scene_in_plain_text_has_roles_and_no_names_as_lines(text: str, tmp_path: Path) -> None:
    path, notices = tmp_path / "scene.txt", list[str]()
    path.write_text(text, encoding="utf-8")
    script = load_script(path, notices.append)
    assert script.role_names == ("ANNA", "BEN")
    assert [line.text for line in script.spoken if line.role == "BEN"] == ["The wind."]
    assert not any(name in line.text for line in script.spoken for name in ("ANNA", "BEN", "KITCHEN"))
    assert any("of 2 roles" in notice for notice in notices)
    assert [line.role for line in load_script(path, role="anna").spoken] == ["ANNA", "ANNA"]


def test_a_place_and_a_time_in_capitals_are_a_scene_and_no_name(tmp_path: Path) -> None:
    path = tmp_path / "scene.txt"
    path.write_text("STREET - NIGHT\nOTTO\nWho is there?\nLENA\nMe.\nOTTO\nGood.\n", encoding="utf-8")
    script = load_script(path)
    assert [item.scene for item in script.lines if isinstance(item, Scene)] == ["STREET - NIGHT"]
    assert script.role_names == ("OTTO", "LENA")


@pytest.mark.parametrize(
    "text",
    [
        "MARA: [fear] Who is there?\nMARA: [angry] Answer me!\n",
        "[cue: A door.]\nANNA: [fear] Who is there?\nBEN: [sad] Me.\nANNA: [angry] You!\n",
        "ANNA: [fear 3s] Who is there?\nBEN: [sad] Me.\nANNA: [angry] You!\n",
        "ANNA: [fear] Who is there?\nBEN: [sad 0:02-0:04] Me.\nANNA: [angry] You!\n",
        "[sad] I have two words for you.\nGO.\nLEAVE.\n[angry] And one: never.\nI said it.\nTwice.\nNow go.\n",
    ],
)
def test_tagged_text_of_one_speaker_or_with_cues_or_times_stays_tagged_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text(text, encoding="utf-8")
    script = load_script(path)
    assert script.role_names == ()
    assert len(script.spoken) == sum(not line.startswith("[cue") for line in text.splitlines())


def test_check_names_the_speakers_until_a_part_is_chosen(tmp_path: Path) -> None:
    (tmp_path / "scene.txt").write_text(SCENES["names and colons"], encoding="utf-8")
    everybody = coach(tmp_path, "check", "scene.txt").stdout
    assert "BEN: The wind." in everybody
    assert "--role chooses your part: ANNA, BEN" in everybody
    mine = coach(tmp_path, "check", "scene.txt", "--role", "Anna").stdout
    assert "2 lines" in mine
    assert "ANNA: " not in mine
    assert "partner" in mine
