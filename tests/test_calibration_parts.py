"""The list of parts in the recording of a calibration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.errors import ScriptError
from coach.scripts.parts import TimedPart, load_parts

KINDS = ("rest", "fear", "happy")


def load(tmp_path: Path, text: str) -> list[TimedPart]:
    path = tmp_path / "parts.yaml"
    path.write_text(text, encoding="utf-8")
    return load_parts(path, KINDS)


def test_parts_are_listed_in_the_order_of_time(tmp_path: Path) -> None:
    text = 'parts:\n - {show: fear, from: "1:02", to: "1:06.5"}\n - show: rest\n   from: 0\n   to: 4.5\n'
    assert load(tmp_path, text) == [TimedPart("rest", 0, 4.5), TimedPart("fear", 62, 66.5)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("hello", "no list of parts"),
        ("parts: []", "no list of parts"),
        ("parts:\n - {show: fear, from: 1}", "2:4: a part needs `to`"),
        ("parts:\n - fear", "a part needs `show`"),
        ("parts:\n - {show: feer, from: 1, to: 2}", "unknown part 'feer'; did you mean 'fear'?"),
        ("parts:\n - {show: zzz, from: 1, to: 2}", "known are rest, fear, happy"),
        ("parts:\n - {show: fear, from: one, to: 2}", "'one' is no time"),
        ("parts:\n - {show: fear, from: nan, to: 2}", "'nan' is no time"),
        ("parts:\n - {show: fear, from: -1, to: 2}", "'-1' is no time"),
        ("parts:\n - {show: fear, from: 3, to: 2}", "it must end later"),
        ("parts:\n - {show: fear, from: 1, to: 2, at: 5}", "unknown field 'at'"),
        ("parts:\n - {show: rest, from: 0, to: 3}\n - {show: fear, from: 2, to: 5}", "fear begins at 2 s, before rest"),
        ("parts:\n" + " - {show: fear, from: 1, to: 2}\n" * 201, "at most 200 are read"),
        ("parts: [", "a bracket"),
        ("parts: &a [*a]", "anchors (&) and aliases (*)"),
    ],
)
def test_a_mistake_has_one_message_that_says_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert "parts.yaml" in str(caught.value)


def test_a_missing_file_has_a_message(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="no such file"):
        load_parts(tmp_path / "none.yaml", KINDS)


@given(text=st.text(alphabet="parts:show{}[],- \n0123:fear\"'&*!", max_size=200))
def test_any_text_gives_parts_or_a_message(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        parts = load(tmp_path_factory.mktemp("parts"), text)
    except ScriptError:
        return
    assert all(part.begin_s < part.end_s for part in parts)
