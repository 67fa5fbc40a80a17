"""The summary of a mirror run, printed at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.base.palette import COLOURS
from coach.base.types import EMOTIONS
from coach.display.kit.writer import safe_text
from coach.display.mirror.texts import UNCLEAR, emotion_word, percent, reading_text, tag_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.core.mirror.tally import MirrorSummary, PersonSummary
    from coach.core.mirror.view import LabelStyle, MirrorFace, MirrorView

MAX_PEOPLE: Final = 20
"""Maximum number of people with a row; those seen more briefly are only counted."""

MIN_SEEN_S: Final = 1.0
"""Who was in sight for less than this has no row, unless nobody or the whole run was longer."""

MIN_TABLE_WIDTH: Final = 74
"""Minimum terminal width for a table, in columns; on a narrower one each person gets a sentence."""

MIN_SHARE: Final = 0.005
"""Minimum share in a sentence: the smallest that rounds to 1%."""

_CLAIM: Final = mark("This is what the camera reads in faces, not what is behind them.")


class SummaryPrinter:
    """Prints the summary of a mirror run.

    Args:
        console: console to print on.
        labels: which words name the emotions.
    """

    def __init__(self, console: Console, labels: LabelStyle) -> None:
        self._console = console
        self._labels = labels

    def run(self, name: str, summary: MirrorSummary, seconds: float, dropped: int | None) -> None:
        """Print length, number of frames and frame rate.

        Args:
            name: name of the source.
            summary: counts of the run.
            seconds: wall-clock time without pauses.
            dropped: frames that a live source lost; None for a recording, which loses none.
        """
        self._line(name, "bold")
        rate = [tr("{rate:.0f} frames/s", rate=summary.frames / seconds)] if seconds > 0 and summary.frames > 1 else []
        lost = [] if dropped is None else [tr("{count} dropped", count=dropped)]
        self._line(", ".join([f"{summary.seconds:.1f} s", _frames_text(summary.frames), *rate, *lost]))

    def people(self, summary: MirrorSummary) -> None:
        """Print those seen for a second or more, in a table if it fits, else in sentences."""
        if not summary.people:
            self._line(tr("No face was found."))
            return
        listed = _listed(summary)
        self._console.print()
        if self._console.width >= MIN_TABLE_WIDTH:
            readable = [one for one in listed if not _unread(one)]
            if readable:
                self._console.print(self._table(readable))
            sentences = [one for one in listed if _unread(one)]
        else:
            sentences = listed
        for one in sentences:
            self._line(self._sentence(one))
        unlisted = len(summary.people) - len(listed) + summary.others
        if unlisted:
            self._line(
                tr_n(
                    "and {count} person more, in sight for a shorter time",
                    "and {count} people more, in sight for a shorter time",
                    unlisted,
                )
            )
        self._line(tr(_CLAIM), "dim")

    def pictures(self, name: str, seen: Sequence[tuple[str, MirrorView]], analysed: int, total: int) -> None:
        """Print what was read in still pictures, one row each.

        Args:
            name: name of the source.
            seen: names and views of the pictures; only the last ones if there are very many.
            analysed: number of pictures that were analysed.
            total: number of pictures of the source, including those that are unreadable or were not reached.
        """
        self._line(name, "bold")
        pictures = tr_n("{count} picture", "{count} pictures", total)
        if analysed < total:
            pictures = tr_n("{done} of {count} picture", "{done} of {count} pictures", total, done=analysed)
        faces = [face for _, view in seen for face in view.faces]
        found = _faces_text(len(faces))
        if len(seen) < analysed:
            found = tr("{faces} in the last {count}, which are listed", faces=found, count=len(seen))
        self._line(f"{pictures}, {found}")
        if len(faces) > 1:
            self._line(self._readings(faces))
        self._console.print()
        table = _Table("")
        for heading in (tr("picture"), tr("faces"), tr("the camera reads")):
            table.add_column(heading, overflow="fold")
        for file, view in seen:
            table.add_row(self._safe(file), str(len(view.faces)), self._safe(self._faces(view)))
        self._console.print(table)
        self._line(tr(_CLAIM), "dim")

    def saved(self, label: str, path: str) -> None:
        """Print the path of a file that was written, without line breaks, so that it can be copied."""
        text = safe_text(f"{label} {path}", self._console.encoding, 4096)
        self._console.print(Text(text), soft_wrap=True, markup=False, highlight=False)

    def warning(self, text: str) -> None:
        """Print a warning."""
        self._line(tr("Warning: {text}", text=text))

    def _readings(self, faces: Sequence[MirrorFace]) -> str:
        """In how many faces each emotion is read, the most frequent first."""
        counts = Counter(reading_text(face, self._labels) for face in faces if face.smoothed is not None)
        parts = ", ".join(
            tr("{emotion} in {count}", emotion=label, count=count) for label, count in counts.most_common()
        )
        unread = len(faces) - counts.total()
        reads = tr("Of {faces} the camera reads {emotions}.", faces=_faces_text(len(faces)), emotions=parts)
        return " ".join(
            [*([reads] if parts else []), *([tr("Not readable: {count}.", count=unread)] if unread else [])]
        )

    def _faces(self, view: MirrorView) -> str:
        return ", ".join(tag_texts(face, self._labels)[0] for face in view.faces)

    def _table(self, people: Sequence[PersonSummary]) -> Table:
        table = _Table(tr("What the camera read, in % of the time each face could be read"))
        table.add_column(tr("person"))
        table.add_column(tr("in sight"), justify="right")
        for emotion in EMOTIONS:
            table.add_column(Text(emotion_word(emotion, self._labels), style=COLOURS[emotion]), justify="right")
        table.add_column(tr(UNCLEAR), justify="right")
        for one in people:
            shares = [percent(share) for share in (*_shares(one), one.unsure)]
            table.add_row(str(one.track), _seconds(one), *shares)
        return table

    def _sentence(self, one: PersonSummary) -> str:
        sight = {"number": one.track, "time": _seconds(one)}
        if _unread(one):
            return tr("Person {number}, {time} in sight: the face could not be read", **sight)
        parts = [
            (share, emotion_word(emotion, self._labels)) for emotion, share in zip(EMOTIONS, _shares(one), strict=True)
        ]
        ranked = sorted([*parts, (one.unsure, tr(UNCLEAR))], key=lambda part: -part[0])
        shares = ", ".join(f"{name} {percent(share)}" for share, name in ranked if share >= MIN_SHARE)
        return tr("Person {number}, {time} in sight: the camera reads {emotions}", **sight, emotions=shares)

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(self._safe(text), style=style))

    def _safe(self, text: str) -> str:
        return safe_text(text, self._console.encoding, 1000)


class _Table(Table):
    """A table without lines and with minimum space between its columns."""

    def __init__(self, title: str) -> None:
        super().__init__(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        self.title, self.title_justify, self.title_style = title or None, "left", "bold"


def _track(one: PersonSummary) -> int:
    return one.track


def _shares(one: PersonSummary) -> list[float]:
    return [one.shares[emotion] for emotion in EMOTIONS]


def _unread(one: PersonSummary) -> bool:
    return not any(_shares(one)) and not one.unsure


def _seconds(one: PersonSummary) -> str:
    return f"{one.seen_s:.1f} s" if one.seen_s else _frames_text(one.frames)


def _frames_text(count: int) -> str:
    return tr_n("{count} frame", "{count} frames", count)


def _faces_text(count: int) -> str:
    return tr_n("{count} face", "{count} faces", count)


def _listed(summary: MirrorSummary) -> list[PersonSummary]:
    """The people with a row, by number."""
    longest = sorted(summary.people, key=lambda one: (-one.seen_s, one.track))[:MAX_PEOPLE]
    long = [one for one in longest if one.seen_s >= MIN_SEEN_S] if summary.seconds > MIN_SEEN_S else []
    return sorted(long or longest, key=_track)
