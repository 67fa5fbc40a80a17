"""What was said of the lines of a take, in sentences for the actor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from coach.base.messages import mark, tr, tr_n
from coach.base.text import join_with_and
from coach.core.scoring.report import LineReport, WordsReport

_SLIP_TEXTS: Final = {
    "missed": mark("left out {words}"),
    "changed": mark("said {words}"),
    "added": mark("added {words}"),
}
"""What the actor did with words, after "you"."""


def words_sentence(words: WordsReport) -> str:
    """The slips of a line in words, such as ``you left out "by morning" and added "Anna".`` or that there are none."""
    slips: dict[str, list[str]] = {"missed": [], "changed": [], "added": []}
    for kind, run in groupby(words.pieces, key=lambda piece: piece.kind):
        pieces = list(run)
        wanted = " ".join(piece.wanted for piece in pieces if piece.wanted)
        said = " ".join(piece.said for piece in pieces if piece.said)
        if kind == "missed":
            slips[kind].append(tr('"{words}"', words=wanted))
        elif kind == "changed":
            slips[kind].append(tr('"{said}" for "{wanted}"', said=said, wanted=wanted))
        elif kind == "added":
            slips[kind].append(tr('"{words}"', words=said))
    parts = [tr(_SLIP_TEXTS[kind], words=join_with_and(texts)) for kind, texts in slips.items() if texts]
    return tr("you {slips}.", slips=join_with_and(parts)) if parts else tr("every word was there.")


def words_legend(lines: Sequence[LineReport]) -> str:
    """How to read the words on a page, and who recognised them; empty without words."""
    heard = next((line.words for line in lines if line.words), None)
    if heard is None:
        return ""
    legend = tr(
        "Struck out: you left it out. Underlined: you said it, and it is not in the script. "
        "Recognised by {program}, which also makes mistakes.",
        program=heard.by,
    )
    limit = tr("It follows the words of the script, and hears no others.")
    return legend if heard.whole else f"{legend} {limit}"


def words_total(lines: Sequence[LineReport]) -> str:
    """How many slips the lines have, as in ``Words: 2 slips in line 3, none in 4 other lines.``; empty for no words."""
    heard = [line for line in lines if line.words]
    if not heard:
        return ""
    counts = {line.index: line.words.slips for line in heard if line.words}
    slips = [
        tr_n("{count:,} slip in line {number}", "{count:,} slips in line {number}", count, number=index)
        for index, count in counts.items()
        if count
    ]
    clean = len(heard) - len(slips)
    if clean and slips:
        slips.append(tr_n("none in {count:,} other line", "none in {count:,} other lines", clean))
    elif clean:
        slips.append(tr_n("none in {count:,} line", "none in {count:,} lines", clean))
    return tr("Words: {slips}.", slips=", ".join(slips))
