"""A script over its takes: its history, and what to rehearse next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.text import clean
from coach.core.progress.drills import DrillPlan, plan_drills
from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.history_texts import take_count_text
from coach.core.progress.line_identity import normalise
from coach.core.progress.past_takes import PastTake
from coach.core.script.script import Script
from coach.scripts import load_script
from coach.takes.past_takes import Past, memory_of, past_in, script_in
from coach.takes.store import TakeStore

_ENDINGS: Final = (".yaml", ".yml", ".json", ".txt", ".md")
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class ScriptTakes:
    """A script, its takes, oldest first, and everything that its folder holds of the past."""

    script: Script
    takes: list[PastTake]
    past: Past


def script_takes(name: str, store: TakeStore) -> ScriptTakes:
    """The script called `name`, a file or (where that is gone) a title or a part of a take's name, with its takes.

    Raises:
        ScriptError: the file has mistakes.
        TakeError: there is neither such a file nor such a take.
    """
    past = past_in(store.takes())
    a_file = Path(name).is_file() or not name.strip()
    script = load_script(name) if a_file else script_in(store.folder / _newest(name, past, store).name)
    return ScriptTakes(script, takes_of(script, past.takes), past)


def _newest(name: str, past: Past, store: TakeStore) -> PastTake:
    """The newest take with `name` in its script's title or its own name."""
    path = Path(name)
    wanted = path.stem if path.suffix.lower() in _ENDINGS else name
    for take in past.takes:
        if normalise(wanted) in normalise(take.report.title) or wanted.lower() in take.name:
            return take
    titles = dict.fromkeys(clean(take.report.title, 60) for take in past.takes)
    known = f"there are takes of: {', '.join(list(titles)[:_MOST_NAMED])}" if titles else "there are no takes yet"
    raise TakeError(f"no script file {clean(name, 100)!r}, and no take of it in {store.folder}; {known}")


def history_by(found: ScriptTakes, model: str | None = None) -> History:
    """The history of a script over the takes that `model` read; None compares those of the newest take's model.

    Raises:
        TakeError: no take was read by that model.
    """
    history = history_of(found.script, found.takes, model)
    if history.takes and history.model is None:
        known = dict.fromkeys(clean(take.report.read_by, 100) for take in reversed(history.takes))
        by = f"{clean(str(model), 100)}; there are takes by {', '.join(known)}"
        raise TakeError(f"no take of this script was read by {by}")
    return history


def drill_plan(history: History, most: int) -> DrillPlan:
    """What to rehearse now: at most `most` lines."""
    now = datetime.now().astimezone()
    return plan_drills(history, memory_of(history.lines, now), now, most)


def troubles(past: Past) -> list[str]:
    """What is wrong with takes of the folder, one sentence each."""
    told = []
    if past.unreadable:
        told.append(
            f"{take_count_text(len(past.unreadable))} left out, the report cannot be read: {_some(past.unreadable)}."
        )
    if past.unfinished:
        what = "broken off, without a report and not counted"
        told.append(
            f"{take_count_text(len(past.unfinished))} {what}: {_some(past.unfinished)}. `coach report TAKE` makes it."
        )
    return told


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
