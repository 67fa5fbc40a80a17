"""The summary of a take on the terminal: what works, what to change, and the lines.

A script of five lines fits a terminal of 24 rows and 80 columns. `coach.display.tables.report` has all figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean
from coach.core.scoring.evidence import tenths
from coach.core.scoring.feedback import no_strength_text, notes_to_show, strength_sentence
from coach.core.scoring.report import (
    END_CAUSE_TEXTS,
    NO_TARGET,
    VERDICT_TEXTS,
    clock_text,
    help_sentences,
    prompts_sentence,
    reason_word,
    source_text,
)
from coach.core.scoring.word_texts import words_total
from coach.core.script.targets import emotion_noun, target_words
from coach.display.kit.writer import VERDICT_STYLES, Signs, Writer, overflow_for, safe_text, shorten, signs_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rich.console import Console

    from coach.core.progress.notes import LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, Overall, OwnReport, Report

MIN_TABLE_WIDTH: Final = 72
"""Minimum terminal width, in columns, for a table; on a narrower one each line has two rows."""

MAX_TABLE_WIDTH: Final = 110
"""Maximum width of the table, in columns."""

_MAX_TARGET: Final = 16
"""Maximum width of a target, in cells."""

MAX_LINES: Final = 100
"""Maximum number of lines in the summary; nobody reads a longer table in a terminal."""

READ_NOTE: Final = mark("read: what the camera reads in the face, not what is behind it.")
SHORT_NOTE: Final = mark("viewers: how many of 10 would see it, estimated from photos without speech.")
"""Replaces `VIEWERS_NOTE` where a row is needed for what helps."""

VIEWERS_NOTE: Final = mark(
    "read: what the camera reads in the face. viewers: how many of 10 would see what you wanted, estimated from "
    "photos, not from people speaking."
)


OWN_NOTE: Final = mark("own: is it like your own examples of what you wanted, or like another one?")
_DECISION_NOTE: Final = mark("A line is a hit if viewers or own say so, a miss if both say another emotion.")


def print_take(
    report: Report,
    console: Console,
    print_lines: Callable[[Report, Writer, Console], None],
    *,
    take_path: Path | None,
    more: Sequence[str],
    own: TakeNotes | None = None,
) -> None:
    """Print a report between its title and where the take is.

    Args:
        report: report of the take.
        console: console to print on, at its width.
        print_lines: prints what lies between: `print_summary` or `coach.display.tables.report.print_details`.
        take_path: folder of the take; None if it was not saved.
        more: last rows, which name commands to go on with.
        own: the actor's own notes; None for none.
    """
    out = Writer(console)
    _print_head(report, out)
    print_lines(report, out, console)
    if any(line.words for line in report.lines):
        out.line(words_total(report.lines))
    if prompts := prompts_sentence(report.lines):
        out.line(prompts)
    _print_end(report, out, take_path, own)
    for row in more:
        out.verbatim(row)


def print_summary(report: Report, out: Writer, console: Console) -> None:
    """Print what works, what to change and the table of lines."""
    if not report.model:
        print_unwatched(report, out, console)
        return
    out.line(f"{counts_text(report.overall)}{_on_target_text(report.overall)}.")
    out.gap()
    _print_advice(report, out)
    out.gap()
    _print_lines(report.lines[:MAX_LINES], console, out)
    if len(report.lines) > MAX_LINES:
        last = len(report.lines)
        out.line(tr("Lines {first} to {last} are not listed here.", first=MAX_LINES + 1, last=last))
    _print_legend(report.lines, out)
    print_reactions(report, out)


def print_reactions(report: Report, out: Writer) -> None:
    """Print the actor's face while partners spoke, apart from the lines."""
    if not report.reactions:
        return
    from coach.core.scoring.reactions import reaction_sentence  # most scripts have no target for the listener

    out.gap()
    out.line(tr("While you listened:"), "bold")
    for reaction in report.reactions:
        out.quote(f"{reaction.role} {reaction.line}", "", reaction.text)
        out.detail(f"{reaction_sentence(reaction)}.")


def _print_legend(lines: Sequence[LineReport], out: Writer) -> None:
    """Print what helps with lines that were not scored, and what the columns mean, in two rows of 80 columns."""
    sentences, viewers = help_sentences(lines), _have_viewers(lines)
    for sentence in sentences:
        out.line(sentence)
    long = VIEWERS_NOTE if viewers else READ_NOTE
    out.line(tr(SHORT_NOTE if viewers and sentences else long), "dim")
    if any(line.own for line in lines):
        out.line(f"{tr(OWN_NOTE)} {tr(_DECISION_NOTE)}", "dim")


def more_rows(command: str) -> tuple[str, str]:
    """The rows that name what shows more of a take; `command` shows its summary."""
    return tr("More: {command} --details", command=command), tr("Page: {command} --html --open", command=command)


def _print_head(report: Report, out: Writer) -> None:
    """Print the title, the source, and how the take ended."""
    source = source_text(report.source)
    parts = [source, tr(END_CAUSE_TEXTS.get(report.ended, report.ended))]
    if report.model and (strictness := report.settings.get("strictness", "standard")) != "standard":
        parts.append(tr(str(strictness)))
    out.labelled(report.title, ", ".join(parts))


def counts_text(overall: Overall) -> str:
    """How many lines have each verdict: ``3 hits, 1 partial, 1 miss``; verdicts that no line has are left out."""
    counts = (
        (overall.hits, tr_n("{count} hit", "{count} hits", overall.hits)),
        (overall.partials, tr_n("{count} partial", "{count} partials", overall.partials)),
        (overall.misses, tr_n("{count} miss", "{count} misses", overall.misses)),
        (overall.not_scored, tr_n("{count} not scored", "{count} not scored", overall.not_scored)),
    )
    return ", ".join(text for count, text in counts if count)


def _on_target_text(overall: Overall) -> str:
    return "" if overall.accuracy is None else tr("; on target {share:.0%} of the time", share=overall.accuracy)


def _print_advice(report: Report, out: Writer) -> None:
    """Print what works, then at most three things to change."""
    strength, notes = report.strength, notes_to_show(report.notes)
    if strength is not None:
        out.labelled(tr("Line {number} works", number=strength.line), strength_sentence(report, strength))
    else:
        text = no_strength_text(report, tr("no moment stands out yet."))
        out.line(text[:1].upper() + text[1:])
    for note in notes:
        out.labelled(tr("Line {number}", number=note.line), note.text)
    if not notes and strength is not None:
        out.line(tr("There is nothing to change. Risk more."))


def _have_viewers(lines: Sequence[LineReport]) -> bool:
    return any(line.share is not None for line in lines)


def _print_lines(lines: Sequence[LineReport], console: Console, out: Writer) -> None:
    signs, viewers = signs_for(console.encoding), _have_viewers(lines)
    if console.width >= MIN_TABLE_WIDTH:
        out.print(_table(lines, console, signs, viewers=viewers))
        return
    for line in lines:
        head = Text(f"{line.index} ").append_text(_verdict(line, signs)).append("  ")
        left = console.width - head.cell_len
        out.print(head.append(shorten(safe_text(line.text, console.encoding), left, console.encoding)))
        out.detail(", ".join(_figures(line, signs, viewers=viewers)))


def _figures(line: LineReport, signs: Signs, *, viewers: bool) -> list[str]:
    """The figures of a line, each with its name."""
    count, share = _viewers(line, signs), _on_target(line, signs)
    return [
        tr("wanted {target}", target=target_words(line.target) or tr(NO_TARGET)),
        tr("read {emotion}", emotion=_read(line, signs)),
        tr("viewers {count}", count=count) if viewers else tr("on target {share}", share=share),
        *([tr("own {word}", word=own_word(line.own))] if line.own else []),
    ]


def _table(lines: Sequence[LineReport], console: Console, signs: Signs, *, viewers: bool) -> Table:
    width = min(console.width, MAX_TABLE_WIDTH)
    overflow = overflow_for(console.encoding)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold", width=width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(tr("line"), ratio=1, no_wrap=True, overflow=overflow)
    table.add_column(tr("wanted"), max_width=_MAX_TARGET, no_wrap=True, overflow=overflow)
    compared = any(line.own for line in lines)
    figure = tr("viewers") if viewers else tr("on target")
    for heading in (tr("read"), figure, *([tr("own")] if compared else []), tr("verdict")):
        table.add_column(heading, no_wrap=True, overflow=overflow)
    for line in lines:
        text, target = (safe_text(part, console.encoding) for part in (line.text, target_words(line.target)))
        figure = _viewers(line, signs) if viewers else _on_target(line, signs)
        own = [own_word(line.own) if line.own else signs.none] if compared else []
        cells = (str(line.index), text, target or tr(NO_TARGET), _read(line, signs), figure, *own)
        table.add_row(*map(Text, cells), _verdict(line, signs))
    return table


def own_word(own: OwnReport) -> str:
    """Whether a line was like the actor's own examples in one word: yes, near, or the emotion it was like."""
    return emotion_noun(own.like) if own.kind == "no" and own.like != "neutral" else tr(own.kind)


def _read(line: LineReport, signs: Signs) -> str:
    return f"{tr(line.top)} {line.read[line.top]:.0%}" if line.top in line.read else signs.none


def _on_target(line: LineReport, signs: Signs) -> str:
    return signs.none if line.accuracy is None else f"{line.accuracy:.0%}"


def _viewers(line: LineReport, signs: Signs) -> str:
    """Viewers of ten, with the number that makes a hit unless it is reached: ``6/10, needs 8``."""
    if line.share is None:
        return signs.none
    viewers, needed = tenths(line.share), tenths(line.asked_share or 0.0)
    enough = viewers >= needed or (line.verdict == "hit" and not (line.own and line.own.decided == "own"))
    return f"{viewers}/10" if enough else tr("{count}/10, needs {needed}", count=viewers, needed=needed)


def _verdict(line: LineReport, signs: Signs) -> Text:
    """The verdict, or why there is none."""
    text = tr(VERDICT_TEXTS[line.verdict])
    if line.verdict == "not_scored" and line.reason:
        text = reason_word(line.reason)
    return Text(f"{signs.verdict(line.verdict)} {clean(text)}", style=VERDICT_STYLES[line.verdict])


def print_unwatched(report: Report, out: Writer, console: Console) -> None:
    """Print the times of a take without a camera."""
    played = [line for line in report.lines if line.start_s is not None]
    scored = tr("There was no camera, so no line is scored.")
    count = tr("{count} of {total} played.", count=len(played), total=len(report.lines))
    out.line(f"{scored} {count}")
    if played:
        out.gap()
        _print_times(played, console)


def _print_times(lines: Sequence[LineReport], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(tr("from"), justify="right", no_wrap=True)
    table.add_column(tr("to"), justify="right", no_wrap=True)
    table.add_column(tr("line"), overflow="fold")
    for line in lines:
        times = ("" if t is None else clock_text(t) for t in (line.start_s, line.end_s))
        table.add_row(str(line.index), *times, Text(safe_text(line.text, console.encoding)))
    console.print(table, markup=False, highlight=False)


def _print_end(report: Report, out: Writer, take_path: Path | None, own: TakeNotes | None) -> None:
    """Print the actor's own notes, the warnings, and where the take is."""
    if own is not None:
        _print_own_notes(own, out)
    for warning in report.warnings:
        out.labelled(tr("Warning"), warning)
    out.unwrapped(tr("Saved in {folder}", folder=take_path) if take_path else tr("Not saved."))


def _print_own_notes(own: TakeNotes, out: Writer) -> None:
    """Print the actor's notes on earlier takes with what followed, then the notes on this take."""
    from coach.core.progress.notes import answer_sentence

    if own.answered or own.notes:
        out.gap()
    for answered in own.answered:
        line = answered.now.line
        place = tr("{day}, line {number}", day=answered.before.take.day, number=line.index)
        out.quote(tr("You noted"), f"{place}, ", line.text)
        out.detail(answered.note.text)
        out.detail(answer_sentence(answered))
    for located in own.notes:
        out.labelled(tr("Your note"), f"{located.where}: {located.note.text}")


def print_notes(take: str, notes: Sequence[LocatedNote], console: Console) -> None:
    """Print the notes on the take called `take`, each with the number that deletes it."""
    out = Writer(console)
    count = tr_n("{take}: {count} note of your own", "{take}: {count} notes of your own", len(notes), take=take)
    out.line(count, "bold")
    for number, located in enumerate(notes, start=1):
        out.line(f"{number}. {located.where}: {located.note.text}")
