"""The history of a script over all its takes, and what to rehearse next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.messages import tr, tr_n
from coach.base.text import clean
from coach.core.progress.drills import DrillPlan, plan_drills
from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.line_identity import normalise
from coach.core.progress.past_takes import PastTake
from coach.core.script.script import Script
from coach.scripts.load import FORMATS, IMPORTED, load_script
from coach.scripts.roles import refuse_without_role
from coach.takes.past_takes import Past, memory_of, past_in, script_in
from coach.takes.store import TakeStore

_MAX_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class ScriptTakes:
    """A script with its takes.

    Attributes:
        takes: the takes of this script, oldest first.
        past: all readable takes of the folder, and the names of the others.
    """

    script: Script
    takes: list[PastTake]
    past: Past


def script_takes(name: str, store: TakeStore, notify: Callable[[str], None]) -> ScriptTakes:
    """Find the script called `name`, and its takes.

    Args:
        name: a script file. If there is no such file: the title, or a part of the name of a take.
        store: the takes folder.
        notify: gets the notices about the script file, such as its encoding.

    Raises:
        ScriptError: the file has mistakes.
        UsageError: the file has several roles, and none is the actor's.
        TakeError: there is neither such a file nor such a take.
    """
    past = past_in(store.takes())
    is_file = Path(name).is_file() or not name.strip()
    script = load_script(name, notify) if is_file else script_in(store.folder / _newest(name, past, store).name)
    refuse_without_role(script)
    return ScriptTakes(script, takes_of(script, past.takes), past)


def _newest(name: str, past: Past, store: TakeStore) -> PastTake:
    """The newest take with `name` in its own name or in the title of its script."""
    path = Path(name)
    wanted = path.stem if path.suffix.lower() in (*FORMATS, *IMPORTED) else name
    for take in past.takes:
        if normalise(wanted) in normalise(take.report.title) or wanted.lower() in take.name:
            return take
    titles = dict.fromkeys(clean(take.report.title, 60) for take in past.takes)
    known = (
        tr("there are takes of: {titles}", titles=", ".join(list(titles)[:_MAX_NAMED]))
        if titles
        else tr("there are no takes yet")
    )
    raise TakeError(
        tr(
            "no script file {name!r}, and no take of it in {folder}; {known}",
            name=clean(name, 100),
            folder=store.folder,
            known=known,
        )
    )


def script_history(found: ScriptTakes, model: str | None = None) -> History:
    """The history of a script over the takes read by `model`; None for the model of the newest take.

    Raises:
        TakeError: that model has read no take.
    """
    history = history_of(found.script, found.takes, model)
    if history.takes and history.model is None:
        known = dict.fromkeys(clean(take.report.read_by, 100) for take in reversed(history.takes))
        raise TakeError(
            tr(
                "no take of this script was read by {model}; there are takes by {known}",
                model=clean(str(model), 100),
                known=", ".join(known),
            )
        )
    return history


def drill_plan(history: History, max_lines: int) -> DrillPlan:
    """Plan what to rehearse now: at most `max_lines` lines."""
    now = datetime.now().astimezone()
    return plan_drills(history, memory_of(history.lines, now), now, max_lines)


def take_warnings(past: Past) -> list[str]:
    """Sentences about takes that are unreadable or have no report."""
    warnings = []
    if past.unreadable:
        warnings.append(
            tr_n(
                "{count} take left out, the report cannot be read: {names}.",
                "{count} takes left out, the report cannot be read: {names}.",
                len(past.unreadable),
                names=_names_text(past.unreadable),
            )
        )
    if past.unfinished:
        warnings.append(
            tr_n(
                "{count} take unfinished, without a report: not counted: {names}. `coach report TAKE` makes it.",
                "{count} takes unfinished, without a report: not counted: {names}. `coach report TAKE` makes it.",
                len(past.unfinished),
                names=_names_text(past.unfinished),
            )
        )
    return warnings


def _names_text(names: tuple[str, ...]) -> str:
    named, more = ", ".join(names[:_MAX_NAMED]), len(names) - _MAX_NAMED
    return tr("{names} and {more} more", names=named, more=more) if more > 0 else named
