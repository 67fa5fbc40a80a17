"""The cache of web videos: what is kept, what is removed; drafts are never used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from web_help import names_in

from coach.base.errors import SourceError
from coach.sources.web.cache import ABOUT, About, CachedVideo, WebCache, cache_key

A, B, C, D = (cache_key(f"http://example.org/{name}", None) for name in "abcd")


def store_video(cache: WebCache, key: str, size: int = 1000, used: float | None = None) -> CachedVideo:
    """Keep a video of `size` bytes, last used at the time `used`."""
    draft = cache.draft()
    (draft.folder / "video.mp4").write_bytes(bytes(size))
    entry = cache.keep(draft, key, About("video.mp4", size, key, f"https://example.org/{key}"))
    draft.close()
    if used is not None:
        os.utime(entry.path.with_name(ABOUT), (used, used))
    return entry


def is_cached(cache: WebCache, key: str) -> bool:
    entry = cache.find(key)
    if entry is not None:
        entry.lock.release()
    return entry is not None


def test_a_cached_video_is_found_with_its_title(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    store_video(cache, A).lock.release()
    entry = cache.find(A)
    assert entry is not None
    assert (entry.about.title, entry.about.address) == (A, f"https://example.org/{A}")
    assert entry.path.stat().st_size == 1000
    assert cache.find(B) is None
    entry.lock.release()


def test_the_least_recently_used_video_is_removed_first(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    for number, key in enumerate((A, B, C, D)):
        store_video(cache, key, used=number).lock.release()
    assert is_cached(cache, A)  # used again, just now
    cache.trim(3000)
    assert names_in(tmp_path / "web") == sorted((A, D))  # with its description each takes a little more than 1000 bytes


def test_a_video_in_use_stays_until_it_is_released(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    used, idle = store_video(cache, A, used=1), store_video(cache, B, used=2)
    idle.lock.release()
    WebCache(tmp_path / "web").trim(0)
    assert names_in(tmp_path / "web") == [A]
    used.lock.release()
    cache.trim(0)
    assert names_in(tmp_path / "web") == []


def test_two_sources_can_use_the_same_video(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    first = store_video(cache, A)
    second = cache.find(A)
    assert second is not None
    first.lock.release()
    cache.trim(0)
    assert is_cached(cache, A)
    second.lock.release()
    cache.trim(0)
    assert not is_cached(cache, A)


def test_an_unfinished_download_is_not_found_and_leaves_no_files(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    draft = cache.draft()
    (draft.folder / "part0.part").write_bytes(b"half")
    cache.trim(0)
    assert draft.folder.exists(), "a draft in use is not removed by another run"
    draft.close()
    assert names_in(tmp_path / "web") == []


KILLED = """
import os, signal, sys
from pathlib import Path
from coach.sources.web.cache import WebCache
draft = WebCache(Path(sys.argv[1])).draft()
(draft.folder / "part0.part").write_bytes(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_drafts_of_killed_runs_are_removed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "web")], check=False)
    assert len(names_in(tmp_path / "web")) == 1
    WebCache(tmp_path / "web").trim(10**9)
    assert names_in(tmp_path / "web") == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "video.mp4").write_bytes(b"cut"),
        lambda folder: (folder / "video.mp4").unlink(),
        lambda folder: (folder / ABOUT).write_text("{"),
        lambda folder: (folder / ABOUT).write_text("[1]"),
        lambda folder: (folder / ABOUT).write_text('{"file": "../x", "size": 1, "title": "", "address": ""}'),
        lambda folder: (folder / ABOUT).unlink(),
    ],
)
def test_a_damaged_video_is_not_used_and_is_replaced(tmp_path: Path, damage: object) -> None:
    cache = WebCache(tmp_path / "web")
    store_video(cache, A).lock.release()
    damage(tmp_path / "web" / A)  # type: ignore[operator]
    assert not is_cached(cache, A)
    store_video(cache, A).lock.release()
    assert is_cached(cache, A)


def test_the_faster_of_two_runs_that_fetch_the_same_video_wins(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "web")
    slow = cache.draft()
    (slow.folder / "video.mp4").write_bytes(bytes(9))
    quick = store_video(cache, A, 1000)
    entry = cache.keep(slow, A, About("video.mp4", 9, "", ""))
    slow.close()
    assert entry.about.size == 1000
    entry.lock.release()
    quick.lock.release()
    assert names_in(tmp_path / "web") == [A]


def test_an_unwritable_cache_is_reported_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "web").write_text("a file")
    with pytest.raises(SourceError, match=r"web: web videos cannot be kept here"):
        WebCache(tmp_path / "web").draft()


def test_a_missing_cache_is_empty(tmp_path: Path) -> None:
    cache = WebCache(tmp_path / "none")
    assert cache.find(A) is None
    cache.trim(0)
    assert not (tmp_path / "none").exists()


def test_each_item_of_a_list_has_its_own_key() -> None:
    keys = {
        cache_key("http://a/", None),
        cache_key("http://a/", 1),
        cache_key("http://a/", 2),
        cache_key("http://b/", 1),
    }
    assert len(keys) == 4
    assert all(key.isalnum() for key in keys)


def test_files_of_other_programs_are_never_removed(tmp_path: Path) -> None:
    cache = WebCache(tmp_path)
    store_video(cache, A).lock.release()
    for name in ("Documents", ".draft-of-a-letter", "a" * 39):
        (tmp_path / name).mkdir()
    cache.trim(0)
    assert names_in(tmp_path) == sorted(("Documents", ".draft-of-a-letter", "a" * 39))
