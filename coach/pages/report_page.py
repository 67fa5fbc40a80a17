"""The report of a take as a self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Protocol

from coach.base.messages import tr, tr_n
from coach.base.text import join_with_and
from coach.base.types import EMOTIONS
from coach.core.analysis.moments import PICTURE_KINDS
from coach.core.analysis.summary import NoteDetails, note_details, summary_sentence
from coach.core.progress.notes import answer_sentence
from coach.core.scoring.evidence import tenths
from coach.core.scoring.norms import actor_shares
from coach.core.scoring.reactions import reaction_sentence
from coach.core.scoring.report import END_CAUSE_TEXTS, VERDICT_TEXTS, clock_text, reason_text, reason_word, source_text
from coach.core.scoring.word_texts import words_legend
from coach.core.script.targets import emotion_noun
from coach.pages.arc_chart import arc_chart, min_width, small_charts
from coach.pages.explanations import GLOSSARY, OWN_GLOSSARY, VIEWERS_GLOSSARY, claims, unscored_reasons
from coach.pages.render import data_url, of_ten, percent, render_page, seconds, svg_markup, trusted

if TYPE_CHECKING:
    from coach.base.types import Emotion
    from coach.core.analysis.chart_data import ChartData
    from coach.core.analysis.moments import FacePicture
    from coach.core.progress.notes import AnsweredNote, LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, OwnReport, Report
    from coach.pages.face_charts import FacePart


def _own_notes(own: TakeNotes | None) -> dict[str, list[dict[str, Any]]]:
    """The notes of the actor for the template; empty if there are none."""
    if own is None or not (own.answered or own.notes):
        return {}
    return {
        "answered": [_answered_note(answered) for answered in own.answered],
        "notes": [_located_note(located) for located in own.notes],
    }


def _answered_note(answered: AnsweredNote) -> dict[str, Any]:
    line = answered.now.line
    return {
        "line": line.index,
        "text": line.text,
        "note": answered.note.text,
        "day": answered.before.take.day,
        "answer": answer_sentence(answered),
    }


def _located_note(located: LocatedNote) -> dict[str, Any]:
    return {"line": located.line, "text": located.words, "note": located.note.text}


_VERDICT_RANKS: Final = {"miss": 0, "partial": 1, "hit": 2, "not_scored": 3}
"""Order in which the column of verdicts sorts."""


@dataclass(frozen=True, slots=True)
class PageVideo:
    """The recording of a take for its page.

    Attributes:
        address: a data URL, or the name of a file beside the page.
        linked: whether `address` is a file name.
        caption: text below the recording.
        poster: data URL of the picture to show until the recording is played; empty for none.
        start_t: take time at which the recording begins, in seconds.
    """

    address: str
    linked: bool
    caption: str
    poster: str = ""
    start_t: float = 0.0


class CardSection(Protocol):
    """A section of a model card for the page."""

    @property
    def title(self) -> str:
        """Heading of the section."""
        ...

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """A name and one or more values for each row; names may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class PageParts:
    """The optional parts of a report page.

    Attributes:
        no_arc: why the arc cannot be drawn; empty if it can.
        pictures: pictures of the face.
        no_pictures: why the saved pictures cannot be shown; empty if they can.
        video: the recording to play beside the arc.
        card: sections of the model card.
        own: the actor's own notes on the take, and earlier ones that it answers.
        face: measures of the face; None if it was not measured.
    """

    no_arc: str = ""
    pictures: Sequence[FacePicture] = ()
    no_pictures: str = ""
    video: PageVideo | None = None
    card: Sequence[CardSection] = ()
    own: TakeNotes | None = None
    face: FacePart | None = None


def report_page(report: Report, chart: ChartData | None, parts: PageParts | None = None) -> str:
    """Render the page of a report as HTML text.

    Args:
        report: the report.
        chart: data of the arc; None if it cannot be drawn (see `PageParts.no_arc`).
        parts: optional parts; None for none.
    """
    parts = parts or PageParts()
    video = parts.video
    viewers = any(line.share is not None for line in report.lines)
    return render_page(
        "report.html",
        ["texts.js", "sort.js", "arc.js"],
        media=video.address if video and video.linked else "",
        report=report,
        about=_about(report),
        verdict_sentence=summary_sentence(report),
        strength=report.strength,
        strength_clock=clock_text(report.strength.t) if report.strength else "",
        figures=_figures(report),
        notes=[_note(note, report) for note in note_details(report)],
        chart=chart,
        no_arc=parts.no_arc,
        arc=svg_markup(arc_chart(chart, tr("The arc of {title}", title=report.title))) if chart else "",
        small_charts=_small_charts(chart) if chart and chart.watched else {},
        face_charts=parts.face.drawings(chart) if parts.face and chart else [],
        face_sentences=parts.face.sentences if parts.face else [],
        pages=parts.face.pages if parts.face else {},
        legend_emotions=_legend_emotions(chart) if chart else [],
        moments=_moments(chart) if chart else {},
        not_acted=_not_acted(chart) if chart else "",
        video=video,
        lines=[_line(line) for line in report.lines],
        words=[line for line in report.lines if line.words],
        words_legend=words_legend(report.lines),
        reactions=[(each, reaction_sentence(each)) for each in report.reactions],
        viewers=viewers,
        unscored=unscored_reasons(report),
        pictures=_pictures_by_line(parts.pictures),
        no_pictures=parts.no_pictures,
        claims=claims(report),
        glossary=_glossary(report, parts, viewers=viewers),
        card=parts.card,
        settings=_settings(report),
        strictness=str(report.settings.get("strictness", "standard")),
        own_notes=_own_notes(parts.own),
    )


def _glossary(report: Report, parts: PageParts, *, viewers: bool) -> dict[str, str]:
    """Explanations of the columns that the table of lines has."""
    more = parts.face.glossary if parts.face else {}
    return GLOSSARY | (VIEWERS_GLOSSARY if viewers else {}) | (OWN_GLOSSARY if report.actor else {}) | more


def _about(report: Report) -> list[str]:
    """Facts of the take for the line below the title."""
    at = report.created.at[:16].replace("T", " ")
    return [
        part for part in (at, source_text(report.source), tr(END_CAUSE_TEXTS.get(report.ended, report.ended))) if part
    ]


def _figures(report: Report) -> list[str]:
    """The figures of the whole take as markup, each with its number in bold."""
    overall = report.overall
    counted = [
        (overall.hits, tr_n("{count} hit", "{count} hits", overall.hits, count=_bold(overall.hits))),
        (
            overall.partials,
            tr_n("{count} partial", "{count} partials", overall.partials, count=_bold(overall.partials)),
        ),
        (overall.misses, tr_n("{count} miss", "{count} misses", overall.misses, count=_bold(overall.misses))),
        (
            overall.not_scored,
            tr_n("{count} not scored", "{count} not scored", overall.not_scored, count=_bold(overall.not_scored)),
        ),
    ]
    figures = [text for count, text in counted if count]
    if overall.accuracy is not None:
        figures.append(tr("{share} of the time on target", share=_bold(percent(overall.accuracy))))
    return [trusted(figure) for figure in figures]


def _bold(figure: object) -> str:
    return f"<b>{figure}</b>"


def _note(note: NoteDetails, report: Report) -> dict[str, Any]:
    report_line = next(line for line in report.lines if line.index == note.line)
    return {
        "t": max(note.t, 0.0),
        "clock": clock_text(note.t),
        "line": note.line,
        "text": note.text,
        "instead": note.instead,
        "evidence": note.evidence,
        "drill": note.drill,
        "figures": _note_figures(report_line),
        "colour_class": report_line.targets[0] if report_line.targets else "",
    }


def _note_figures(line: LineReport) -> list[str]:
    figures = []
    if line.accuracy is not None:
        figures.append(tr("on target {share} of {time}", share=percent(line.accuracy), time=seconds(line.scored_s)))
    if line.share is not None and line.asked_share is not None:
        but = line.reason and tenths(line.share) >= tenths(line.asked_share)
        text = tr("{share} viewers, a hit needs {asked}", share=of_ten(line.share), asked=of_ten(line.asked_share))
        figures.append(tr("{result}, but {reason}", result=text, reason=reason_word(line.reason)) if but else text)
    if line.arrival_s is not None:
        figures.append(tr("arrived after {time}", time=seconds(line.arrival_s)))
    return figures


def _small_charts(chart: ChartData) -> dict[Emotion, str]:
    return {emotion: svg_markup(drawing) for emotion, drawing in small_charts(chart).items()}


def _target_emotions(chart: ChartData) -> set[Emotion]:
    return {emotion for target in chart.targets for emotion in target.value.accepted}


def _legend_emotions(chart: ChartData) -> list[Emotion]:
    """The emotions whose colours are in the chart."""
    drawn = _target_emotions(chart) | {interval.value for interval in chart.read if interval.value}
    return [emotion for emotion in EMOTIONS if emotion in drawn]


def _not_acted(chart: ChartData) -> str:
    """Names of the target emotions without recordings of actors, joined by "and"; their norm is that of still faces."""
    targets = _target_emotions(chart)
    return join_with_and([tr(each) for each in EMOTIONS if each in targets and actor_shares(each) is None])


def _moments(chart: ChartData) -> dict[str, Any]:
    """Data for the script of the page; its keys and the order of values are those that `arc.js` reads."""
    samples = [
        [
            round(sample.t, 2),
            sample.line,
            None if sample.read is None else EMOTIONS.index(sample.read),
            None if sample.probabilities is None else [round(100 * share) for share in sample.probabilities],
            None if sample.match is None else round(sample.match, 2),
            sample.reason and reason_word(sample.reason),
        ]
        for sample in chart.samples
    ]
    return {
        "seconds": round(chart.seconds, 3),
        "least": min_width(chart),
        "scale": chart.scale,
        "emotions": list(map(tr, EMOTIONS)),
        "lines": [[round(target.start, 3), round(target.end, 3), target.value.line] for target in chart.targets],
        "samples": samples,
    }


def _line(line: LineReport) -> dict[str, Any]:
    return {
        **line.model_dump(),
        "start_s": None if line.start_s is None else max(line.start_s, 0.0),
        "clock": clock_text(line.start_s or 0.0),
        "top_share": line.read.get(line.top) if line.top else None,
        "verdict_text": tr(VERDICT_TEXTS[line.verdict]),
        "reason": reason_text(line),
        "rank": _VERDICT_RANKS[line.verdict],
        "own_text": _own_text(line.own) if line.own else "",
    }


def _own_text(own: OwnReport) -> str:
    return tr("no, like your own {emotion}", emotion=emotion_noun(own.like)) if own.kind == "no" else tr(own.kind)


def _pictures_by_line(pictures: Sequence[FacePicture]) -> list[dict[str, Any]]:
    ordered = sorted(pictures, key=lambda picture: (picture.line, PICTURE_KINDS.index(picture.kind)))
    groups = groupby(ordered, key=lambda picture: picture.line)
    return [{"line": line, "pictures": [_picture(picture) for picture in group]} for line, group in groups]


def _picture(picture: FacePicture) -> dict[str, Any]:
    share = percent(picture.share)
    if picture.read:
        read = emotion_noun(picture.read)
        text = tr("the camera read {emotion}; {share} for what you wanted", emotion=read, share=share)
    else:
        text = tr("the camera was not sure; {share} for what you wanted", share=share)
    return {
        "kind": picture.kind,
        "t": max(picture.t, 0.0),
        "clock": clock_text(picture.t),
        "text": text,
        "address": data_url("image/jpeg", picture.jpeg),
    }


def _settings(report: Report) -> Mapping[str, str]:
    """Names and values of settings and versions as text."""
    settings = {
        name.removesuffix("_s").replace("_", " "): _setting_text(value) for name, value in report.settings.items()
    }
    created, model = report.created, report.model
    settings |= {
        tr("take"): created.take,
        "coach": created.coach_version,
        tr("report schema"): str(report.schema_version),
    }
    if model:
        settings |= {tr("model"): model.name, tr("model file"): model.sha256}
    if report.source.sha256:
        settings[tr("recording")] = report.source.sha256
    if created.dropped:
        settings[tr("dropped frames")] = str(created.dropped)
    return settings


def _setting_text(value: object) -> str:
    if isinstance(value, list):
        return "-".join(map(str, value))
    return tr("all") if value is None else str(value)
