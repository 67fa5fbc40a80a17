"""A video on the web as a source: fetched once into the cache, then read like any recording."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.types import Download, Frame
from coach.sources.files.video import VideoSource
from coach.sources.web.address import safe_address, validate_address
from coach.sources.web.cache import About, CachedVideo, Draft, WebCache, cache_key, default_folder
from coach.sources.web.options import WebOptions
from coach.sources.web.refusals import WebError, refusal
from coach.sources.web.run import FetchedVideo, run_child

_log = logging.getLogger(__name__)

Notify = Callable[[str], None]
Progress = Callable[[Download], None]


@dataclass(frozen=True, slots=True)
class WebVideo:
    """A web video on this machine, which is kept in the cache at least until `close`.

    Attributes:
        path: absolute path of the complete video file.
        title: title on the site, safe to show; empty if it has none.
        address: address of the video, safe to show.
        close: function that lets the cache remove the video.
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
    """Return the video at `address`, from the cache or the web. Close it after use.

    Args:
        address: http or https address.
        options: limits, playlist item, cookies.
        cache: folder of the cache; that of the user if None.
        notify: called with a sentence if the video comes from the cache or has no sound, and, without `progress`, when
            the download begins.
        progress: called several times a second during the download.

    Raises:
        SourceError: the video cannot be fetched; the message says why and what to do.
        UsageError: `address` is not an http or https address.
    """
    address, options = validate_address(address), options or WebOptions()
    web_cache = WebCache(cache or default_folder())
    key = cache_key(address, options.playlist_item)
    web_cache.trim(options.cache_bytes)
    video = web_cache.find(key)
    if video is not None and notify is not None:
        notify(tr("From the cache: {name}.", name=video.about.title or video.about.address))
    video = video or _fetch(address, options, web_cache, key, notify or _ignore, progress)
    web_cache.trim(options.cache_bytes)

    def close() -> None:
        video.lock.release()
        web_cache.trim(options.cache_bytes)

    return WebVideo(video.path, video.about.title, video.about.address, close)


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
        """Description of the video, named by its title; `path` is the file in the cache."""
        return replace(self._source.info, name=self._video.name)

    @property
    def stats(self) -> SourceStats:
        """Counters of the cached file."""
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
) -> CachedVideo:
    name = safe_address(address)
    if progress is None:
        notify(tr("Fetching {name}.", name=name))
    draft = cache.draft()
    try:
        fetched = _run(address, name, options, draft, progress)
        _log.debug("fetched %s: %d bytes", name, fetched.size)
        if fetched.silent:
            notify(tr("The sound of this video could not be read; there is the picture alone."))
        return cache.keep(draft, key, About(fetched.file, fetched.size, fetched.title, name))
    finally:
        draft.close()


def _run(address: str, name: str, options: WebOptions, draft: Draft, progress: Progress | None) -> FetchedVideo:
    try:
        return run_child(address, name, options, draft.folder, progress or _ignore)
    except WebError as error:
        raise SourceError(refusal(name, error.kind, error.detail)) from error


def _ignore(_: object) -> None:
    """Do nothing: default for callbacks."""
