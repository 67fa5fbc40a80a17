"""Time the scene partner: how long rendering takes, and how soon a reply starts after its cue.

    python tools/bench_partner.py [--lines N]

Renders lines of a dialogue with the speech engine of the system into an empty cache, and again with a full one. Then it
lets the partner say each line, and measures the time from the event that starts the line until the player process
opens its file. The player is a stand-in that is found as `aplay`: it logs its start and exits, so no sound device is
needed. Prints the medians and the slowest, and exits with 1 where a reply starts later than 150 ms. Linux only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.base.events import PartnerStarted
from coach.sources.clocked import SystemClock
from coach.voice.engines import Speech, SystemEngine
from coach.voice.line_sounds import LineSounds, LineToRender
from coach.voice.partner import Manner, ScenePartner
from coach.voice.playback import Player
from coach.voice.speech_cache import SpeechCache

LIMIT_S: Final = 0.15

FRAME_S: Final = 1 / 30
"""Time between two turns of the main loop with a camera; the partner is asked that often whether it has finished."""

PLAYER: Final = """#!{python} -S
import time
with open({log!r}, "a") as log:
    log.write(f"{{time.monotonic()}}\\n")
"""


def main(argv: list[str] | None = None) -> int:
    """Measure and print; return 1 where a reply starts too late."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=20, metavar="N", help="lines of the dialogue (default: 20)")
    count = parser.parse_args(argv).lines
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = render_s(count, folder)
        print(f"rendering, empty cache   {first / count * 1000:7.0f} ms a line")
        print(f"rendering, full cache    {render_s(count, folder) / count * 1000:7.1f} ms a line")
        delays = reply_delays_s(count, folder)
    print(f"start of a reply, median {statistics.median(delays) * 1000:7.0f} ms")
    print(f"start of a reply, latest {max(delays) * 1000:7.0f} ms, limit {LIMIT_S * 1000:.0f} ms")
    return int(max(delays) > LIMIT_S)


def sounds_of(count: int, folder: Path) -> LineSounds:
    """Return the sounds of `count` lines, which are rendered into the cache in `folder`."""
    engine = SystemEngine()
    voices = engine.voices().speaking("en")
    lines = [
        LineToRender(n, Speech(f"This is line {n}, and it is as long as most.", voices[n % len(voices)].id, 170))
        for n in range(1, count + 1)
    ]
    return LineSounds(lines, {}, engine, SpeechCache(folder / "speech"), print, ahead=count)


def render_s(count: int, folder: Path) -> float:
    """Return the seconds from the list of voices to the last line."""
    began = time.monotonic()
    sounds = sounds_of(count, folder)
    sounds.wait()
    seconds = time.monotonic() - began
    sounds.close()
    return seconds


def reply_delays_s(count: int, folder: Path) -> list[float]:
    """Return the seconds from the start of each line until its player runs."""
    log = folder / "log"
    player = folder / "aplay"
    player.write_text(PLAYER.format(python=sys.executable, log=str(log)))
    player.chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    sounds = sounds_of(count, folder)
    sounds.wait()
    partner = ScenePartner(sounds, Player(folder), Manner(), SystemClock(), print)
    delays = []
    for number in range(1, count + 1):
        time.sleep(0.5)  # the actor speaks
        began = time.monotonic()
        partner.handle(PartnerStarted(0.0, 60.0, "BEN", "", number))
        while not partner.poll():
            time.sleep(FRAME_S)
        delays.append(float(log.read_text().splitlines()[-1]) - began)
    partner.close()
    return delays


if __name__ == "__main__":
    sys.exit(main())
