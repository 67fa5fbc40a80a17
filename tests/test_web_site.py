"""Settings of yt-dlp and interpretation of its results, without any request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from yt_dlp import YoutubeDL
from yt_dlp.downloader.common import FileDownloader
from yt_dlp.downloader.fragment import FragmentFD

from coach.sources.web.refusals import WebError
from coach.sources.web.site import QuietLogger, is_nameless, may_need_javascript, refuse_live, settings


def settings_for(tmp_path: Path, **order: object) -> dict[str, object]:
    request = {"item": None, "cookies": None, "deno": None, "stall_timeout_s": 25.0, **order}
    return settings(request, tmp_path, QuietLogger(), lambda _: None)


def test_the_address_of_a_video_within_a_list_selects_only_that_video(tmp_path: Path) -> None:
    assert settings_for(tmp_path)["noplaylist"] is True
    of_list = settings_for(tmp_path, item=3)
    assert (of_list["noplaylist"], of_list["playlist_items"]) == (False, "3")


def test_yt_dlp_accepts_every_setting(tmp_path: Path) -> None:
    """yt-dlp ignores unknown settings, so a new release could silently disable one."""
    known = f"{YoutubeDL.__doc__} {FileDownloader.__doc__} {FragmentFD.__doc__}"
    assert [name for name in settings_for(tmp_path) if not re.search(rf"\b{name}\b", known)] == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:80/a.mp4", "https://[::1]/a", "http://192.168.1.5/Play/1"])
def test_no_site_is_at_a_host_that_is_a_number(address: str) -> None:
    assert is_nameless(address)


@pytest.mark.parametrize(
    "address", ["http://localhost/a.mp4", "https://127.0.0.1.nip.io/a", "http://10.0.0.1/Mediasite/Play/1", "http://["]
)
def test_a_site_may_be_at_a_host_with_a_name_and_mediasite_at_any(address: str) -> None:
    assert not is_nameless(address)


@pytest.mark.parametrize(
    ("info", "kind"),
    [({"live_status": "is_live"}, "live"), ({"is_live": True}, "live"), ({"live_status": "is_upcoming"}, "upcoming")],
)
def test_a_live_broadcast_is_refused_before_fetching(info: dict[str, object], kind: str) -> None:
    with pytest.raises(WebError) as caught:
        refuse_live(info)
    assert caught.value.kind == kind


@pytest.mark.parametrize("status", [None, "not_live", "was_live", "post_live"])
def test_a_finished_broadcast_is_accepted_as_an_ordinary_video(status: str | None) -> None:
    refuse_live({"live_status": status})


def test_a_missing_javascript_runtime_is_named_only_if_it_may_be_the_cause() -> None:
    logger = QuietLogger()
    assert not may_need_javascript(WebError("no_video"), logger)
    logger.warning("No supported JavaScript runtime could be found. Only deno is enabled by default")
    assert may_need_javascript(WebError("no_video"), logger)
    assert not may_need_javascript(WebError("private"), logger)
