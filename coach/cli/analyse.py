"""`coach analyse`: read many recordings into tables, in many processes or on many machines."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import INTERRUPTED, UsageError
from coach.base.messages import mark, tr, tr_n
from coach.cli import output
from coach.cli.options import CommandParser, add_model, add_reads, count, piece_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.archive.pools import Work, WorkerPool
    from coach.archive.recordings import Recording
    from coach.archive.results import Results
    from coach.archive.run import Outcome

ABOUT = mark(
    "Read many recordings into tables (Parquet), each as `coach rehearse --source` or `coach mirror` does. A run that "
    "was stopped goes on where it ended. For people who choose it for themselves: in the European Union it is "
    "prohibited to read the emotions of pupils, staff and applicants (docs/privacy.md)."
)

FAIR_USE: Final = mark(
    "Only for people who choose it for themselves; never judge pupils, staff or applicants by it (docs/privacy.md)."
)
"""Shown before each run."""


def add_options(parser: CommandParser) -> None:
    """Add the options of the command."""
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help=tr("recordings, and folders of recordings"))
    _add_method(parser)
    group = parser.section(tr("results"))
    group.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help=tr("the folder of the tables"))
    group.add_argument("--takes", action="store_true", help=tr("also keep the folder of each take, in OUT/takes"))
    about = tr("hash every recording again, even if its size and its time are as before")
    group.add_argument("--rehash", action="store_true", help=about)
    group = parser.section(tr("workers"))
    about = tr("processes that read at the same time (default: one for each processor)")
    group.add_argument("--workers", type=count, metavar="N", help=about)
    about = tr(
        "cut recordings that are longer into pieces of at most this length, such as 10m, so that several workers read "
        "one; the results are the same"
    )
    group.add_argument("--split", type=piece_length, metavar="LENGTH", help=about)
    about = tr("use the workers of this Dask scheduler, such as tcp://10.0.0.1:8786 (package coach[cluster])")
    group.add_argument("--scheduler", metavar="ADDRESS", help=about)


def _add_method(parser: CommandParser) -> None:
    group = parser.section(tr("how to read them"))
    which = parser.one_of(required=True)
    which.add_argument(
        "--script", type=Path, metavar="FILE", help=tr("judge the lines of this script in every recording")
    )
    about = tr("a list with the columns path and script, and perhaps role; paths begin in the folder of the list")
    which.add_argument("--scripts", type=Path, metavar="CSV", help=about)
    which.add_argument("--mirror", action="store_true", help=tr("read every face without a script, as the mirror does"))
    group.add_argument(
        "--role", metavar="NAME", help=tr("with --script: your part; the lines of the others are not judged")
    )
    about = tr("how much a hit needs (default: standard)")
    group.add_argument("--strictness", choices=["gentle", "standard", "strict"], default="standard", help=about)
    add_model(group)
    add_reads(group)


def run(args: argparse.Namespace) -> int:
    """Read the recordings.

    Raises:
        CoachError: an option, the script, the model, or the folder of the results cannot be used.
    """
    from coach.archive.hashes import Hashes
    from coach.archive.results import Results, attempt
    from coach.archive.run import ArchiveRun
    from coach.cli.signals import stoppable
    from coach.display.kit.console import open_console
    from coach.display.kit.progress import WorkBar

    _check_options(args)
    output.print_notice(tr(FAIR_USE))
    results = Results(args.output.absolute())
    recordings = _recordings(args, results)
    if not recordings:
        raise UsageError(tr("there is no recording in these paths; name videos, or folders of videos"))
    with ExitStack() as stack:
        check = stack.enter_context(stoppable())
        results.open(stack)
        hashes = Hashes([] if args.rehash else results.known_paths(), check=check)
        work = partial(attempt, out=str(results.folder), keep_take=args.takes, split_s=args.split)
        bar = stack.enter_context(WorkBar(open_console(), tr("Reading recordings"), len(recordings)))
        archive = ArchiveRun(
            results, hashes, partial(open_pool, args, work, check), takes=args.takes, check=check, progress=bar
        )
        try:
            archive.run(recordings)
        except KeyboardInterrupt:
            bar.__exit__(None, None, None)
            _print_outcome(archive.outcome, results, len(recordings))
            return INTERRUPTED
    _print_outcome(archive.outcome, results, len(recordings))
    return 1 if archive.outcome.failures else 0


def _check_options(args: argparse.Namespace) -> None:
    if not args.paths and args.scripts is None:
        raise UsageError(tr("name recordings, or folders of recordings"))
    if args.role is not None and args.script is None:
        raise UsageError(tr("--role is about the script of --script; in the list of --scripts it is a column"))
    if args.takes and args.mirror:
        raise UsageError(tr("--takes keeps takes of a script, and the mirror has none"))
    if args.workers is not None and args.scheduler is not None:
        raise UsageError(tr("--workers is about this machine; the scheduler of --scheduler has its own workers"))


def _recordings(args: argparse.Namespace, results: Results) -> list[Recording]:
    """The recordings that `args` name, with the way to read each."""
    from coach.archive.recordings import Methods, Recording, find_recordings, read_list
    from coach.base.settings import Settings

    settings = Settings(strictness=args.strictness, reads_per_s=args.reads_per_second)
    methods = Methods(settings, args.model, output.print_notice)
    found = list(find_recordings(args.paths, pictures=args.mirror, skip=results.folder))
    if args.scripts is None:
        method = methods.mirror() if args.mirror else methods.of(args.script, args.role)
        return [Recording(path, method) for path in found]
    listed = read_list(args.scripts, methods, skip=results.folder)
    if not args.paths:
        return listed
    by_path = {recording.path: recording for recording in listed}
    missing = tr("{file}: the list names no script for it", file=args.scripts)
    return [by_path.get(path, Recording(path, None, missing)) for path in found]


def open_pool(args: argparse.Namespace, work: Work, check: Callable[[], None] = lambda: None) -> WorkerPool:
    """Workers by Dask where it is installed, otherwise processes. What `check` raises ends their start."""
    workers = args.workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()) or os.cpu_count()
    try:
        from coach.archive.dask_pool import DaskPool
    except ImportError as error:
        if args.scheduler is not None:
            advice = "python -m pip install 'coach[cluster]'"
            raise UsageError(tr("--scheduler needs the package distributed: {command}", command=advice)) from error
        from coach.archive.pools import ProcessPool

        return ProcessPool(work, workers or 1)
    return DaskPool(work, workers or 1, args.scheduler, check)


def _print_outcome(outcome: Outcome, results: Results, total: int) -> None:
    """Say what was done, and list the failures."""
    from coach.base.text import clean, clean_name

    parts = [tr_n("{count:,} recording read", "{count:,} recordings read", outcome.read)]
    parts += [tr("{count:,} read before", count=outcome.earlier)] if outcome.earlier else []
    parts += [tr("{count:,} with the content of another", count=outcome.copies)] if outcome.copies else []
    parts += [tr("{count:,} failed", count=len(outcome.failures))] if outcome.failures else []
    left = total - outcome.total
    parts += [tr("{count:,} not reached", count=left)] if left else []
    folder = clean_name(str(results.folder))
    output.print_sentence(tr("{results}. The tables are in {folder}.", results=", ".join(parts), folder=folder))
    for failure in outcome.failures:
        file, reason = clean_name(str(failure.path)), clean(failure.reason)
        output.print_warning(tr("{file} was not read: {reason}", file=file, reason=reason))
    if left:
        output.print_sentence(tr("The same command goes on from here."))
