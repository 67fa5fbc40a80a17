"""The summary of a mirror run, printed at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from coach.base.palette import HEX
from coach.base.types import EMOTIONS
from coach.display.kit.writer import shown
from coach.display.mirror.words import UNCLEAR, percent, read_as, tags, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.core.mirror.tally import MirrorSummary, PersonSummary
    from coach.core.mirror.view import Labels, MirrorFace, MirrorView

MOST_PEOPLE: Final = 20
"""Most people with a row; those seen more briefly are only counted."""

TABLE_FROM: Final = 74
"""From this many columns on there is a table; on fewer each person gets a sentence."""

LEAST: Final = 0.005
"""The least share that rounds to 1%."""

_CLAIM: Final = "This is what the camera reads in faces, not what is behind them."


class SummaryPrinter:
    """Prints the summary of a mirror run.

    Args:
        console: to print on.
        labels: which words name the emotions.
    """

    def __init__(self, console: Console, labels: Labels) -> None:
        self._console = console
        self._labels = labels

    def run(self, name: str, summary: MirrorSummary, seconds: float, dropped: int | None) -> None:
        """Print length, number of frames and frame rate.

        Args:
            name: of the source.
            summary: of everything seen.
            seconds: wall-clock time without pauses.
            dropped: frames that a live source lost; None for a recording, which loses none.
        """
        self._line(name, "bold")
        rate = [f"{summary.frames / seconds:.0f} frames/s"] if seconds > 0 and summary.frames > 1 else []
        lost = [] if dropped is None else [f"{dropped} dropped"]
        self._line(", ".join([f"{summary.seconds:.1f} s", _count(summary.frames, "frame"), *rate, *lost]))

    def people(self, summary: MirrorSummary) -> None:
        """Print everybody, as a table or in sentences, whichever fits."""
        if not summary.people:
            self._line("No face was seen.")
            return
        listed = sorted(sorted(summary.people, key=lambda one: (-one.seen_s, one.track))[:MOST_PEOPLE], key=_track)
        self._console.print()
        if self._console.width >= TABLE_FROM:
            self._console.print(self._table(listed))
        else:
            for one in listed:
                self._line(self._sentence(one))
        more = len(summary.people) - len(listed) + summary.others
        if more:
            self._line(f"and {_count(more, 'person', 'people')} more, seen more briefly")
        self._line(_CLAIM, "dim")

    def pictures(self, name: str, seen: Sequence[tuple[str, MirrorView]], analysed: int, total: int) -> None:
        """Print what was read in still pictures, one row each.

        Args:
            name: of the source.
            seen: names and views of the pictures; only the last ones of very many.
            analysed: number of pictures that were analysed.
            total: number of pictures of the source, with those that are unreadable or were not reached.
        """
        self._line(name, "bold")
        of = f"{analysed} of " if analysed < total else ""
        faces = [face for _, view in seen for face in view.faces]
        where = f" in the last {len(seen)}, which are told" if len(seen) < analysed else ""
        self._line(f"{of}{_count(total, 'picture')}, {_count(len(faces), 'face')}{where}")
        if len(faces) > 1:
            self._line(self._sum(faces))
        self._console.print()
        table = _Table("")
        for heading in ("picture", "faces", "the camera reads"):
            table.add_column(heading, overflow="fold")
        for file, view in seen:
            table.add_row(self._safe(file), str(len(view.faces)), self._safe(self._faces(view)))
        self._console.print(table)
        self._line(_CLAIM, "dim")

    def saved(self, words: str, path: str) -> None:
        """Print a file that was written, on one line however long, so that it can be copied."""
        text = shown(f"{words} {path}", self._console.encoding, 4096)
        self._console.print(Text(text), soft_wrap=True, markup=False, highlight=False)

    def warning(self, text: str) -> None:
        """Print something that went wrong."""
        self._line(f"Warning: {text}")

    def _sum(self, faces: Sequence[MirrorFace]) -> str:
        """In how many faces each word is read, the most frequent first."""
        counts = Counter(read_as(face, self._labels) for face in faces if face.smoothed is not None)
        parts = [f"{label} in {count}" for label, count in counts.most_common()]
        unread = len(faces) - counts.total()
        reads = [f"Of {_count(len(faces), 'face')} the camera reads {', '.join(parts)}."] if parts else []
        return " ".join([*reads, *([f"Not to be read: {unread}."] if unread else [])])

    def _faces(self, view: MirrorView) -> str:
        return ", ".join(tags(face, self._labels)[0] for face in view.faces)

    def _table(self, people: Sequence[PersonSummary]) -> Table:
        table = _Table("The camera reads, of the time each face could be read")
        table.add_column("person")
        table.add_column("in sight", justify="right")
        for emotion in EMOTIONS:
            table.add_column(Text(word(emotion, self._labels), style=HEX[emotion]), justify="right")
        table.add_column(UNCLEAR, justify="right")
        for one in people:
            unread = _unread(one)
            shares = ["" if unread else percent(share) for share in (*_shares(one), one.unsure)]
            table.add_row(str(one.track), _seconds(one), *shares)
        return table

    def _sentence(self, one: PersonSummary) -> str:
        where = f"person {one.track}, {_seconds(one)} in sight"
        if _unread(one):
            return f"{where}: the face could not be read"
        parts = [(share, word(emotion, self._labels)) for emotion, share in zip(EMOTIONS, _shares(one), strict=True)]
        ranked = sorted([*parts, (one.unsure, UNCLEAR)], key=lambda part: -part[0])
        return f"{where}: the camera reads {', '.join(f'{name} {percent(s)}' for s, name in ranked if s >= LEAST)}"

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(self._safe(text), style=style))

    def _safe(self, text: str) -> str:
        return shown(text, self._console.encoding, 1000)


class _Table(Table):
    """A table without lines and with the least space between its columns."""

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
    return f"{one.seen_s:.1f} s" if one.seen_s else _count(one.frames, "frame")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
