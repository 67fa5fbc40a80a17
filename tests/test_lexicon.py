"""The lexicon: what directions ask for, in English and Romanian, and the user's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.base.errors import ScriptError
from coach.core.script.targets import parse_target
from coach.scripts.importing.lexicon import Direction, Lexicon

LEXICON = Lexicon()


@pytest.mark.parametrize(
    ("direction", "meaning"),
    [
        ("sad", "sad"),
        ("Sadly.", "sad"),
        ("SMILING", "happy"),
        ("worried", "fear 0-0.6"),
        ("very sad", "sad 0.4-1"),
        ("a little nervous", "fear 0-0.6"),
        ("still angry", "angry"),
        ("sad, then angry", "sad > angry @50%"),
        ("sad > angry @60%", "sad > angry @60%"),
        ("fear 0.3-0.8 > anger @60%", "fear > angry @60% 0.3-0.8"),
        ("fear, surprise", "fear, surprise"),
        ("sad and angry", "sad, angry"),
        ("furioasă", "angry"),
        ("cu tristețe", "sad"),
        ("foarte trist", "sad 0.4-1"),
        ("speriată, apoi bucuroasă", "fear > happy @50%"),
        ("beat", "1 beat"),
        ("a long pause", "3 beats"),
        ("pauză lungă", "3 beats"),
        ("whispering", "how it is said"),
        ("on the phone", "how it is said"),
        ("șoptind", "how it is said"),
        ("to BEN", "how it is said"),
        ("sadly, to BEN", "sad, how it is said"),
        ("whispering sadly", "sad, how it is said"),
        ("own way", "own way"),
        ("jealous", "jealous, which a face alone cannot show"),
    ],
)
def test_a_known_direction(direction: str, meaning: str) -> None:
    found = LEXICON.meaning(direction)
    assert found.unknown == ()
    assert str(found) == meaning


@pytest.mark.parametrize(
    "direction",
    [
        "wryly",
        "not sad",
        "sadly, with a limp",
        "smiling sadly",
        "crosses to the window",
        "2",
        "sad > ",
        "x" * 500,
        "ready",
    ],
)
def test_what_is_not_known_is_never_guessed(direction: str) -> None:
    meaning = LEXICON.meaning(direction)
    assert meaning.unknown or direction == "sad > "


def test_every_emotion_of_the_shipped_lexicons_is_in_the_table_of_words() -> None:
    for word, target in LEXICON._emotions.whole.items():
        parse_target(target)
        assert LEXICON.meaning(word).unknown == ()


def test_the_users_own_words_come_first(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        'emotions: {wryly: amused, sadly: "sad > angry"}\ndelivery: ["limp*"]\npauses: {hush: 2}\n', encoding="utf-8"
    )
    own = Lexicon(path)
    assert str(own.meaning("wryly")) == "happy"
    assert str(own.meaning("sadly")) == "sad > angry @50%"
    assert own.meaning("limping") == Direction(delivery=("limping",))
    assert own.meaning("hush") == Direction(beats=2)


def test_mistakes_in_a_lexicon_are_named_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "emotions:\n  wryly: amusd\npauses: {hush: long}\nmoods: {a: b}\nintensity: {strong: [very]}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScriptError) as caught:
        Lexicon(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5"]
    assert "unknown emotion 'amusd'; did you mean 'amused'?" in lines[0]
    assert "unknown section 'moods'" in lines[2]


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_file_that_is_no_lexicon_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError):
        Lexicon(path)
    with pytest.raises(ScriptError, match="no such file"):
        Lexicon(tmp_path / "missing.yaml")
