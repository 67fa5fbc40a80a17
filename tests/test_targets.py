"""Targets: emotion words, several emotions, arcs, and their syntax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.types import EMOTIONS
from coach.core.scoring.norms import level_of
from coach.core.script.script import Line
from coach.core.script.targets import (
    MEANINGS,
    Part,
    Target,
    UnknownEmotionError,
    correct_separators,
    meaning_of,
    parse_target,
)
from coach.core.script.words import NOT_SHOWN, STRENGTH_BANDS, WORDS


def test_every_word_is_listed_once_and_known_in_any_case() -> None:
    words = [word for _, _, row in WORDS for word in row.split(", ")] + NOT_SHOWN.split(", ") + list(EMOTIONS)
    assert sorted(words) == sorted(MEANINGS)
    assert len(words) >= 200
    assert all(word == " ".join(word.lower().split()) for word in words)
    assert {emotion for meaning in MEANINGS.values() for emotion in meaning.emotions} == set(EMOTIONS)
    for word, meaning in MEANINGS.items():
        assert meaning_of(f" {word.upper()} ") == meaning


@pytest.mark.parametrize(
    ("word", "emotions", "strength"),
    [
        ("scared", "fear", None),
        ("mad", "angry", None),
        ("joyful", "happy", None),
        ("calm", "neutral", None),
        ("furious", "angry", None),
        ("worried", "fear", "low"),
        ("nervous", "fear", "low"),
        ("hopeful", "happy", "low"),
        ("relieved", "happy", "low"),
        ("tender", "happy", "low"),
        ("excited", "happy", "high"),
        ("heartbroken", "sad", "high"),
        ("livid", "angry", "high"),
        ("bitter", "angry disgust", None),
        ("nostalgic", "sad happy", "low"),
        ("jealous", "", None),
        ("ashamed", "", None),
        ("proud", "", None),
    ],
)
def test_everyday_words_are_known(word: str, emotions: str, strength: str | None) -> None:
    meaning = meaning_of(word)
    assert (" ".join(meaning.emotions), meaning.strength) == (emotions, strength)


def test_a_strength_is_the_level_of_the_audience_norms() -> None:
    assert {strength: level_of(band) for strength, band in STRENGTH_BANDS.items()} == {"low": "low", "high": "high"}


@pytest.mark.parametrize(
    ("emotion", "written", "target", "band"),
    [
        ("worried", None, "fear", (0.0, 0.6)),
        ("Heartbroken", None, "sad", (0.4, 1.0)),
        ("worried, nervous", None, "fear", (0.0, 0.6)),
        (["worried", "timid"], None, "fear", (0.0, 0.6)),
        ("worried > wistful @60%", None, "fear > sad @60%", (0.0, 0.6)),
        ("worried", [0.2, 0.9], "fear", (0.2, 0.9)),
        ("worried > livid", None, "fear > angry @50%", None),
        ("worried, scared", None, "fear", None),
        ("bitter", None, "angry, disgust", None),
        ("bitter > fed  up", None, "angry, disgust > angry @50%", None),
    ],
)
def test_words_give_a_line_its_target_and_its_intensity(
    emotion: object, written: object, target: str, band: tuple[float, float] | None
) -> None:
    line = Line.model_validate({"text": "a", "emotion": emotion, "intensity": written})
    assert (str(line.target), line.intensity) == (target, band)
    assert Line.model_validate_json(line.model_dump_json()) == line


@pytest.mark.parametrize("emotion", ["jealous", "sad, jealous", "sad > In  Pain @60%", ["proud"]])
def test_a_word_that_a_face_cannot_show_leaves_the_line_without_a_target(emotion: object) -> None:
    line = Line.model_validate({"text": "a", "emotion": emotion, "intensity": [0.2, 0.9]})
    assert line.target is None
    assert line.intensity is None


def test_an_unknown_word_beside_one_that_a_face_cannot_show_is_refused() -> None:
    with pytest.raises(UnknownEmotionError, match="did you mean 'sad'"):
        parse_target("jealous, saad")


@pytest.mark.parametrize(
    ("word", "near"),
    [("hapy", "happy"), ("saad", "sad"), ("disguss", "disgust"), ("FEARR", "fear"), ("suprise", "surprise")],
)
def test_a_misspelt_word_is_refused_with_a_suggestion(word: str, near: str) -> None:
    with pytest.raises(UnknownEmotionError, match=f"did you mean '{near}'") as caught:
        meaning_of(word)
    assert caught.value.word == word


def test_all_words_that_are_nearly_as_near_are_suggested() -> None:
    with pytest.raises(UnknownEmotionError, match="did you mean 'nostalgic' or 'nostalgia'"):
        parse_target("nostalgi")


def test_a_word_unlike_any_known_one_is_refused_with_the_seven_emotions() -> None:
    with pytest.raises(UnknownEmotionError) as caught:
        meaning_of("\x1b[31mqqq" + "q" * 1000)
    message = str(caught.value)
    assert all(emotion in message for emotion in EMOTIONS)
    assert "did you mean" not in message
    assert "\x1b" not in message
    assert len(message) < 250


def test_an_empty_value_is_not_a_target() -> None:
    assert parse_target(None) is parse_target("") is parse_target("  ") is parse_target([]) is None


def test_a_word_several_words_or_a_list_make_one_part() -> None:
    assert parse_target("scared") == Target((Part(("fear",)),))
    assert (
        parse_target("fear, surprise") == parse_target(["fear", "surprised"]) == Target((Part(("fear", "surprise")),))
    )


def test_the_same_emotion_twice_counts_once() -> None:
    assert parse_target("fear, scared") == parse_target("fear")


def test_an_arc_changes_at_the_share_given_in_the_script() -> None:
    target = parse_target("sad > fear @60%")
    assert target == Target((Part(("sad",)), Part(("fear",), 0.6)))
    assert [target.part_at(share) for share in (-1, 0, 0.59, 0.6, 1, 2)] == [0, 0, 0, 1, 1, 1]
    assert target.accepted == ("sad", "fear")


def test_an_arc_without_shares_is_divided_equally() -> None:
    target = parse_target("sad > fear > angry")
    assert target is not None
    assert [part.start_share for part in target.parts] == pytest.approx([0, 1 / 3, 2 / 3], abs=1e-4)


def test_several_accepted_emotions_add_up() -> None:
    shares = (0.1, 0.2, 0.3, 0.05, 0.15, 0.2, 0.0)
    assert Part(("fear", "surprise")).probability(shares) == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["sad", "fear, surprise", "sad > fear @60%", "sad > fear, angry @33.33% > happy @50%"])
def test_a_target_is_printed_in_script_syntax(text: str) -> None:
    assert str(parse_target(text)) == text


@pytest.mark.parametrize(
    ("value", "piece"),
    [
        ("sad @20% > fear", "begins at 0 %"),
        ("sad > fear @100%", "between 0 and 100 %"),
        ("sad > fear @0%", "must rise"),
        ("sad > fear @60% > angry @40%", "must rise"),
        ("sad > fear @60", "such as @60%"),
        ("sad > fear @-5%", "such as @60%"),
        ("sad > fear @", "such as @60%"),
        ("sad >", "an emotion is missing"),
        (",", "an emotion is missing in ','"),
        ("> fear", "an emotion is missing"),
        (["sad", 3], "expected a list of emotions"),
        (["sad", ""], "expected a list of emotions"),
        (["sad > fear", "joy"], "an arc is one text"),
        (3, "expected an emotion"),
        ({"sad": 1}, "expected an emotion"),
        (" > ".join(["sad"] * 11), "at most 10 parts"),
    ],
)
def test_an_invalid_target_is_refused_with_the_reason(value: object, piece: str) -> None:
    with pytest.raises(ValueError, match=piece):
        parse_target(value)


@given(st.text("sadfer>@%,.0159 ", max_size=40) | st.text(max_size=20))
def test_any_text_is_a_target_or_gets_an_error_message(text: str) -> None:
    message = ""
    try:
        target = parse_target(text)
    except ValueError as error:
        target, message = None, str(error)
    assert len(message) < 300
    assert target is None or (target.parts[0].start_share == 0 and parse_target(str(target)) == target)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("fear; surprise", "fear, surprise"),
        ("fear / surprise", "fear, surprise"),
        ("fear | surprise & mad", "fear, surprise, mad"),
        ("fear, and surprise", "fear, surprise"),
        ("fear or surprise", "fear, surprise"),
        ("fear => happy @60%", "fear > happy @60%"),
        ("fear \u2192 happy -> sad", "fear > happy > sad"),
        ("fear then happy", "fear > happy"),
    ],
)
def test_other_separators_are_refused_with_the_correct_form(text: str, form: str) -> None:
    with pytest.raises(ValueError, match="a comma stands between") as caught:
        parse_target(text)
    assert f"write [{form}]:" in str(caught.value)
    parse_target(form)


@pytest.mark.parametrize("text", ["very sad", "fear/surprize", "", ">", "fear @200%", "jealous"])
def test_an_unrecoverable_target_has_no_suggestion(text: str) -> None:
    assert correct_separators(text) is None
