"""A video on the web as a source: fetched once into the cache, then read like any recording."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from coach.base.errors import SourceError
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.types import Download, Frame
from coach.sources.files.video import VideoSource
from coach.sources.web.address import checked_address, shown
from coach.sources.web.cache import About, Draft, Kept, WebCache, cache_key, default_folder
from coach.sources.web.options import WebOptions
from coach.sources.web.refusals import WebError, refusal
from coach.sources.web.run import Fetched, run_child

_log = logging.getLogger(__name__)

Notify = Callable[[str], None]
Progress = Callable[[Download], None]


@dataclass(frozen=True, slots=True)
class WebVideo:
    """A web video on this machine, which stays in the cache at least until `close`.

    Attributes:
        path: absolute, of a complete video file.
        title: of the site, safe to show; empty if it has none.
        address: where it came from, safe to show.
        close: lets the cache remove it.
    """

    path: Path
    title: str
    address: str
    close: Callable[[], None]

    @property
    def name(self) -> str:
        """The title, or the address if there is none."""
        return self.title or self.address


def fetch_web_video(
    address: str,
    options: WebOptions | None = None,
    *,
    cache: Path | None = None,
    notify: Notify | None = None,
    progress: Progress | None = None,
) -> WebVideo:
    """The video at `address`, from the cache or the web. Close it after use.

    Args:
        address: http or https.
        options: limits, number in a list, cookies.
        cache: the folder of the cache; the user's own if None.
        notify: called with a sentence if the video comes from the cache, if it lacks sound, and without `progress` when
            the download begins.
        progress: called several times a second during the download.

    Raises:
        SourceError: it cannot be fetched; the message says why and what to do.
        UsageError: not an http or https address.
    """
    address, options = checked_address(address), options or WebOptions()
    kept = WebCache(cache or default_folder())
    key = cache_key(address, options.playlist_item)
    kept.trim(options.cache_bytes)
    found = kept.find(key)
    if found is not None and notify is not None:
        notify(f"From the cache: {found.about.title or found.about.address}.")
    found = found or _fetch(address, options, kept, key, notify or _ignore, progress)
    kept.trim(options.cache_bytes)

    def close() -> None:
        found.hold.release()
        kept.trim(options.cache_bytes)

    return WebVideo(found.path, found.about.title, found.about.address, close)


class WebSource:
    """Frames of a web video; none is dropped."""

    def __init__(self, video: WebVideo) -> None:
        self._video = video
        try:
            self._source = VideoSource(video.path)
        except SourceError as error:
            video.close()
            raise SourceError(f"{video.name}: {str(error).partition(': ')[2]}") from error
        except BaseException:
            video.close()
            raise

    @property
    def info(self) -> SourceInfo:
        """Facts of the video, named by its title; `path` is that of the file in the cache."""
        return replace(self._source.info, name=self._video.name)

    @property
    def stats(self) -> SourceStats:
        """Those of the file."""
        return self._source.stats

    def read(self) -> Frame | None:
        """The next frame; None at the end and once closed.

        Raises:
            SourceError: the rest of the file cannot be read.
        """
        return self._source.read()

    def close(self) -> None:
        """Stop decoding; the cache may remove the file from now on."""
        self._source.close()
        self._video.close()


def _fetch(
    address: str, options: WebOptions, cache: WebCache, key: str, notify: Notify, progress: Progress | None
) -> Kept:
    name = shown(address)
    if progress is None:
        notify(f"Fetching {name}.")
    draft = cache.draft()
    try:
        fetched = _run(address, name, options, draft, progress)
        _log.debug("fetched %s: %d bytes", name, fetched.size)
        if fetched.silent:
            notify("The sound of this video could not be read; there is the picture alone.")
        return cache.keep(draft, key, About(fetched.file, fetched.size, fetched.title, name))
    finally:
        draft.close()


def _run(address: str, name: str, options: WebOptions, draft: Draft, progress: Progress | None) -> Fetched:
    try:
        return run_child(address, name, options, draft.folder, progress or _ignore)
    except WebError as fault:
        raise SourceError(refusal(name, fault.kind, fault.detail)) from fault


def _ignore(_: object) -> None:
    """Ignore it."""
