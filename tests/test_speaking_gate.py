"""The speaking gate on generated readings whose speech is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from core_help import line, mixed, play, scored, timeline, viewers_card
from listening_help import PlannedActivity, PlannedSound

from coach.app.listening import gated_perceiver
from coach.base.events import LineStarted, Resumed
from coach.base.settings import Settings
from coach.base.types import Frame, Observation
from coach.core.reading.card import ModelCard
from coach.listening.ear import Ear
from coach.listening.speaking_gate import SPEAKING_WEIGHT, SpeakingGate

CARD = viewers_card()
LINE = timeline((line(emotion="sad"), 10.0))
PICTURE = np.zeros((8, 8, 3), np.uint8)


def speaks(t: float) -> bool:
    """The actor speaks for 0.6 s in each second."""
    return t % 1.0 < 0.6


class MouthReader:
    """A perceiver that reads sadness in pauses, and surprise in speech, as open mouths fake it."""

    card: ModelCard = CARD
    warnings: Sequence[str] = ("a warning",)
    notices: Sequence[str] = ("a notice",)

    def is_due(self, t: float) -> bool:
        return t >= 0

    def observe(self, frame: Frame) -> Observation:
        return mixed(frame.t, surprise=0.6, sad=0.2) if speaks(frame.t) else mixed(frame.t, sad=0.85)


def observations(*, gated: bool) -> list[Observation]:
    times = [n / 25 for n in range(250)]
    now = [0.0]
    gate = SpeakingGate(MouthReader(), lambda: gated and speaks(now[0]))
    seen = []
    for t in times:
        now[0] = t
        seen.append(gate.observe(Frame(t, PICTURE)))
    return seen


def test_readings_in_speech_weigh_less_and_those_in_pauses_as_before() -> None:
    plain, gated = observations(gated=False), observations(gated=True)
    for before, after in zip(plain, gated, strict=True):
        weight = SPEAKING_WEIGHT if speaks(before.t) else 1.0
        assert after == replace(before, faces=(replace(before.faces[0], weight=weight),))


def test_more_viewers_are_expected_to_see_what_the_face_shows_in_pauses() -> None:
    shares = []
    for gated in (False, True):
        (report,) = scored(LINE, play(LINE, observations(gated=gated), card=CARD), card=CARD).lines
        assert report.share is not None
        shares.append(report.share)
    assert shares[1] > shares[0] + 0.05


def test_other_people_count_as_before_and_everything_else_is_passed_on() -> None:
    class Crowd(MouthReader):
        def observe(self, frame: Frame) -> Observation:
            actor = mixed(frame.t, sad=0.7).faces[0]
            return Observation(frame.t, (actor, replace(actor, track=1)))

    gate = SpeakingGate(Crowd(), lambda: True)
    assert [face.weight for face in gate.observe(Frame(0.0, PICTURE)).faces] == [SPEAKING_WEIGHT, 1.0]
    assert (gate.card, gate.warnings, gate.notices) == (CARD, ("a warning",), ("a notice",))
    assert (gate.is_due(-1.0), gate.is_due(1.0)) == (False, True)


def test_a_run_counts_less_what_is_read_while_its_ear_hears_the_actor_if_the_settings_say_so() -> None:
    ear = Ear(PlannedSound((0.5, 3.0)), PlannedActivity(), LINE)  # type: ignore[arg-type]
    ear.handle(LineStarted(0.0, 1, 10.0))
    plain, gated = (Settings(advance="voice", speaking_gate=asked) for asked in (False, True))
    reader = MouthReader()
    assert gated_perceiver(reader, ear, plain) is reader
    assert gated_perceiver(None, ear, gated) is None
    gate = gated_perceiver(reader, ear, gated)
    assert gate is not None
    weights = []
    for t in (0.3, 2.0, 4.0):
        ear.handle(Resumed(t))
        ear.poll()
        weights.append(gate.observe(Frame(t, PICTURE)).faces[0].weight)
    assert weights == [1.0, SPEAKING_WEIGHT, 1.0]
