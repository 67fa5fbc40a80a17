"""The actor of a take: choose the profile, and add and remove disputed examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from coach.actors.profile_file import NOBODY
from coach.actors.store import ActorStore
from coach.base.errors import ActorError, UsageError
from coach.base.messages import tr, tr_n
from coach.base.text import clean

if TYPE_CHECKING:
    from coach.base.settings import Settings
    from coach.base.types import Emotion
    from coach.core.actor.examples import ActorProfile, Face
    from coach.core.mirror.engine import OwnFace
    from coach.core.reading.card import ModelCard
    from coach.core.scoring.own_judge import OwnJudge


def choose_actor(
    store: ActorStore, name: str | None, models: Mapping[str, str], *, camera: bool, notify: Callable[[str], None]
) -> ActorProfile | None:
    """The profile by which a take is judged; None for nobody's.

    Args:
        store: the actors.
        name: as asked for; ``nobody`` for none. None means the actor used last with a camera, and nobody for a
            recording, since it may show anybody.
        models: SHA-256 of the models that read this take, by name.
        camera: whether the take comes from a camera. Only then the actor is remembered.
        notify: gets a sentence about a profile that cannot be used.

    Raises:
        ActorError: an actor that was asked for by name cannot be read.
    """
    asked = name if name is not None else store.last_used() if camera else ""
    if not asked or asked.casefold() == NOBODY:
        return None
    try:
        profile = store.read(asked)
    except ActorError as error:
        if name is not None:
            raise
        notify(tr("{error}; your own examples are not used", error=error))
        return None
    if not profile.fits(models):
        notify(other_model_text(profile.name))
        return None
    if camera:
        _remember(store, profile.name, notify)
    return profile


def profile_for(
    name: str | None, model: str | None, *, camera: bool, notify: Callable[[str], None]
) -> ActorProfile | None:
    """The profile for a take that is read by the classifier `model`; otherwise as `choose_actor`.

    Raises:
        ActorError: an actor that was asked for by name cannot be read.
        ModelError: the card of a model cannot be read.
        UsageError: no shipped model has that name.
    """
    if name is None and not camera:
        return None
    from coach.app.calibration import models_of
    from coach.core.reading.card import ModelCard
    from coach.perception.model_file import read_card
    from coach.perception.models import find_model

    store = ActorStore()
    if name is None and not store.last_used():
        return None
    card = read_card(find_model(model).with_suffix(".json"), ModelCard)
    return choose_actor(store, name, models_of(card), camera=camera, notify=notify)


def profile_named(name: str, card: ModelCard | None) -> ActorProfile | None:
    """The profile of the actor called `name`, for a take read by the model of `card`; None for ``nobody``.

    Raises:
        ActorError: there is no such actor, its file is damaged, or it was calibrated with another model.
    """
    if name.casefold() == NOBODY:
        return None
    from coach.app.calibration import models_of

    profile = ActorStore().read(name)
    if card is None or not profile.fits(models_of(card)):
        raise ActorError(other_model_text(profile.name))
    return profile


def settings_with(settings: Settings, profile: ActorProfile | None) -> Settings:
    """`settings` with the name and the face at rest of the actor; None for nobody's."""
    if profile is None:
        return settings.model_copy(update={"actor": "", "rest": None})
    rest = tuple(profile.rest.log_odds.tolist()) if profile.rest is not None else None
    return settings.model_copy(update={"actor": profile.name, "rest": rest})


def own_judge_of(settings: Settings, card: ModelCard | None) -> OwnJudge | None:
    """What compares a take with the examples of the actor in its `settings`; None if they are gone or do not fit."""
    if not settings.actor or card is None:
        return None
    from coach.app.calibration import models_of
    from coach.core.scoring.own_judge import OwnJudge

    try:
        profile = ActorStore().read(settings.actor)
    except ActorError:
        return None
    return OwnJudge(profile) if profile.fits(models_of(card)) else None


def own_face_of(profile: ActorProfile) -> OwnFace:
    """What finds the emotion of which an example of `profile` is nearest to a face."""
    from coach.core.actor.examples import face_of
    from coach.core.actor.likeness import Likeness
    from coach.core.actor.own_verdict import nearest
    from coach.core.scoring.evidence import log_odds_each

    likeness = Likeness(profile.examples, profile.spread)
    return lambda points, even_handed: nearest(likeness.distances(face_of(points, log_odds_each(even_handed))))


def other_model_text(name: str) -> str:
    """A sentence about an actor whose numbers were made with other models."""
    shown = clean(name)
    return tr(
        "{actor} was calibrated with another model, so that the own examples are not used; run `coach "
        "calibrate {actor}` to calibrate anew",
        actor=shown,
    )


def _remember(store: ActorStore, name: str, notify: Callable[[str], None]) -> None:
    try:
        store.remember(name)
    except ActorError as error:
        notify(str(error))


def add_dispute(store: ActorStore, name: str, face: Face, label: Emotion, origin: str) -> ActorProfile:
    """Make a disputed moment an example of the actor called `name`, and return the new profile.

    Args:
        store: the actors.
        name: of the actor.
        face: at that moment.
        label: the tag of the line.
        origin: the take and the line, for the list of disputes.

    Raises:
        ActorError: there is no such actor, or the file cannot be changed.
    """
    from coach.core.actor.examples import DISPUTED_WEIGHT, Example

    def added(profile: ActorProfile) -> ActorProfile:
        session = 1 + max((example.session for example in profile.examples), default=0)
        example = Example(face, label, DISPUTED_WEIGHT, session, "disputed", clean(origin, 200))
        return replace(profile, examples=(*profile.examples, example))

    return store.change(name, added)


def undo_dispute(store: ActorStore, name: str, number: int) -> ActorProfile:
    """Remove the dispute with this 1-based `number` in ``ActorProfile.disputed``, and return the new profile.

    Raises:
        ActorError: there is no such actor, or the file cannot be changed.
        UsageError: there is no such dispute.
    """

    def removed(profile: ActorProfile) -> ActorProfile:
        disputed = profile.disputed
        if not 1 <= number <= len(disputed):
            raise UsageError(_no_dispute_text(clean(profile.name), len(disputed), number))
        kept = tuple(example for example in profile.examples if example is not disputed[number - 1])
        return replace(profile, examples=kept)

    return store.change(name, removed)


def _no_dispute_text(actor: str, count: int, number: int) -> str:
    return tr_n(
        "{actor} has {count} dispute, there is no number {number}",
        "{actor} has {count} disputes, there is no number {number}",
        count,
        actor=actor,
        number=number,
    )


def profile_text(profile: ActorProfile, last: str) -> str:
    """``Anna: 14 examples of 7 emotions, 2 disputes, calibrated on 2026-11-28, used last``."""
    examples = tr_n("{count} example", "{count} examples", len(profile.examples))
    emotions = tr_n("{count} emotion", "{count} emotions", len(example_counts(profile)))
    disputed = len(profile.disputed)
    parts = [tr("{examples} of {emotions}", examples=examples, emotions=emotions)]
    parts += [tr_n("{count} dispute among them", "{count} disputes among them", disputed)] if disputed else []
    parts += [tr("calibrated on {date}", date=profile.made[:10])] if profile.made else []
    parts += [tr("used last")] if profile.name.casefold() == last.casefold() else []
    return f"{clean(profile.name)}: {', '.join(parts)}"


def example_counts(profile: ActorProfile) -> dict[str, int]:
    """How many examples `profile` has of each emotion."""
    labels = [example.label for example in profile.examples]
    return {label: labels.count(label) for label in dict.fromkeys(labels)}
