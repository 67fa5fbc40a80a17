"""The actor's own notes as the page of a report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coach.core.own_notes import before_and_now

if TYPE_CHECKING:
    from coach.core.own_notes import Followed, Own, OwnNote
    from coach.core.report import Report


def own_words(own: Own, report: Report) -> dict[str, list[dict[str, Any]]]:
    """What the template shows of `own`, the notes around the take of `report`; empty where there are none."""
    if not (own.followed or own.notes):
        return {}
    texts = {line.index: line.text for line in report.lines}
    return {
        "followed": [_followed(each) for each in own.followed],
        "notes": [_note(note, texts.get(note.line, "")) for note in own.notes],
    }


def _followed(each: Followed) -> dict[str, Any]:
    now = each.now.line
    words = {"line": now.index, "text": now.text, "note": each.note.text}
    return {**words, "day": each.before.take.day, "said": before_and_now(each)}


def _note(note: OwnNote, text: str) -> dict[str, Any]:
    return {"line": note.line, "text": text, "note": note.text}
