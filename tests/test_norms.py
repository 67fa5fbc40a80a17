"""Norms: the shares that trained actors reach, and the thresholds derived from them."""

from __future__ import annotations

import pytest
from core_help import VIEWERS, viewers_card

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.norms import (
    ACTOR_SHARES,
    LEVEL_BANDS,
    SHARES_CAVEAT,
    Level,
    level_of,
    lowest_threshold,
    norm_sentence,
    threshold,
    viewers_text,
)
from coach.core.script.targets import Part

assert VIEWERS.evidence is not None
CARD: EvidenceCard = VIEWERS.evidence


def card(**fields: object) -> EvidenceCard:
    evidence = viewers_card(0.0, **fields).evidence
    assert evidence is not None
    return evidence


def test_every_emotion_but_surprise_has_rising_quartiles() -> None:
    assert set(EMOTIONS) - set(ACTOR_SHARES) == {"surprise"}
    for levels in ACTOR_SHARES.values():
        for figures in levels.values():
            assert 0 <= figures.lower <= figures.median <= figures.upper <= 1
            assert figures.lower <= figures.mean <= figures.upper


@pytest.mark.parametrize(
    ("band", "level"),
    [
        (None, "all"),
        ((0.1, 0.5), "low"),
        ((0.2, 0.48), "medium"),
        ((0.3, 0.4), "medium"),
        ((0.5, 0.82), "medium"),
        ((0.5, 0.84), "high"),
        ((0.0, 1.0), "medium"),
    ],
)
def test_the_level_of_a_band_depends_on_its_middle(band: tuple[float, float] | None, level: Level) -> None:
    assert level_of(band) == level


def test_every_level_has_a_band() -> None:
    assert {level: level_of(band) for level, band in LEVEL_BANDS.items()} == {level: level for level in LEVEL_BANDS}


@pytest.mark.parametrize(("strictness", "expected"), [("gentle", 0.2), ("standard", 0.4), ("strict", 0.7)])
def test_the_threshold_is_a_quartile_of_the_actors(strictness: Strictness, expected: float) -> None:
    assert threshold(CARD, "fear", None, strictness) == expected


def test_the_threshold_depends_on_intensity() -> None:
    thresholds = [threshold(CARD, "angry", LEVEL_BANDS[level]) for level in ("low", "medium", "high")]
    assert thresholds == [0.2, 0.44, 0.8]  # actors reach 0.9 at the highest, and typical faces 0.8


def test_the_threshold_is_at_most_the_share_of_typical_faces() -> None:
    assert threshold(CARD, "happy", None, "strict") == 0.8


def test_the_threshold_is_above_the_share_of_a_neutral_face() -> None:
    assert threshold(CARD, "angry", (0.0, 0.4), "gentle") == pytest.approx(0.1)
    lively = card(curves=dict.fromkeys(EMOTIONS, ((-2.0, 0.2), (8.0, 1.0))))
    assert threshold(lively, "sad", None, "gentle") == pytest.approx(0.36 + 0.1)


def test_the_lower_limit_takes_precedence() -> None:
    rare = card(typical={**dict.fromkeys(EMOTIONS, 0.8), "disgust": 0.05})
    assert threshold(rare, "disgust") == pytest.approx(0.1)


def test_neutral_has_no_lower_limit() -> None:
    assert threshold(CARD, "neutral", None, "gentle") == 0.6
    assert threshold(CARD, "neutral", None, "standard") == 0.78
    assert threshold(CARD, "neutral", (0.0, 0.2), "standard") == 0.78, "neutral ignores the intensity"
    high = card(curves=dict.fromkeys(EMOTIONS, ((-4.0, 0.4), (4.0, 1.0))))
    assert threshold(high, "neutral", None, "gentle") == 0.6


@pytest.mark.parametrize(("strictness", "expected"), [("gentle", 0.4), ("standard", 0.6), ("strict", 0.8)])
def test_surprise_uses_the_quartiles_of_still_faces(strictness: Strictness, expected: float) -> None:
    assert threshold(CARD, "surprise", (0.8, 1.0), strictness) == expected


def test_several_accepted_emotions_have_the_lowest_threshold() -> None:
    assert lowest_threshold(CARD, Part(("fear", "surprise"))) == ("fear", 0.4)
    assert lowest_threshold(CARD, Part(("surprise", "sad"))) == ("sad", 0.3)


@pytest.mark.parametrize(
    ("accepted", "band", "share", "text"),
    [
        (("fear",), None, 0.61, "6 of 10 viewers would see fear; trained actors typically reach 4 of 10"),
        (
            ("fear",),
            (0.0, 0.3),
            0.2,
            "2 of 10 viewers would see fear; trained actors typically reach 2 of 10 with slight fear",
        ),
        (
            ("angry",),
            (0.8, 1),
            1,
            "10 of 10 viewers would see anger; trained actors typically reach 9 of 10 with strong anger",
        ),
        (
            ("neutral",),
            None,
            0.7,
            "7 of 10 viewers would see a neutral face; trained actors typically reach 8 of 10",
        ),
        (
            ("surprise",),
            None,
            0.3,
            "3 of 10 viewers would see surprise; photos of surprise typically reach 6 of 10",
        ),
        (
            ("surprise", "fear"),
            None,
            0.5,
            "5 of 10 viewers would see surprise or fear; trained actors typically reach 4 of 10 with fear",
        ),
    ],
)
def test_a_share_is_shown_beside_its_norm(
    accepted: tuple[Emotion, ...], band: tuple[float, float] | None, share: float, text: str
) -> None:
    assert norm_sentence(CARD, Part(accepted), band, share) == text


def test_shares_are_shown_out_of_ten() -> None:
    assert [viewers_text(share) for share in (0.0, 0.04, 0.06, 0.96, 1.0)] == [
        "0 of 10 viewers",
        "0 of 10 viewers",
        "1 of 10 viewers",
        "10 of 10 viewers",
        "10 of 10 viewers",
    ]


def test_the_caveat_says_that_nobody_spoke_in_the_photos() -> None:
    assert "estimated from photos, not from people speaking" in SHARES_CAVEAT
