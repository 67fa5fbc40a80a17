"""The actor's own notes as the page of a report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coach.core.progress.notes import before_and_now

if TYPE_CHECKING:
    from coach.core.progress.notes import Followed, Own, Placed


def own_words(own: Own) -> dict[str, list[dict[str, Any]]]:
    """What the template shows of `own`, the notes around a take; empty where there are none."""
    if not (own.followed or own.notes):
        return {}
    return {
        "followed": [_followed(each) for each in own.followed],
        "notes": [_note(here) for here in own.notes],
    }


def _followed(each: Followed) -> dict[str, Any]:
    now = each.now.line
    words = {"line": now.index, "text": now.text, "note": each.note.text}
    return {**words, "day": each.before.take.day, "said": before_and_now(each)}


def _note(here: Placed) -> dict[str, Any]:
    return {"line": here.line, "text": here.words, "note": here.note.text}
