"""A web address as a source: fetched from a local server, then read like a recording."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from source_help import read_all
from web_help import Web, clip, names_in, tone, web_for_a_test

from coach.base.errors import SourceError, UsageError
from coach.base.types import Download
from coach.sources import SourceOptions, open_source
from coach.sources.web.options import WebOptions
from coach.sources.web.source import WebSource, fetch_web_video


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    yield from web_for_a_test(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "coach" / "web"


def test_a_source_at_an_address_returns_the_frames_of_its_file(web: Web, cache: Path, tmp_path: Path) -> None:
    file = clip(tmp_path)
    source = open_source(web.serve_file("/hopeful%20news.mp4", file))
    assert (source.info.kind, source.info.name, source.info.live) == ("video", "hopeful news", False)
    assert (source.info.width, source.info.height, source.info.duration_s) == (96, 64, 1.0)
    assert Path(source.info.path).parent.parent == cache
    online = [frame.t for frame in read_all(source)]
    assert online == [frame.t for frame in read_all(open_source(str(file)))]
    assert source.stats.frames == len(online)


def test_the_same_address_is_fetched_only_once(web: Web, cache: Path, tmp_path: Path) -> None:
    address = web.serve_file("/clip.mp4", clip(tmp_path))
    open_source(address).close()
    requests = len(web.requests)
    open_source(address).close()
    assert len(web.requests) == requests


def test_without_a_cache_each_open_fetches(web: Web, cache: Path, tmp_path: Path) -> None:
    address = web.serve_file("/clip.mp4", clip(tmp_path))
    open_source(address, SourceOptions(web=WebOptions(cache_bytes=0))).close()
    requests = len(web.requests)
    assert names_in(cache) == []
    open_source(address, SourceOptions(web=WebOptions(cache_bytes=0))).close()
    assert len(web.requests) == 2 * requests


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of another kind")
def test_the_cache_is_private(web: Web, cache: Path, tmp_path: Path) -> None:
    source = open_source(web.serve_file("/clip.mp4", clip(tmp_path)))
    folders = [cache, Path(source.info.path).parent]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]
    source.close()


def test_a_server_is_found_by_its_name_too(web: Web, cache: Path, tmp_path: Path) -> None:
    """For a name, every site that yt-dlp knows is asked; a number is read as any page."""
    address = web.serve_file("/clip.mp4", clip(tmp_path)).replace("127.0.0.1", "localhost")
    open_source(address).close()


def test_a_redirect_is_followed(web: Web, cache: Path, tmp_path: Path) -> None:
    web.serve_file("/clip.mp4", clip(tmp_path))
    open_source(web.redirect("/short", web.address + "/clip.mp4")).close()


def test_a_file_is_detected_by_content_not_by_content_type(web: Web, cache: Path, tmp_path: Path) -> None:
    address = web.serve_file("/download.exe", clip(tmp_path, "clip.mkv"), "application/octet-stream")
    source = open_source(address)
    assert Path(source.info.path).name == "video.mkv"
    source.close()


def test_segments_are_joined_without_ffmpeg(web: Web, cache: Path, tmp_path: Path) -> None:
    pieces = [clip(tmp_path, f"{n}.ts", times=[n + i / 30 for i in range(30)]) for n in range(2)]
    for piece in pieces:
        web.serve_file(f"/{piece.name}", piece, "video/mp2t")
    source = open_source(web.serve_bytes("/list.m3u8", hls("0.ts", "1.ts"), "application/vnd.apple.mpegurl"))
    assert len(read_all(source)) == 60


def encrypted_hls(method: str) -> bytes:
    return hls("0.ts").replace(b"#EXTINF", f'#EXT-X-KEY:METHOD={method},URI="key"\n#EXTINF'.encode(), 1)


def hls(*pieces: str, end: str = "#EXT-X-ENDLIST\n") -> bytes:
    lines = "".join(f"#EXTINF:1,\n{piece}\n" for piece in pieces)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{lines}{end}".encode()


VERSION = '<Representation id="{0}" codecs="{1}" bandwidth="1" {2}><BaseURL>{0}.mp4</BaseURL></Representation>'
DASH = (
    '<?xml version="1.0"?><MPD type="static" mediaPresentationDuration="PT1S"><Period>'
    + '<AdaptationSet mimeType="video/mp4">'
    + VERSION.format("big", "avc1", 'width="1920" height="1080"')
    + VERSION.format("seen", "avc1", 'width="96" height="64"')
    + '</AdaptationSet><AdaptationSet mimeType="audio/mp4">'
    + VERSION.format("heard", "mp4a", "")
    + "</AdaptationSet></Period></MPD>"
)


def test_separate_sound_is_joined_in_sync(web: Web, cache: Path, tmp_path: Path) -> None:
    web.serve_file("/seen.mp4", clip(tmp_path, "seen.mp4"))
    web.serve_file("/heard.mp4", tone(tmp_path / "heard.mp4"), "audio/mp4")
    source = open_source(web.serve_bytes("/list.mpd", DASH.encode(), "application/dash+xml"))
    with av.open(source.info.path) as file:
        assert [stream.codec_context.name for stream in file.streams] == ["h264", "aac"]
        ends = [packet.pts * packet.time_base for packet in file.demux() if packet.pts is not None]
        assert float(max(ends)) == pytest.approx(1, abs=0.15)
    assert len(read_all(source)) == 30
    assert "/big.mp4" not in web.requests


def test_unreadable_sound_leaves_the_picture_and_gives_a_notice(web: Web, cache: Path, tmp_path: Path) -> None:
    web.serve_file("/seen.mp4", clip(tmp_path, "seen.mp4"))
    web.serve_bytes("/heard.mp4", hls("file:///etc/passwd"), "audio/mp4")
    notices: list[str] = []
    source = open_source(web.serve_bytes("/list.mpd", DASH.encode(), "application/dash+xml"), notify=notices.append)
    assert len(read_all(source)) == 30
    assert notices[-1].startswith("The sound of this video could not be read")


def feed(web: Web) -> str:
    items = "".join(f"<item><title>Take {n}</title><link>{web.address}/{n}.mp4</link></item>" for n in (1, 2, 3))
    body = f"<rss><channel><title>Takes</title>{items}</channel></rss>"
    return web.serve_bytes("/feed", body.encode(), "application/rss+xml")


def test_an_item_of_a_list_is_chosen_by_number(web: Web, cache: Path, tmp_path: Path) -> None:
    web.serve_file("/2.mp4", clip(tmp_path))
    address = feed(web)
    source = open_source(address, SourceOptions(web=WebOptions(playlist_item=2)))
    assert source.info.name == "Take 2"
    source.close()
    assert not {"/1.mp4", "/3.mp4"} & set(web.requests)
    with pytest.raises(SourceError, match=r"list of several videos.*--playlist-item"):
        open_source(address)
    with pytest.raises(SourceError, match=r"no video with this number \(it has 3\)"):
        open_source(address, SourceOptions(web=WebOptions(playlist_item=9)))


def test_a_single_video_is_not_a_list(web: Web, cache: Path, tmp_path: Path) -> None:
    address = web.serve_file("/clip.mp4", clip(tmp_path))
    with pytest.raises(SourceError, match="not a list"):
        open_source(address, SourceOptions(web=WebOptions(playlist_item=2)))
    open_source(address, SourceOptions(web=WebOptions(playlist_item=1))).close()


def test_the_video_of_a_page_is_found_and_its_title_cleaned(web: Web, cache: Path, tmp_path: Path) -> None:
    web.serve_file("/clip.mp4", clip(tmp_path))
    page = '<html><title>A \x1b[31mred\u202e take</title><video src="/clip.mp4"></video></html>'
    source = open_source(web.serve_bytes("/page", page.encode(), "text/html; charset=utf-8"))
    assert source.info.name.startswith("A [31mred take")
    source.close()


def test_progress_has_title_and_bytes(web: Web, cache: Path, tmp_path: Path) -> None:
    file = clip(tmp_path)
    progress: list[Download] = []
    notices: list[str] = []
    open_source(web.serve_file("/take.mp4", file), progress=progress.append, notify=notices.append).close()
    stages = [moment.stage for moment in progress]
    assert stages == sorted(stages, key=["asking", "receiving", "checking"].index)
    assert progress[0].name == f"{web.address}/take.mp4"
    received = [moment for moment in progress if moment.done_bytes]
    assert {moment.name for moment in received} == {"take"}
    assert {moment.total_bytes for moment in received} == {file.stat().st_size}
    assert notices == []


def test_without_a_progress_bar_a_notice_names_the_origin_of_the_video(web: Web, cache: Path, tmp_path: Path) -> None:
    notices: list[str] = []
    address = web.serve_file("/take.mp4", clip(tmp_path))
    open_source(address, notify=notices.append).close()
    open_source(address, notify=notices.append).close()
    assert notices == [f"Fetching {address}.", "From the cache: take."]


def test_user_and_password_are_sent_but_never_shown(web: Web, cache: Path, tmp_path: Path) -> None:
    heard: list[str | None] = []
    file = clip(tmp_path).read_bytes()

    def answer(page: object) -> None:
        heard.append(page.headers["Authorization"])  # type: ignore[attr-defined]
        page.send(file)  # type: ignore[attr-defined]

    address = web.serve("/clip.mp4", answer).replace("//", "//vera:secret@")
    video = fetch_web_video(address, cache=cache)
    assert "Basic dmVyYTpzZWNyZXQ=" in heard
    assert "secret" not in video.address + video.name
    assert not any("secret" in path.read_text("latin-1") for path in cache.rglob("about.json"))
    video.close()
    with pytest.raises(SourceError) as caught:
        fetch_web_video(web.address.replace("//", "//vera:secret@") + "/none", cache=cache)
    assert "secret" not in str(caught.value)


def test_an_undecodable_video_is_reported_under_its_title(web: Web, cache: Path, tmp_path: Path) -> None:
    file = clip(tmp_path, "clip.avi", codec="mjpeg", times=[0.0]).read_bytes()
    picture = file.index(b"movi") + 16
    file = file[:picture] + bytes(len(file) - picture)
    with pytest.raises(SourceError, match=r"^broken: not one picture"):
        open_source(web.serve_bytes("/broken.avi", file, "video/x-msvideo"))


@pytest.mark.row(31)
@pytest.mark.parametrize("spec", ["file:///etc/passwd", "ftp://example.org/a.mp4", "rtmp://example.org/a"])
def test_other_schemes_are_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match=r"https://.*name its path"):
        open_source(spec)


def test_the_users_yt_dlp_configuration_and_plugins_are_ignored(
    web: Web, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, settings = tmp_path / "run", tmp_path / "config" / "yt-dlp"
    plugin = settings / "plugins" / "own" / "yt_dlp_plugins" / "extractor" / "own.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(f"open({str(mark)!r}, 'w')")
    (settings / "config").write_text(f"--exec before_dl:'touch {mark}'\n-o {tmp_path}/stolen.mp4\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    open_source(web.serve_file("/clip.mp4", clip(tmp_path))).close()
    assert not mark.exists()
    assert not (tmp_path / "stolen.mp4").exists()


def test_no_other_program_is_started(web: Web, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default yt-dlp runs ffmpeg on a list that it cannot read, and searches for ffprobe, phantomjs and others."""
    mark, folder = tmp_path / "run", tmp_path / "bin"
    folder.mkdir()
    for name in ("ffmpeg", "ffprobe", "avconv", "phantomjs", "aria2c", "rtmpdump", "node", "bun", "qjs"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    with pytest.raises(SourceError, match="only ffmpeg puts together"):
        open_source(web.serve_bytes("/one.m3u8", encrypted_hls("SAMPLE-AES"), "application/vnd.apple.mpegurl"))
    web.serve_bytes("/key", bytes(16))
    web.serve_bytes("/0.ts", bytes(1600))
    with pytest.raises(SourceError, match="not a video that can be read"):
        open_source(web.serve_bytes("/two.m3u8", encrypted_hls("AES-128"), "application/vnd.apple.mpegurl"))
    open_source(web.serve_file("/clip.mp4", clip(tmp_path))).close()
    assert not mark.exists()


def test_the_file_of_an_open_source_stays_in_the_cache(web: Web, cache: Path, tmp_path: Path) -> None:
    one = WebSource(fetch_web_video(web.serve_file("/1.mp4", clip(tmp_path)), cache=cache))
    fetch_web_video(web.serve_file("/2.mp4", clip(tmp_path)), WebOptions(cache_bytes=1), cache=cache).close()
    assert Path(one.info.path).exists()
    one.close()
    fetch_web_video(web.address + "/2.mp4", WebOptions(cache_bytes=1), cache=cache).close()
    assert names_in(cache) == []


def test_opening_a_file_does_not_import_yt_dlp(tmp_path: Path) -> None:
    code = (
        "import sys; from coach.sources import open_source; open_source(sys.argv[1]).close();"
        "print([m for m in sys.modules if m.startswith(('yt_dlp', 'coach.sources.web.run'))])"
    )
    run = subprocess.run([sys.executable, "-c", code, str(clip(tmp_path))], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
