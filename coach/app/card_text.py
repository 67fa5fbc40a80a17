"""The text of a model's card: sections of rows, for the terminal and pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS
from coach.core.reading.card import EvidenceCard, ModelCard, NetworkCard

if TYPE_CHECKING:
    from coach.app.models import Model

Row = tuple[str, ...]
"""Cells of a table row, or a name and its text."""

_MEANINGS: Final = {
    "label": mark("how likely a person is to give the face that label"),
    "viewers": mark("the share of viewers who would see that emotion"),
}

_KINDS: Final = {
    "classifier": mark("{name} reads emotions"),
    "detector": mark("{name} finds faces"),
    "landmarks": mark("{name} finds the points of a face"),
    "blendshapes": mark("{name} measures a face by its points"),
}

_HEADLINES: Final = {
    "fer2013_public_test_viewers_majority": mark("{share} right on FER-2013 PublicTest, by what most viewers saw"),
    "fer2013_public_test": mark("{share} right on FER-2013 PublicTest, by the one label of the data set"),
    "macro_recall_viewers_majority": mark("{share} on average over the seven emotions, even-handed"),
    "portraits": mark("{share} right on news portraits"),
}
"""Entries of a card's `measured` that the list of models shows, in this order, and their text."""

_SHOWN_FIELDS: Final = {"trained_on": mark("trained on"), "uses": mark("uses"), "licence": mark("licence")}
"""Fields that a report shows, and their names."""

_VALUES: Final = ("value", "right", "accuracy")
"""Keys of the figure in an entry of `measured` that has several fields."""

_KNOWN_FIELDS: Final = frozenset({*ModelCard.model_fields, "licence", "uses", "weaknesses", "measured", "source"})
"""Fields with a section of their own. All other fields are listed at the end."""

_UNKNOWN: Final = "-"

_MAX_ROW: Final = 70
"""Longest list that is shown on one row, in characters."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page. Its rows are pairs of name and text; with a `heading` they are the rows of a table."""

    title: str
    rows: list[Row]
    heading: Row = ()


def card_sections(model: Model) -> Iterator[Section]:
    """All sections of the card, the most important first."""
    card = model.card
    yield summary_section(model)
    yield from _field_section(tr("Uses"), model.field("uses"))
    yield from _field_section(tr("Weaknesses"), model.field("weaknesses"))
    if isinstance(card, ModelCard):
        yield Section(tr("Two readings of one answer"), list(_readings(card)))
        heading = ("", tr("prior"), tr("recall"), tr("precision"))
        yield Section(tr("Emotion by emotion"), _emotions(card), heading)
        yield from _misses(card)
        yield from _evidence(card.evidence)
    yield from _field_section(tr("Measured"), model.field("measured"))
    yield Section(tr("The files"), list(_files(model)))
    more = {name: value for name, value in (card.model_extra or {}).items() if name not in _KNOWN_FIELDS}
    yield from _field_section(tr("More"), more)


def report_sections(card: ModelCard) -> Iterator[Section]:
    """The sections of a report about the model that read the face."""
    extra = card.model_extra or {}
    rows: list[Row] = [(tr("name"), card.name)]
    rows += [(tr("accuracy") if not i else "", text) for i, text in enumerate(headlines(extra.get("measured")))]
    rows += [(tr("a share is"), tr(_MEANINGS[card.meaning]))]
    rows += [(tr(name), value_text(extra[field])) for field, name in _SHOWN_FIELDS.items() if field in extra]
    if card.power:
        rows.append((tr("even-handed"), tr("rare emotions get the same chance as common ones")))
    yield Section(tr("The model that read the face"), rows)
    yield from _field_section(tr("Its weaknesses"), extra.get("weaknesses"))
    yield from _misses(card)
    yield from _reliability(card)


def _misses(card: ModelCard) -> Iterator[Section]:
    """How often a right expression gets the verdict *miss*."""
    if card.misses:
        counts = card.misses.counts.items()
        rows: list[Row] = [
            (tr(emotion), tr("{missed} of {faces}", missed=missed, faces=faces)) for emotion, (missed, faces) in counts
        ]
        yield Section(tr("Right faces that it misses ({source})", source=card.misses.source), rows)


def _reliability(card: ModelCard) -> Iterator[Section]:
    """Recall of each emotion on PublicTest. If unknown, recall and precision on held-out faces."""
    found = list(_public_test_recalls((card.model_extra or {}).get("measured")))
    if found:
        yield Section(tr("Emotion by emotion, on new faces (FER-2013 PublicTest)"), found)
        return
    held_out: list[Row] = [
        (
            tr(each),
            tr("found in {share} of such faces;", share=_percent(known.recall)),
            tr("right in {share} when read", share=_percent(known.precision)),
        )
        for each, known in card.reliability.items()
    ]
    if held_out:
        yield Section(tr("Emotion by emotion, on new photos"), held_out)


def _public_test_recalls(measured: object) -> Iterator[Row]:
    """Recall of each emotion on PublicTest with priors removed, if the card's `measured` has it."""
    test = measured.get("public_test") if isinstance(measured, Mapping) else None
    recalls = test.get("recall_even_handed") if isinstance(test, Mapping) else None
    if isinstance(recalls, Mapping):
        known = {emotion: recalls[emotion] for emotion in EMOTIONS if _share(recalls.get(emotion))}
        for emotion, recall in known.items():
            yield tr(emotion), tr("found in {share} of such faces", share=_percent(recall))


def summary_section(model: Model) -> Section:
    """The entry of a model in the list of models."""
    title = tr(_KINDS[model.kind], name=model.card.name)
    title = tr("{model}, the default", model=title) if model.default else title
    return Section(title, list(_summary(model)))


def _summary(model: Model) -> Iterator[Row]:
    yield from ((tr("accuracy") if not i else "", text) for i, text in enumerate(headlines(model.field("measured"))))
    if model.per == "frame":
        yield tr("speed"), tr("{ms} ms a frame, measured now on one thread", ms=speed_text(model))
    else:
        yield tr("speed"), tr("{ms} ms a face, measured now on one thread", ms=speed_text(model))
    yield tr("size"), f"{size_text(model)} MB"
    yield tr("licence"), value_text(model.field("licence") or tr("unknown"))
    meaning = model.field("meaning")
    if meaning:
        yield tr("meaning"), tr("a share is {meaning}", meaning=tr(_MEANINGS[str(meaning)]))


def speed_text(model: Model) -> str:
    """Milliseconds, to two decimals below ten and to none above."""
    return f"{model.ms:.2f}" if model.ms < 10 else f"{model.ms:.0f}"


def size_text(model: Model) -> str:
    """Size of the file in megabytes (10^6 bytes)."""
    return f"{model.size / 1e6:.1f}"


def headlines(measured: object) -> list[str]:
    """The main figures of a card's `measured`, as text. If it has none of them, its first four entries."""
    if not isinstance(measured, Mapping) or not measured:
        return [tr("the card does not say")]
    known = [tr(text, share=share) for name, text in _HEADLINES.items() if (share := _share(measured.get(name)))]
    return known or [f"{name} {value}".strip() for name, value in _flatten(dict(list(measured.items())[:4]))]


def _share(entry: object) -> str | None:
    """Format an entry as ``65.2 %``, with its interval if it has one; None if the entry is not a share."""
    if isinstance(entry, Mapping):
        value = next((entry[name] for name in _VALUES if name in entry), None)
        return f"{share}{_interval(entry.get('interval'))}" if (share := _share(value)) else None
    if isinstance(entry, bool) or not isinstance(entry, (int, float)) or not 0 <= entry <= 1:
        return None
    return f"{100 * entry:.1f} %"


def _interval(ends: object) -> str:
    shares = [_share(end) for end in ends] if isinstance(ends, (list, tuple)) else []
    return tr(" ({first} to {last})", first=shares[0], last=shares[1]) if len(shares) == 2 and all(shares) else ""


def _readings(card: ModelCard) -> Iterator[Row]:
    own = tr("as viewers vote") if card.meaning == "viewers" else tr("as labelled")
    yield own, tr("the model's own answer p")
    if card.power:
        yield tr("even-handed"), tr("p / prior^{power:g}, scaled to sum to 1; used for scores", power=card.power)
    else:
        yield tr("even-handed"), tr("the same: the prior is not removed")
    yield tr("power"), tr("{power:g} of the prior is removed (0 none, 1 all)", power=card.power)
    yield tr("floor"), tr("a face whose strongest share is below {floor:g} is not judged", floor=card.floor)


def _emotions(card: ModelCard) -> list[Row]:
    return [_emotion(card, i) for i in range(len(EMOTIONS))]


def _emotion(card: ModelCard, i: int) -> Row:
    emotion = EMOTIONS[i]
    prior = _percent(card.prior[card.labels.index(emotion)]) if card.prior else _UNKNOWN
    known = card.reliability.get(emotion)
    return tr(emotion), prior, *((_percent(known.recall), _percent(known.precision)) if known else (_UNKNOWN, _UNKNOWN))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 else f"{100 * share:.1f} %"


def _evidence(evidence: EvidenceCard | None) -> Iterator[Section]:
    if evidence is None:
        return
    rows: list[Row] = [
        (
            tr(each),
            f"{evidence.neutral[each]:+.2f}",
            _percent(evidence.typical[each]),
            _percents(evidence.quartiles[each]),
        )
        for each in EMOTIONS
    ]
    yield Section(tr("Evidence for an emotion"), rows, ("", tr("at rest"), tr("typical"), tr("quartiles")))
    curves: list[Row] = [
        (tr(each), ", ".join(f"{x:+.2f}: {_percent(y)}" for x, y in evidence.curves[each])) for each in EMOTIONS
    ]
    yield Section(tr("From evidence to the share of viewers"), curves)


def _percents(shares: tuple[float, ...]) -> str:
    return " ".join(f"{100 * share:.0f}" for share in shares) + " %"


def _files(model: Model) -> Iterator[Row]:
    card = model.card
    yield tr("model"), str(model.path)
    yield tr("card"), str(model.path.with_suffix(".json"))
    yield "sha256", card.sha256
    if isinstance(card, NetworkCard):
        size = card.input
        colours = tr("grey") if size.channels == 1 else "RGB"
        pixels = tr("{width} x {height} pixels", width=size.width, height=size.height)
        yield tr("takes"), f"{pixels}, {colours}, {size.layout}"
        yield tr("scaling"), size.scaling
    if isinstance(card, ModelCard):
        crop = card.crop
        yield tr("crop"), tr("{scale:g} times the box, moved up by {up:g} of it", scale=crop.scale, up=crop.up)
        yield tr("gives"), ", ".join(card.labels)
    if model.field("source"):
        yield tr("source"), value_text(model.field("source"))


def _field_section(title: str, value: object) -> Iterator[Section]:
    """The section of a field that may hold any JSON; no section if the field is empty."""
    rows: list[Row] = list(_flatten(value))
    if rows:
        yield Section(title, rows)


def _flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Flatten any JSON `value` to rows of name and text. The name of a nested value is its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flatten(each, f"{name} {str(key).replace('_', ' ')}".strip())
    elif isinstance(value, (list, tuple)) and not _fits_one_row(value):
        for number, each in enumerate(value):
            yield from _flatten(each, name if number == 0 or isinstance(each, Mapping) else "")
    elif value is not None:
        yield name, value_text(value)


def _fits_one_row(values: Sequence[object]) -> bool:
    """Whether `values` fit on one row."""
    plain = all(isinstance(each, (int, float)) or (isinstance(each, str) and "," not in each) for each in values)
    return plain and sum(len(str(each)) for each in values) <= _MAX_ROW


def value_text(value: object) -> str:
    """A JSON scalar, or a list of scalars, as text."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(value_text, value))
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.4g}"
    return str(value)
