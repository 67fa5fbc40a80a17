"""Faults of a local server, and the classification of error messages that yt-dlp gives for real sites."""

from __future__ import annotations

import io
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_help import Web, clip, refusal_of, web_for_a_test
from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError, UserNotLive

from coach.base.errors import SourceError
from coach.sources.web.faults import web_error_of
from coach.sources.web.options import BrowserCookies, WebOptions
from coach.sources.web.received import finish_download
from coach.sources.web.refusals import KINDS, WebError, refusal
from coach.sources.web.source import fetch_web_video


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    yield from web_for_a_test(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize(("status", "reason"), [(404, "nothing at this address"), (403, "refuses to give it")])
def test_a_server_refusal_is_reported_with_the_address(web: Web, cache: Path, status: int, reason: str) -> None:
    address = web.serve_bytes("/take.mp4", b"no", "text/plain", status)
    message = refusal_of(address, cache)
    assert message.startswith(f"{address}: ")
    assert reason in message


@pytest.mark.row(31)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "login"), (403, "forbidden"), (404, "missing"), (410, "missing"), (418, "site"), (429, "too_many"),
        (451, "region"), (500, "server"), (503, "server"), (304, "unsafe"),
    ],
)  # fmt: skip
def test_every_http_status_is_explained(status: int, kind: str) -> None:
    with Response(io.BytesIO(), "https://example.org/drm", {}, status) as response:
        error = ExtractorError("Unable to download webpage", expected=True, cause=HTTPError(response))
    fault = web_error_of(DownloadError(f"ERROR: {error}", (type(error), error, None)))
    assert fault.kind == kind
    last = DownloadError(f"ERROR: [download] Got error: HTTP Error {status}: x. Giving up after 2 retries")
    assert web_error_of(last).kind == kind


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1:1/take.mp4", "gopher://127.0.0.1/", "data:,x"])
def test_a_redirect_to_another_scheme_is_refused(web: Web, cache: Path, to: str) -> None:
    assert "not http or https" in refusal_of(web.redirect("/take.mp4", to), cache)


def test_a_redirect_to_ftp_is_never_followed(
    web: Web, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """yt-dlp uses urllib if `requests` is missing, and urllib follows redirects to ftp."""
    (tmp_path / "requests.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as ftp:
        ftp.setblocking(False)
        refusal_of(web.redirect("/take.mp4", f"ftp://127.0.0.1:{ftp.getsockname()[1]}/take.mp4"), cache)
        with pytest.raises(BlockingIOError):
            ftp.accept()


def test_a_redirect_loop_is_refused(web: Web, cache: Path) -> None:
    assert "redirects in a circle" in refusal_of(web.redirect("/take", web.address + "/take"), cache)


PIECE = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{0}\n#EXT-X-ENDLIST\n"
KEY = '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI="{0}"\n#EXTINF:9,\n0.ts\n#EXT-X-ENDLIST\n'
DASH = (
    '<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
    "<BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>"
)
PAGE = '<html><title>take</title><video src="{0}"></video></html>'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PIECE, "application/vnd.apple.mpegurl"),
        (PIECE, "text/plain"),
        (KEY, "application/vnd.apple.mpegurl"),
        (DASH, "application/dash+xml"),
        (PAGE, "text/html"),
    ],
    ids=["hls", "hls as text", "hls key", "dash", "page"],
)
def test_lists_and_pages_cannot_refer_to_local_files(
    web: Web, cache: Path, tmp_path: Path, text: str, kind: str
) -> None:
    web.serve_file("/0.ts", clip(tmp_path, "0.ts"), "video/mp2t")
    message = refusal_of(web.serve_bytes("/take", text.format(clip(tmp_path).as_uri()).encode(), kind), cache)
    assert re.search("not http or https|No video is found|Parts of the video are missing", message)


@pytest.mark.parametrize("piece", ["data:video/mp2t;base64,R0dH", "ftp://127.0.0.1:1/0.ts", "rtmp://127.0.0.1:1/0"])
def test_a_segment_of_another_scheme_is_refused(web: Web, cache: Path, piece: str) -> None:
    address = web.serve_bytes("/take.m3u8", PIECE.format(piece).encode(), "application/vnd.apple.mpegurl")
    assert "not http or https" in refusal_of(address, cache)


def test_a_path_in_a_list_is_requested_from_the_server(web: Web, cache: Path) -> None:
    address = web.serve_bytes("/take.m3u8", PIECE.format("/etc/passwd").encode(), "application/vnd.apple.mpegurl")
    assert "Parts of the video are missing" in refusal_of(address, cache)
    assert "/etc/passwd" in web.requests


def test_an_endless_broadcast_is_refused(web: Web, cache: Path) -> None:
    text = PIECE.format("0.ts").replace("#EXT-X-ENDLIST\n", "")
    assert "live" in refusal_of(web.serve_bytes("/take.m3u8", text.encode(), "application/vnd.apple.mpegurl"), cache)


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"<!doctype html><html><title>x</title><body>hi</body></html>", "text/html", "No video is found on this page"),
        (b"<!doctype html><html><body>hi</body></html>", "video/mp4", "it is a page"),
        (b"", "video/mp4", "before the video was complete"),
    ],
)
def test_a_file_that_is_not_a_video_is_refused_and_not_cached(
    web: Web, cache: Path, body: bytes, kind: str, reason: str
) -> None:
    assert reason in refusal_of(web.serve_bytes("/take.mp4", body, kind), cache)


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (b" <HTML><body>hi</body></html>", ("not_media", "it is a page")),
        (PIECE.format("a.ts").encode(), ("not_media", "it is a list of other files")),
        (b"\x89PNG\r\n\x1a\n" + bytes(600), ("not_media", "it is a picture")),
        (b"All work and no play\n" * 99, ("not_media", "")),
        (b"\x1a\x45\xdf\xa3" + b"junk" * 900, ("not_media", "invalid data found when processing input")),
        (b"RIFF\xff\xff\0\0AVI " + bytes(99), ("cut", "")),
    ],
)
def test_a_download_is_checked_by_content(tmp_path: Path, body: bytes, reasons: tuple[str, str]) -> None:
    (tmp_path / "part0").write_bytes(body)
    with pytest.raises(WebError) as caught:
        finish_download([tmp_path / "part0"])
    assert (caught.value.kind, caught.value.detail) == reasons


@pytest.mark.row(31)
@pytest.mark.parametrize("has_length", [True, False], ids=["length told", "length not told"])
def test_a_truncated_download_is_refused(web: Web, cache: Path, tmp_path: Path, has_length: bool) -> None:
    file = clip(tmp_path).read_bytes()

    def answer(page: object) -> None:
        page.begin(**({"Content_Length": str(len(file))} if has_length else {}))  # type: ignore[attr-defined]
        page.wfile.write(file[: len(file) // 2])  # type: ignore[attr-defined]

    assert "ended before the video was complete" in refusal_of(web.serve("/take.mp4", answer), cache)


@pytest.mark.row(31)
def test_an_address_without_a_server_is_reported(cache: Path, web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert "No server answers" in refusal_of(f"http://127.0.0.1:{port}/take.mp4", cache)


def test_unreadable_cookies_are_reported(
    web: Web, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    options = WebOptions(cookies=BrowserCookies.parse(f"firefox:{tmp_path}/none"))
    assert "cookies of that browser cannot be read" in refusal_of(web.address + "/take.mp4", cache, options)
    assert web.requests == []


def test_cookies_of_a_browser_are_sent_to_their_own_site(web: Web, cache: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cookies.sqlite") as base:
        base.execute("CREATE TABLE moz_cookies (host, name, value, path, expiry, isSecure, originAttributes)")
        for host, value in (("127.0.0.1", "own"), ("example.org", "other")):
            base.execute("INSERT INTO moz_cookies VALUES (?, 'login', ?, '/', 9999999999, 0, '')", (host, value))
    base.close()
    heard: list[str | None] = []
    file = clip(tmp_path).read_bytes()

    def answer(page: object) -> None:
        heard.append(page.headers["Cookie"])  # type: ignore[attr-defined]
        page.send(file)  # type: ignore[attr-defined]

    options = WebOptions(cookies=BrowserCookies.parse(f"firefox:{tmp_path}"))
    fetch_web_video(web.serve("/take.mp4", answer), options, cache=cache).close()
    assert set(heard) == {"login=own"}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Private video. Sign in if you've been granted access to this video", "private"),
        ("Video unavailable. This video is private", "private"),
        ("Video unavailable", "unavailable"),
        ("This video has been removed by the uploader", "unavailable"),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", "age"),
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication", "bot"),
        ("Join this channel to get access to members-only content like this video", "members"),
        ("The uploader has not made this video available in your country", "region"),
        ("This live event will begin in 3 hours.", "upcoming"),
        ("Premieres in 2 days", "upcoming"),
        ("This livestream recording is not available.", "live"),
        ("This video is only available for registered users. Use --cookies-from-browser", "login"),
        ("This video is DRM protected", "drm"),
        ("m3u8 download detected but ffmpeg could not be found. Please install", "ffmpeg"),
        ("No video formats found!", "no_video"),
        ("The moon is made of cheese", "site"),
    ],
)
def test_messages_of_sites_are_classified(message: str, kind: str) -> None:
    extracted = ExtractorError(message, expected=True, video_id="login-drm", ie="youtube")
    assert web_error_of(DownloadError(f"ERROR: {extracted}", (type(extracted), extracted, None))).kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (GeoRestrictedError("This content is only shown here", countries=["CH"]), "region"),
        (UserNotLive(), "upcoming"),
        (UnsupportedError("http://example.org/login/live-stream/drm"), "no_video"),
        (CookieLoadError("failed to load cookies"), "cookies"),
        (OSError(28, "No space left on device"), "disk"),
        (DownloadError("ERROR: unable to write data: [Errno 28] No space left on device"), "disk"),
        (TransportError("[Errno -2] Name or service not known"), "network"),
        (
            TransportError("Failed to resolve 'example.org' ([Errno -3] Temporary failure in name)"),
            "network",
        ),
        (TransportError("HTTPSConnectionPool(host='login.drm.org', port=443): Read timed out."), "stalled"),
        (TransportError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"), "certificate"),
        (TransportError("<urlopen error [Errno 111] Connection refused>"), "nobody"),
        (KeyError("streamingData"), "site"),
    ],
    ids=str,
)
def test_errors_are_classified_by_type_or_message(error: Exception, kind: str) -> None:
    assert web_error_of(error).kind == kind


def test_words_in_addresses_and_names_do_not_affect_the_classification() -> None:
    error = ExtractorError(
        "Unable to download webpage: http://private-video.org/drm timed out", video_id="livestream", ie="generic"
    )
    assert web_error_of(DownloadError(f"ERROR: {error}", (type(error), error, None))).kind == "stalled"


def test_messages_of_sites_are_shown_without_control_characters() -> None:
    fault = web_error_of(
        DownloadError("ERROR: [own] 1234: \x1b[31mThe moon\x1b[0m is\r made of cheese; see https://a.org/x")
    )
    assert refusal("https://a.org", fault.kind, fault.detail).startswith(
        "https://a.org: It cannot be fetched (The moon is made of cheese)."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_has_short_advice(kind: str) -> None:
    message = refusal("https://example.org/take", kind, "detail")  # type: ignore[arg-type]
    assert message.count(". ") >= 1
    assert message.endswith(".")
    assert "{" not in message
    assert len(message) < 320


def test_a_full_message_names_the_address_first(web: Web, cache: Path) -> None:
    with pytest.raises(SourceError, match=rf"^{web.address}/none: "):
        fetch_web_video(web.address + "/none", cache=cache)
