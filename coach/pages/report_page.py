"""The report of a take as one page, with the explanations that a reader needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Protocol

from coach.base.types import EMOTIONS
from coach.core.analysis.moments import PICTURE_KINDS
from coach.core.analysis.summary import NoteDetails, note_details, summary_sentence
from coach.core.progress.notes import answer_sentence
from coach.core.scoring.norms import SHARES_CAVEAT, actor_shares
from coach.core.scoring.report import END_CAUSES, VERDICTS, clock_text, reason_text
from coach.core.script.targets import EMOTION_NOUNS
from coach.pages.arc_chart import arc_chart, least_width, small_charts
from coach.pages.render import drawing, embedded, page, percent, seconds, tens

if TYPE_CHECKING:
    from coach.core.analysis.chart_data import ChartData
    from coach.core.analysis.moments import FacePicture
    from coach.core.progress.notes import AnsweredNote, LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, Report

GLOSSARY: Final = {
    "accuracy": "how much of the time the camera read what you wanted",
    "arrival": "how long it took until it did",
    "hold": "the longest time it stayed",
    "bleed": "how long the emotion of the line before stayed on",
    "coverage": "how much of the line the camera could read your face",
}
"""An explanation of each column of the table."""

VIEWERS_GLOSSARY: Final = {
    "viewers": "how many of ten people would see what you wanted from your face alone, in the strongest part of the "
    "line; and how many a hit needs",
}

_UNSCORED: Final = {
    "untracked": "the script has no emotion there",
    "not reached": "the take ended earlier",
    "low confidence": "the camera was not sure of any emotion",
    "too short": "the camera could read too little of it",
    "no face": "no face was in the picture",
    "too dark": "the face was too dark; use more light",
    "too small": "the face was too small; come closer",
    "profile": "the face was turned away; turn to the camera",
    "sideways": "the picture was on its side; hold the camera upright",
    "no signal": "the camera gave no picture",
    "frozen": "the picture did not move",
    "camera lost": "the camera was lost for a while",
    "unreadable": "the model gave no answer",
    "no camera": "there was no camera",
}

_PEOPLE: Final = (
    "Nobody gets ten of ten. From the face alone, most viewers name what a trained actor means in 68.5 % of clips: "
    "joy in 96 %, sadness in 36 % (CREMA-D, 91 actors). So you are compared with trained actors."
)

_LABELS: Final = (
    "This model gives a face one word, and does not estimate viewers. Such models are right on 57 to 66 % of photos, "
    "so no single moment counts, only the time on target."
)

_WEAK: Final = (
    "The camera reads some faces worse than others: dark, small, turned or partly covered ones, very young and very "
    "old ones, and those unlike the faces it learned from. If it is not sure, it says nothing."
)


def claims(report: Report) -> list[str]:
    """What can be claimed of this take, one paragraph each."""
    if report.model is None:
        return []
    viewers = report.model.meaning == "viewers"
    return [_PEOPLE, SHARES_CAVEAT, _WEAK] if viewers else [_LABELS, _WEAK]


def unscored(report: Report) -> dict[str, str]:
    """The reasons in this report why lines were not scored, each with its explanation."""
    reasons = {line.reason for line in report.lines if line.verdict == "not_scored" and line.reason}
    return {reason: _UNSCORED.get(reason, reason) for reason in sorted(reasons)}


def _own_notes(own: TakeNotes | None) -> dict[str, list[dict[str, Any]]]:
    """The notes of the actor for the template; empty where there are none."""
    if own is None or not (own.answered or own.notes):
        return {}
    return {
        "followed": [_followed(each) for each in own.answered],
        "notes": [_own_note(here) for here in own.notes],
    }


def _followed(each: AnsweredNote) -> dict[str, Any]:
    now = each.now.line
    words = {"line": now.index, "text": now.text, "note": each.note.text}
    return {**words, "day": each.before.take.day, "said": answer_sentence(each)}


def _own_note(here: LocatedNote) -> dict[str, Any]:
    return {"line": here.line, "text": here.words, "note": here.note.text}


_RANK: Final = {"miss": 0, "partial": 1, "hit": 2, "not_scored": 3}


@dataclass(frozen=True, slots=True)
class PageVideo:
    """The recording of a take, as its page plays it.

    Attributes:
        address: a data URL, or the name of a file beside the page.
        linked: whether the address is such a name.
        caption: the text below it.
        poster: data URL of the picture that is shown until it is played; empty for none.
    """

    address: str
    linked: bool
    caption: str
    poster: str = ""


class CardSection(Protocol):
    """A section of a model's card: a title and rows of a name with its values."""

    @property
    def title(self) -> str:
        """The heading."""
        ...

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """A name and one or more values each."""
        ...


@dataclass(frozen=True, slots=True)
class PageParts:
    """The parts of a report page that not every take has.

    Attributes:
        no_arc: why the arc cannot be drawn; empty where it can.
        pictures: of the face.
        no_pictures: why the saved pictures cannot be shown; empty where they can.
        video: the recording to play beside the arc.
        card: the model's card in words.
        own: the actor's own notes around the take.
    """

    no_arc: str = ""
    pictures: Sequence[FacePicture] = ()
    no_pictures: str = ""
    video: PageVideo | None = None
    card: Sequence[CardSection] = ()
    own: TakeNotes | None = None


def report_page(report: Report, sheet: ChartData | None, parts: PageParts | None = None) -> str:
    """The page of a report, HTML text.

    Args:
        report: of the take.
        sheet: what the arc shows; None where it cannot be drawn, see `PageParts.no_arc`.
        parts: None for no optional parts.
    """
    parts = parts or PageParts()
    video = parts.video
    notes = note_details(report)
    return page(
        "report.html",
        ["sort.js", "arc.js"],
        media=video.address if video and video.linked else "",
        report=report,
        about=_about(report),
        verdict_sentence=summary_sentence(report),
        strength=report.strength,
        strength_clock=clock_text(report.strength.t) if report.strength else "",
        figures=_figures(report),
        notes=[_note(note, report) for note in notes],
        sheet=sheet,
        no_arc=parts.no_arc,
        arc=drawing(arc_chart(sheet, f"The arc of {report.title}")) if sheet else "",
        small={word: drawing(chart) for word, chart in small_charts(sheet).items()} if sheet and sheet.watched else {},
        colours=_colours(sheet) if sheet else [],
        moments=_moments(sheet) if sheet else {},
        not_acted=_not_acted(sheet) if sheet else "",
        film=video,
        lines=[_line(line) for line in report.lines],
        viewers=any(line.share is not None for line in report.lines),
        unscored=unscored(report),
        pictures=_by_line(parts.pictures),
        no_pictures=parts.no_pictures,
        claims=claims(report),
        glossary=GLOSSARY | (VIEWERS_GLOSSARY if any(line.share is not None for line in report.lines) else {}),
        card=parts.card,
        settings=_settings(report),
        strictness=str(report.settings.get("strictness", "standard")),
        own=_own_notes(parts.own),
    )


def _about(report: Report) -> list[str]:
    source = "no camera" if report.source.kind == "none" else report.source.name
    at = report.created.at[:16].replace("T", " ")
    return [part for part in (at, source, END_CAUSES.get(report.ended, report.ended)) if part]


def _figures(report: Report) -> list[tuple[str, str]]:
    overall = report.overall
    counts = [
        (str(overall.hits), "hit" if overall.hits == 1 else "hits"),
        (str(overall.partials), "partial" if overall.partials == 1 else "partials"),
        (str(overall.misses), "miss" if overall.misses == 1 else "misses"),
        (str(overall.not_scored), "not scored"),
    ]
    figures = [(figure, words) for figure, words in counts if figure != "0"]
    if overall.accuracy is None:
        return figures
    return [*figures, (percent(overall.accuracy), "of the time on target")]


def _note(note: NoteDetails, report: Report) -> dict[str, Any]:
    line = next(each for each in report.lines if each.index == note.line)
    return {
        "t": max(note.t, 0.0),
        "clock": clock_text(note.t),
        "line": note.line,
        "text": note.text,
        "instead": note.instead,
        "evidence": note.evidence,
        "drill": note.drill,
        "figures": _note_figures(line),
        "colour": line.targets[0] if line.targets else "",
    }


def _note_figures(line: LineReport) -> list[str]:
    figures = []
    if line.accuracy is not None:
        figures.append(f"on target {percent(line.accuracy)} of {seconds(line.scored_s)}")
    if line.share is not None and line.asked_share is not None:
        figures.append(f"{tens(line.share)} viewers, a hit needs {tens(line.asked_share)}")
    if line.arrival_s is not None:
        figures.append(f"arrived after {seconds(line.arrival_s)}")
    return figures


def _colours(sheet: ChartData) -> list[str]:
    shown = {emotion for stretch in sheet.targets for emotion in stretch.value.accepted}
    shown |= {stretch.value for stretch in sheet.read if stretch.value}
    return [emotion for emotion in EMOTIONS if emotion in shown]


def _not_acted(sheet: ChartData) -> str:
    """The emotions that are asked for and that no actor played, so that their band is of still faces."""
    asked = {emotion for stretch in sheet.targets for emotion in stretch.value.accepted}
    return " and ".join(emotion for emotion in EMOTIONS if emotion in asked and actor_shares(emotion) is None)


def _moments(sheet: ChartData) -> dict[str, Any]:
    """The data of the page's script; only numbers, since the texts are in the page."""
    samples = [
        [
            round(sample.t, 2),
            sample.line,
            None if sample.read is None else EMOTIONS.index(sample.read),
            None if sample.probabilities is None else [round(100 * share) for share in sample.probabilities],
            None if sample.match is None else round(sample.match, 2),
            sample.reason,
        ]
        for sample in sheet.samples
    ]
    return {
        "seconds": round(sheet.seconds, 3),
        "least": least_width(sheet),
        "scale": sheet.scale,
        "emotions": list(EMOTIONS),
        "lines": [[round(each.start, 3), round(each.end, 3), each.value.line] for each in sheet.targets],
        "samples": samples,
    }


def _line(line: LineReport) -> dict[str, Any]:
    shown = line.model_dump(
        include={"index", "text", "target", "accuracy", "arrival_s", "hold_s", "bleed_s", "coverage", "share",
                 "asked_share", "verdict", "top"}
    )  # fmt: skip
    return {
        **shown,
        "start_s": None if line.start_s is None else max(line.start_s, 0.0),
        "clock": clock_text(line.start_s or 0.0),
        "top_share": line.read.get(line.top) if line.top else None,
        "said": VERDICTS[line.verdict],
        "reason": reason_text(line),
        "rank": _RANK[line.verdict],
    }


def _by_line(pictures: Sequence[FacePicture]) -> list[dict[str, Any]]:
    ordered = sorted(pictures, key=lambda picture: (picture.line, PICTURE_KINDS.index(picture.kind)))
    groups = groupby(ordered, key=lambda picture: picture.line)
    return [{"line": line, "pictures": [_picture(picture) for picture in group]} for line, group in groups]


def _picture(picture: FacePicture) -> dict[str, Any]:
    read = f"the camera read {EMOTION_NOUNS[picture.read]}" if picture.read else "the camera was not sure"
    return {
        "kind": picture.kind,
        "t": max(picture.t, 0.0),
        "clock": clock_text(picture.t),
        "said": f"{read}; {percent(picture.share)} for what you wanted",
        "address": embedded("image/jpeg", picture.jpeg),
    }


def _settings(report: Report) -> Mapping[str, str]:
    """Settings and versions in words."""
    settings = {name.removesuffix("_s").replace("_", " "): _plain(value) for name, value in report.settings.items()}
    created, model = report.created, report.model
    settings |= {"take": created.take, "coach": created.coach_version, "report schema": str(report.schema_version)}
    if model:
        settings |= {"model": model.name, "model file": model.sha256}
    if report.source.sha256:
        settings["recording"] = report.source.sha256
    if created.dropped:
        settings["dropped frames"] = str(created.dropped)
    return settings


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "-".join(map(str, value))
    return "all" if value is None else str(value)
