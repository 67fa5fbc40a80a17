"""Who is the actor in a rehearsal with several faces: the rules, and the sentences for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.messages import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import FaceChoice
    from coach.perception.tracker import Track

SURE_S: Final = 1.0
"""Whether a face moves is known after this time in sight."""

FIRST_S: Final = 5.0
"""A face that comes into sight in the first seconds of faces takes over if it moves and is `MUCH_BIGGER`."""

CHOICE_S: Final = 3.0
"""The user's choice is made among the faces that are in sight in these first seconds of faces."""

RECENT_S: Final = 1.0
"""The user's choice counts faces that were seen this long ago, since a search may miss one."""

MUCH_BIGGER: Final = 2.0
NOT_TINY: Final = 0.5
"""Ratios of the size of another face to that of the actor. Below the second nobody could mean the other face."""

CLEARLY_BIGGER: Final = 1.1
"""For the choice of the biggest face another must be bigger by this ratio, since boxes of equal faces vary."""

BESIDE_S: Final = 2.0
"""The user is told about another face that was in sight beside the actor for this time in all."""


def rival_of(tracks: Sequence[Track], t: float, first_t: float) -> Track | None:
    """The track that takes over from the actor, the first of `tracks`; None if none does.

    Args:
        tracks: all people.
        t: now, in seconds.
        first_t: when the first face came into sight.
    """
    actor, *others = tracks
    moving = [other for other in others if other.moved and not other.given_up and other.t == t]
    rival = max(moving, key=lambda other: other.size, default=None)
    if rival is None:
        return None
    if rival.size >= MUCH_BIGGER * actor.size and rival.since <= first_t + FIRST_S:
        return rival
    still = not actor.moved and t - actor.since >= SURE_S
    return rival if still and rival.size >= NOT_TINY * actor.size else None


def chosen(choice: FaceChoice, tracks: Sequence[Track], t: float) -> Track:
    """The track that `choice` means among those seen lately at `t`; the last from the left if it counts too far."""
    recent = _from_left([track for track in tracks if t - track.t <= RECENT_S])
    if not recent:
        return tracks[0]
    if choice == "biggest":
        biggest = max(recent, key=lambda track: track.size)
        return biggest if biggest.size > CLEARLY_BIGGER * tracks[0].size else tracks[0]
    if isinstance(choice, int):
        return recent[min(choice, len(recent)) - 1]
    return recent[0] if choice == "left" else recent[-1]


def beside(tracks: Sequence[Track], t: float) -> list[Track]:
    """The people in sight at `t` who could be meant instead of the actor; none while the actor is out of sight."""
    actor, *others = tracks
    if actor.t != t:
        return []
    return [other for other in others if other.t == t and other.size >= NOT_TINY * actor.size]


def several_text(actor: Track, others: Sequence[Track], choice: FaceChoice) -> str:
    """The sentence that several faces are in the picture, and which one is read."""
    number, count = _from_left([actor, *others]).index(actor) + 1, len(others) + 1
    which = tr("the left one") if number == 1 else tr("the right one")
    if count > 2:
        which = tr("number {number} from the left", number=number)
    how = tr("Choose another with --face.") if choice == "auto" else tr("You chose --face {choice}.", choice=choice)
    many = tr("Two faces are in the picture.") if count == 2 else tr("{count} faces are in the picture.", count=count)
    reads = tr("The coach reads {which}, as the camera sees it.", which=which)
    return f"{many} {reads} {how}"


def change_text(t: float, actor: Track) -> str:
    """The sentence that another face takes over from `actor` at `t` seconds."""
    if actor.moved:
        return tr("From {seconds:.1f} s on the coach reads another face, because it is much bigger.", seconds=t)
    return tr(
        "From {seconds:.1f} s on the coach reads another face, because it moves, and the first one does not.", seconds=t
    )


def missing_text(choice: int, count: int) -> str:
    """The sentence that `choice` counts further than the `count` faces that were there."""
    return tr_n(
        "--face {choice}: only one face was in the picture in the first {seconds:.0f} seconds. "
        "The coach reads this one.",
        "--face {choice}: only {count} faces were in the picture in the first {seconds:.0f} seconds. "
        "The coach reads the right one.",
        count,
        choice=choice,
        seconds=CHOICE_S,
    )


def _from_left(tracks: Sequence[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: track.face.box.centre[0])
