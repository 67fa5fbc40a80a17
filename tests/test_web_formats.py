"""The choice of the format that is fetched."""

from __future__ import annotations

import pytest

from coach.sources.web.refusals import WebError
from coach.sources.web.site import choose, reported_bytes

BOTH = {"protocol": "https", "vcodec": "h264", "acodec": "aac"}
SEEN = {**BOTH, "acodec": "none"}
HEARD = {**BOTH, "vcodec": "none"}


def format_of(base: dict[str, str], name: str, width: int = 0, height: int = 0, **fields: object) -> dict[str, object]:
    return {**base, "format_id": name, "width": width or None, "height": height or None, **fields}


def chosen_ids(*versions: dict[str, object]) -> list[object]:
    return [version["format_id"] for version in choose(versions)]


def test_the_best_format_of_at_most_720_lines_is_chosen() -> None:
    assert chosen_ids(
        format_of(BOTH, "s", 640, 360), format_of(BOTH, "m", 1280, 720), format_of(BOTH, "l", 1920, 1080)
    ) == ["m"]


def test_a_portrait_format_is_measured_by_its_short_side() -> None:
    assert chosen_ids(
        format_of(BOTH, "s", 360, 640), format_of(BOTH, "m", 720, 1280), format_of(BOTH, "l", 1080, 1920)
    ) == ["m"]


def test_a_separate_sound_format_is_chosen_too() -> None:
    assert chosen_ids(format_of(HEARD, "low"), format_of(HEARD, "high"), format_of(SEEN, "m", 1280, 720)) == [
        "m",
        "high",
    ]


def test_sound_is_not_chosen_twice() -> None:
    assert chosen_ids(format_of(HEARD, "high"), format_of(BOTH, "m", 640, 360)) == ["m"]


def test_a_silent_video_is_accepted() -> None:
    assert chosen_ids(format_of(SEEN, "m", 640, 360)) == ["m"]


def test_a_plain_file_of_unknown_size_is_accepted() -> None:
    assert chosen_ids({"format_id": "0", "url": "http://example.org/take.mp4"}) == ["0"]


@pytest.mark.parametrize(
    ("versions", "kind"),
    [
        ([format_of(BOTH, "l", 1920, 1080)], "too_wide"),
        ([format_of(HEARD, "a")], "sound_only"),
        ([format_of(BOTH, "r", protocol="rtmp")], "ffmpeg"),
        ([format_of(BOTH, "f", protocol="ftp")], "unsafe"),
        ([format_of(BOTH, "f", protocol="file")], "unsafe"),
        ([format_of(BOTH, "s", protocol="mhtml", vcodec="none", acodec="none")], "unsafe"),
        ([], "no_video"),
    ],
)
def test_the_error_explains_why_no_format_can_be_fetched(versions: list[dict[str, object]], kind: str) -> None:
    with pytest.raises(WebError) as caught:
        choose(versions)
    assert caught.value.kind == kind


def test_an_unknown_size_counts_as_zero() -> None:
    assert reported_bytes({}) == reported_bytes({"filesize": None, "filesize_approx": 9}) == 0
    assert reported_bytes({"filesize": 9}) == 9
