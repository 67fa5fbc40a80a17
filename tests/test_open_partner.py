"""What a run's partner is made of: whose lines are rendered, how fast, and what happens without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from voice_help import descendants, linux_only, stub_engine, stub_player, temporary_folder

from coach.app.composition import RehearsalRun, RunOptions
from coach.app.notices import Notices
from coach.app.partner import PartnerOptions, open_partner, partner_turns
from coach.app.rehearsal import Rehearsal
from coach.base.events import LineStarted, PartnerStarted
from coach.base.settings import Settings
from coach.core.script.script import Script
from coach.testing.sources import FakeClock, FakeSource
from coach.testing.speech import SilentEngine
from coach.voice.engines import Speech
from coach.voice.own_recordings import OwnRecordings

SCENE = Script.model_validate(
    {
        "role": "ANNA",
        "lines": [
            {"role": "BEN", "text": "You are still up."},
            {"role": "ANNA", "text": "I waited."},
            {"role": "CARL", "text": "I see."},
            {"role": "ANNA", "text": "Go."},
        ],
        "roles": {"BEN": {"voice": "Bob", "pitch": 1.25, "rate": 2}},
    }
)
LONG = "You are still up, and I thought you would be asleep by now, because it is late."
LIVE = RunOptions(source="none", partner=PartnerOptions())


class Opened:
    """Opens partners with a fake engine.

    Attributes:
        engine: the last fake.
        notices: what the user was told.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.engine = folder, SilentEngine()
        self.notices: list[str] = []
        for name in ("DATA", "CACHE"):
            monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        monkeypatch.setattr("coach.app.partner.open_engine", lambda _models: self._new_engine())

    def _new_engine(self) -> SilentEngine:
        self.engine = SilentEngine()
        return self.engine

    def run(self, options: RunOptions, settings: Settings | None = None, script: Script = SCENE) -> RehearsalRun:
        options = replace(options, takes=self.folder / "takes")
        run = RehearsalRun(script, settings or Settings(), options, Notices(self.notices.append))
        run.clock = FakeClock()  # type: ignore[assignment]  # any clock will do
        return run

    def rendered(
        self, options: RunOptions, settings: Settings | None = None, script: Script = SCENE
    ) -> dict[str, tuple[str, int]]:
        """Voice and words per minute of each line rendered, which are not in the cache."""
        open_partner(self.run(options, settings, script), lambda _done, _total: None).close()
        return {speech.text: (speech.voice, speech.words_per_minute) for speech in self.engine.rendered}


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    temporary_folder(tmp_path, monkeypatch)
    return Opened(tmp_path, monkeypatch)


@linux_only
def test_the_partners_lines_of_the_passage_are_rendered_as_the_script_says(opened: Opened) -> None:
    spoken = opened.rendered(LIVE)
    assert list(spoken) == ["You are still up.", "I see."]
    assert spoken["You are still up."] == ("b", round(170 * 2 / 1.25))
    assert [turn.number for turn in partner_turns(opened.run(LIVE, Settings(lines=(2, 2))))] == [2]
    assert opened.engine.closed
    assert not opened.notices
    assert not descendants()


@linux_only
def test_the_speed_of_the_partner_multiplies_that_of_the_voice(opened: Opened) -> None:
    fast = replace(LIVE, partner=PartnerOptions(speed=1.5), voice_rate=100)
    assert opened.rendered(fast)["You are still up."] == ("b", round(100 * 1.5 * 2 / 1.25))


@linux_only
def test_a_fast_run_has_a_fast_partner_with_short_cues_if_asked(opened: Opened, tmp_path: Path) -> None:
    assert opened.rendered(LIVE, Settings(speed=2.0))["You are still up."] == ("b", round(170 * 2 * 2 / 1.25))
    own = OwnRecordings()
    SilentEngine().render(Speech(LONG, "a", 170), tmp_path / "a.wav")
    long = SCENE.model_copy(update={"lines": (SCENE.lines[0].model_copy(update={"text": LONG}), *SCENE.lines[1:])})
    assert len([text for text in opened.rendered(LIVE, Settings(cues="short"), long) if text.startswith("…")]) == 1
    own.keep("BEN", LONG, (tmp_path / "a.wav").read_bytes())
    assert opened.rendered(LIVE, Settings(cues="short", speed=1.5), long).keys() == {"I see."}


@pytest.mark.parametrize(
    "options",
    [
        replace(LIVE, partner=PartnerOptions("text")),
        replace(LIVE, voice="off"),
    ],
)
def test_a_silent_partner_shows_its_lines_for_their_time(opened: Opened, options: RunOptions) -> None:
    run = opened.run(options, Settings(advance="key"))
    partner = open_partner(run, lambda _done, _total: None)
    partner.handle(PartnerStarted(0.0, 2.0, "BEN", "You are still up.", 1))
    assert not partner.speaking
    run.clock.sleep(2.1)
    assert list(partner.poll()) == ["answered"]
    assert not opened.engine.rendered
    partner.close()


@pytest.mark.parametrize(("advance", "answers"), [("key", []), ("time", ["answered"])])
def test_a_reply_is_cut_short_only_where_the_actor_goes_on(opened: Opened, advance: str, answers: list[str]) -> None:
    options = replace(LIVE, partner=PartnerOptions("text"))
    run = opened.run(options, Settings.model_validate({"advance": advance}))
    partner = open_partner(run, lambda _done, _total: None)
    run.rehearsal = Rehearsal(SCENE, FakeSource([], live=True), None, run.settings)
    run.add_partner(partner)
    partner.handle(PartnerStarted(0.0, 2.0, "BEN", "You are still up.", 1))
    partner.handle(LineStarted(1.0, 1, 3.0))
    run.clock.sleep(2.1)
    assert list(partner.poll()) == answers
    partner.close()


def test_partners_lines_are_no_pauses_for_notes(opened: Opened) -> None:
    assert opened.run(LIVE, Settings(coach="gaps")).lacks_beats


def test_nobody_speaks_on_a_recording_or_with_the_partner_off(opened: Opened, tmp_path: Path) -> None:
    assert len(partner_turns(opened.run(LIVE))) == 2
    (tmp_path / "a.mp4").touch()
    for options in (
        replace(LIVE, source=str(tmp_path / "a.mp4")),
        replace(LIVE, partner=PartnerOptions("off")),
        replace(LIVE, partner=None),
    ):
        assert partner_turns(opened.run(options)) == []


@linux_only
def test_without_an_engine_the_lines_are_shown_and_one_notice_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary_folder(tmp_path, monkeypatch)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    stub_player(tmp_path, monkeypatch)
    stub_engine(tmp_path, monkeypatch, "missing")
    notices: list[str] = []
    run = RehearsalRun(SCENE, Settings(), replace(LIVE, takes=tmp_path / "takes"), Notices(notices.append))
    partner = open_partner(run, lambda _done, _total: None)
    partner.handle(PartnerStarted(0.0, 2.0, "BEN", "You are still up.", 1))
    assert not partner.speaking
    partner.close()
    assert len(notices) == 1
    assert "does not start" in notices[0]
    assert "stay on the screen" in notices[0]
    assert not descendants()
