"""Names of sources, and the messages for sources that are refused."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from video_help import cut, write_sound, write_video

from coach.base.errors import SourceError, UsageError
from coach.sources import SourceOptions, open_source
from coach.sources.files.container import demuxer, open_container


def refusal(path: Path) -> str:
    """The message with which `path` is refused."""
    with pytest.raises(SourceError) as caught:
        open_source(str(path))
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.mark.row(1)
@pytest.mark.parametrize("spec", ["camera:", "camera:-1", "camera:x", "camera:1.5", "camera:١", "camera:100"])
def test_an_invalid_camera_number_is_refused_before_it_is_tried(spec: str) -> None:
    with pytest.raises(SourceError, match=r"camera:0.*coach doctor"):
        open_source(spec)


@pytest.mark.row(1)
def test_a_missing_camera_is_refused_in_one_line_that_names_the_tried_indices() -> None:
    with pytest.raises(SourceError, match=r"\(tried 97\)"):
        open_source("camera:97")


@pytest.mark.parametrize("spec", ["", "   ", "a\0b"])
def test_an_empty_source_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        open_source(spec)


def test_an_address_of_another_scheme_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="only addresses that begin with https"):
        open_source("ftp://example.org/take.mp4")


def test_none_opens_a_source_without_pictures() -> None:
    source = open_source("none", SourceOptions(lead_in_s=2.0))
    first = source.read()
    assert first is not None
    assert first.t == pytest.approx(-2.0, abs=0.01)
    source.close()


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "take.mp4")


def test_a_name_too_long_for_the_system_is_reported(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("x" * 5000))


def test_escape_sequences_in_a_name_do_not_reach_the_message(tmp_path: Path) -> None:
    assert "\x1b" not in refusal(tmp_path / "a\x1b[31m.mp4")


@pytest.mark.row(12)
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "take.mp4")
    assert "not a regular file" in refusal(tmp_path / "take.mp4")


def test_a_device_is_refused() -> None:
    assert "not a regular file" in refusal(Path("/dev/zero"))


@pytest.mark.row(12)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"All work and no play makes Jack a dull boy.\n" * 50, "neither a video nor a picture"),
        (bytes(range(256)) * 40, "neither a video nor a picture"),
        (b"\0" * 9000, "neither a video nor a picture"),
        (b"\0\0\0\x18ftypisom" + b"junk" * 900, "damaged or was not written to its end"),
        (b"\x1a\x45\xdf\xa3" + b"junk" * 900, "damaged or was not written to its end"),
        (b"RIFF\0\0\0\0AVI " + b"junk" * 900, "damaged or was not written to its end"),
        (b"G" + b"\0" * 187, "neither"),
        ((b"G" + b"\0" * 187) * 40, "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0" + b"x" * 99, "damaged"),
    ],
)
def test_a_file_that_is_not_a_video_is_refused_by_its_content(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "take.mp4"
    path.write_bytes(content)
    assert reason in refusal(path)


@pytest.mark.row(12)
def test_a_file_with_only_sound_is_refused(tmp_path: Path) -> None:
    assert "no picture in it" in refusal(write_sound(tmp_path / "take.mp4"))


def test_an_unfinished_recording_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert "not written to its end" in refusal(cut(write_video(tmp_path / "take.mp4"), 0.5))


@pytest.mark.row(12)
def test_a_folder_without_pictures_names_the_formats(tmp_path: Path) -> None:
    write_video(tmp_path / "take.mp4")
    assert "no pictures in this folder" in refusal(tmp_path)


@contextmanager
def server() -> Iterator[tuple[str, list[bytes]]]:
    """An address, and the requests it received."""
    requests: list[bytes] = []

    class Note(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            requests.append(self.request.recv(1000))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Note) as tcp:
        thread = threading.Thread(target=tcp.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{tcp.server_address[1]}/part.ts", requests
        finally:
            tcp.shutdown()
            thread.join()


HIDDEN = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{part}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{part}'\n",
    "dash": '<?xml version="1.0"?><MPD><BaseURL>{part}</BaseURL></MPD>',
}


@pytest.mark.row(12)
@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("name", ["take.m3u8", "take.mp4", "take.mkv"])
def test_a_playlist_under_any_name_is_refused_without_a_request(tmp_path: Path, text: str, name: str) -> None:
    with server() as (address, requests):
        (tmp_path / name).write_text(text.format(part=address))
        assert "playlist" in refusal(tmp_path / name)
    assert requests == []


@pytest.mark.row(12)
@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("mask", [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI "])
def test_a_playlist_disguised_as_a_video_never_reaches_the_playlist_demuxer(
    tmp_path: Path, text: str, mask: bytes
) -> None:
    """The demuxer is chosen by the first bytes, even if the file changes between two reads."""
    with server() as (address, requests):
        (tmp_path / "take.mp4").write_text(text.format(part=address))
        with pytest.raises(SourceError):
            open_container(tmp_path / "take.mp4", mask)
    assert requests == []


@pytest.mark.parametrize(
    "spec", ["concat:{0}|{0}", "file:{0}", "subfile,,start,0,end,99,,:{0}", "async:{0}", "cache:{0}", "crypto:{0}"]
)
def test_an_ffmpeg_pseudo_address_is_taken_for_a_missing_file(tmp_path: Path, spec: str) -> None:
    take = write_video(tmp_path / "take.mp4")
    with pytest.raises(SourceError, match="no such file"):
        open_source(spec.format(take))


def test_a_file_named_like_an_ffmpeg_pseudo_address_is_read_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "plain.mp4").rename("concat:a|b.mp4")
    source = open_source("concat:a|b.mp4")
    assert source.info.name == "concat:a|b.mp4"
    source.close()


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "ts", "mpg", "flv", "h264", "webm"])
def test_containers_are_detected_by_content_not_by_name(tmp_path: Path, ending: str) -> None:
    codec = {"webm": "libvpx", "flv": "flv"}.get(ending, "libx264")
    path = write_video(tmp_path / f"clip.{ending}", codec=codec).rename(tmp_path / "nameless")
    source = open_source(str(path))
    assert (source.info.width, source.info.height) == (96, 64)
    source.close()


def test_camcorder_transport_streams_are_detected() -> None:
    packet = b"\0\0\0\0G" + b"\0" * 187
    assert demuxer(packet * 5) == "mpegts"


CODE = """
import re, sys
from pathlib import Path
from coach.base.errors import SourceError
from coach.sources import open_source
try:
    open_source(sys.argv[1])
except SourceError as error:
    peak = re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())
    print(int(peak[1]) // 1024, error)
"""


@pytest.mark.row(13)
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told by /proc")
@pytest.mark.parametrize("ending", ["mp4", "h264"])
def test_an_oversized_video_is_refused_before_decoding(tmp_path: Path, ending: str) -> None:
    import numpy as np

    bomb = write_video(
        tmp_path / f"bomb.{ending}", [0.0], size=(8192, 8192), paint=lambda n, w, h: np.zeros((h, w, 3), np.uint8)
    )
    run = subprocess.run([sys.executable, "-c", CODE, str(bomb)], capture_output=True, text=True, check=True)
    megabytes, message = run.stdout.split(maxsplit=1)
    assert "8192 x 8192 pixels are refused" in message
    assert int(megabytes) < 400
    assert run.stderr == ""


def test_importing_the_sources_loads_no_heavy_library() -> None:
    code = "import sys, coach.sources; print([m for m in ('cv2', 'av', 'numpy', 'PIL', 'yt_dlp') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_cv2_is_imported_before_av(tmp_path: Path) -> None:
    """In the other order a window hangs forever."""
    code = (
        "import sys; from coach.sources import open_source; open_source(sys.argv[1]).close();"
        "loaded = list(sys.modules); print(loaded.index('cv2') < loaded.index('av'))"
    )
    clip = write_video(tmp_path / "take.mp4")
    run = subprocess.run([sys.executable, "-c", code, str(clip)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
