"""`coach drill`: plan what to rehearse today, and play it."""

from __future__ import annotations

import argparse
import random
import sys
from typing import TYPE_CHECKING, Final

from coach.base.errors import UsageError
from coach.base.messages import mark, tr
from coach.cli import output
from coach.cli.options import SCRIPT_HELP, CommandParser, count
from coach.cli.output import print_status
from coach.cli.partner import with_turns
from coach.cli.rehearse import play, screen_of
from coach.cli.rehearse_options import add_run, options_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.app.history import ScriptTakes
    from coach.core.progress.drills import DrillPlan
    from coach.core.script.script import Script

DEFAULT_COUNT: Final = 5
"""Number of lines to drill in a day."""


ABOUT = mark(
    "Rehearse what is due today: lines that need work, then lines that are due again, then new lines. Each passage "
    "starts one line earlier and is a take of its own. In a terminal each waits for Enter, unless --yes is given; "
    "q ends a passage, Ctrl-C ends the drill."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.usage = tr("%(prog)s [options] SCRIPT")
    parser.add_argument("script", metavar="SCRIPT", help=tr(SCRIPT_HELP))
    group = parser.section(tr("what to drill"))
    group.add_argument("--list", action="store_true", help=tr("show what is due, and play nothing"))
    about = tr("at most this many lines (default: {count})", count=DEFAULT_COUNT)
    group.add_argument("--count", type=count, default=DEFAULT_COUNT, metavar="N", help=about)
    about = tr("the lines in which you left out, changed or added most words when they were heard last")
    group.add_argument("--slips", action="store_true", help=about)
    about = tr("any lines in random order instead of those that are due, each with its cue")
    group.add_argument("--random", action="store_true", help=about)
    group.add_argument(
        "--seed", type=count, metavar="N", help=tr("the random order with this number, to play it again")
    )
    add_run(parser, passage=False)


def run(args: argparse.Namespace) -> int:
    """Show the plan, and play it.

    Raises:
        CoachError: the script, the source, the model or the takes folder cannot be used.
    """
    from coach.app.history import drill_plan, script_history, script_takes, take_warnings
    from coach.core.progress.history_texts import strictness_remarks
    from coach.takes.store import TakeStore

    if args.seed is not None and not args.random:
        raise UsageError(tr("--seed chooses a random order; give --random with it"))
    found = script_takes(args.script, TakeStore(args.takes), output.print_notice)
    if args.slips:
        return _drill_slips(found, args)
    if args.random:
        return _drill_at_random(found.script, args)
    history = script_history(found)
    for sentence in (*take_warnings(found.past), *strictness_remarks(history)):
        print_status(sentence)
    plan = drill_plan(history, args.count)
    _show(found.script, plan)
    return 0 if args.list else _play(found.script, plan.passages, args)


def _drill_at_random(script: Script, args: argparse.Namespace) -> int:
    """Drill lines in random order, and name the number that gives this order again."""
    from coach.core.progress.drills import passage_text, random_passages
    from coach.core.script.timeline import build_timeline

    seed = args.seed or random.SystemRandom().randint(1, 9999)
    passages = random_passages(build_timeline(script), args.count, seed)
    then = tr("then")
    order = f", {then} ".join(passage_text(passage) for passage in passages)
    output.write(tr("In random order: {order}. --seed {seed} plays this order again.", order=order, seed=seed) + "\n")
    return 0 if args.list else _play(script, passages, args)


def _drill_slips(found: ScriptTakes, args: argparse.Namespace) -> int:
    """Drill the lines with most slips of words."""
    from coach.app.line_words import slip_plan
    from coach.takes.store import TakeStore

    plan = slip_plan(found, TakeStore(args.takes), args.count)
    if not plan.tasks:
        none = tr("No slips of words are known. A rehearsal with --advance voice --words listens for them.")
        output.write(f"{none}\n")
        return 0
    _show(found.script, plan)
    return 0 if args.list else _play(found.script, plan.passages, args)


def _show(script: Script, plan: DrillPlan) -> None:
    from coach.display.kit.console import open_console
    from coach.display.tables.history import print_plan

    print_plan(script.title, plan, open_console())


def _play(script: Script, passages: Sequence[tuple[int, int]], args: argparse.Namespace) -> int:
    """Play the passages one after the other. An interrupted run ends the drill."""
    from coach.cli.signals import restoring_signals

    settings, options, screen = settings_of(args), options_of(args), screen_of(args)
    if script.role is not None:
        settings = with_turns(settings, script, args)
    for passage in passages:
        if not args.yes and not _wait_for_actor(passage):
            return 0
        with restoring_signals():
            code = play(script, settings.model_copy(update={"lines": passage}), options, screen)
        if code:
            return code
    return 0


def _wait_for_actor(passage: tuple[int, int]) -> bool:
    """Wait until the actor is ready; False if the actor quits. Without a terminal, do not ask."""
    from coach.core.progress.drills import passage_text

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    prompt = tr("Enter plays {passage}, q and Enter ends the drill:", passage=passage_text(passage))
    answer = output.read_answer(f"{prompt} ")
    return bool(answer) and not answer.strip().lower().startswith("q")
