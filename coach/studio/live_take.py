"""A take that is played in the browser: the engine in a thread, fed by the page and watched by it."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from coach.app.composition import RehearsalRun
from coach.app.notices import Notices
from coach.base.events import CommandName
from coach.sources.microphone.pushed import PushedMicrophone
from coach.sources.pushed import PushedFrames
from coach.studio.live_run import LiveRun
from coach.studio.loudspeaker import Loudspeaker, PagePlayer
from coach.studio.stage_view import StageView, State

if TYPE_CHECKING:
    from pathlib import Path

    from coach.app.composition import RunOptions
    from coach.base.protocols import FrameSource
    from coach.base.settings import Settings
    from coach.core.script.script import Script
    from coach.voice.partner import ScenePartner

FROM_THE_PAGE: Final = "camera:browser"
"""The source of a take whose frames the page pushes; it counts as a camera."""


class LiveTake(LiveRun):
    """One take, from its first picture to its stored report.

    Attributes:
        id: names it in addresses.
        title: title of the script.
        camera: whether the page pushes its frames.
        source_kind: ``camera``, ``none``, or ``recording``.
        by_key: whether the actor ends each line with a key.
        reads_in: whether somebody beside the actor reads the lines of the others from the page.
        listens: whether the actor's voice ends each line, heard by the microphone of the page.
        hides: whether words of the actor are hidden.
        loudspeaker: plays sound in the page.
        microphone: takes the sound of the page's microphone; None if nobody listens.
        here: whether the page plays the sound, not the machine of the server.
        folder: the folder of the take, from the start of its playing on.
    """

    def __init__(
        self,
        script: Script,
        settings: Settings,
        options: RunOptions,
        bug_text: Callable[[Exception], str],
        *,
        here: bool = False,
    ) -> None:
        """Prepare without playing. `bug_text` keeps the details of a bug, and returns a sentence about it.

        Raises:
            CoachError: the script or the takes folder does not fit.
        """
        self.id = secrets.token_urlsafe(9)
        self.title = script.title
        self.camera = options.source == FROM_THE_PAGE
        self.source_kind = "camera" if self.camera else "none" if options.live else "recording"
        self.by_key = settings.takes_turns
        self.reads_in = script.has_partners and options.partner is not None and options.partner.mode == "off"
        self.listens = settings.advance == "voice"
        self.hides = settings.show != "full"
        self.here = here
        self.folder: Path | None = None
        self._notices = Notices(lambda _: None)
        self._played = RehearsalRun(script, settings, options, self._notices)
        clock = self._played.clock
        pushed = PushedFrames(clock, lead_in_s=settings.lead_in_s) if self.camera else None
        super().__init__("take", bug_text, clock, pushed)
        self.loudspeaker = Loudspeaker(clock, self._touch)
        self.microphone = PushedMicrophone(clock) if self.listens else None
        self._commands: deque[CommandName] = deque()
        self._paused_for_page = False
        self._view: StageView | None = None

    # --- called by the routes ---

    @property
    def is_watched(self) -> bool:
        """Whether it has begun and its page is there."""
        return self._begun and not self.presence.away and not self.presence.left_now

    def state(self, seen: int = -1, timeout_s: float = 0.0) -> State:
        """The state for the page, as soon as it is newer than version `seen`, or after the time."""
        state = self._view.wait(seen, timeout_s) if self._view else {"version": -1, "phase": "opening"}
        return {**state, "over": not self.running, "error": self.error, "sound": self.loudspeaker.state()}

    def push(self, picture: bytes, age_s: float) -> State:
        """Give the newest frame; the state once it was read."""
        self._read(picture, age_s)
        return self.state()

    def command(self, name: CommandName) -> None:
        """Give a command of the actor."""
        self._commands.append(name)

    def _ask_to_end(self) -> None:
        """End it as Ctrl-C does."""
        if self._view is not None:
            self._played.rehearsal.interrupted = True

    def _touch(self) -> None:
        """Tell the page that another sound is to be played."""
        if self._view is not None:
            self._view.touch()

    # --- called by the loop of the rehearsal, as `Controls` ---

    def poll(self) -> Sequence[CommandName]:
        """The commands of the page. A take whose page is gone ends; a recording waits for a page that is away."""
        if self.presence.gone:
            self._played.rehearsal.interrupted = True
        commands = [*self._commands]
        self._commands.clear()
        if not self.camera:
            commands += self._pause_while_away()
        return commands

    def _pause_while_away(self) -> list[CommandName]:
        away, paused = self.presence.away, self._view is not None and self._view.paused
        if away and not paused:
            self._paused_for_page = True
            return ["pause"]
        if not away and self._paused_for_page:
            self._paused_for_page = False
            return ["pause"] if paused else []
        return []

    def _held(self) -> bool:
        return self._paused_for_page or (self._pushed is not None and self._pushed.held)

    # --- the thread ---

    def _run(self) -> None:
        with ExitStack() as stack:
            self._open(stack, self._pushed)
            self._played.play()
            if not self._played.recorder.complete:
                self.error = f"Not all of this take was saved. {self._played.recorder.lost_sentence()}"

    def _close(self) -> None:
        if self._view is not None:
            self._view.close()

    def _open(self, stack: ExitStack, source: FrameSource | None) -> None:
        from coach.display.rehearsal.stage import RunInfo

        run = self._played
        partner = self._prepare_partner(stack)
        run.open(stack, source=source, microphone=self.microphone)
        self.folder = run.recorder.folder
        info = RunInfo(
            run.timeline,
            run.settings,
            source_name=run.source.info.name,
            live=run.options.live,
            meaning=run.perceiver.card.meaning if run.perceiver else "label",
            hearing=run.ear.hearing if run.ear else None,
        )
        self._view = StageView(info, self._held)
        run.rehearsal.add(self._view)
        run.rehearsal.add(self)
        run.notices.add_display(self._view)
        run.add_voice(self.loudspeaker if self.here else None)
        if partner is not None:
            run.add_partner(partner)
        self._opened.set()

    def _prepare_partner(self, stack: ExitStack) -> ScenePartner | None:
        """The partner with the first lines rendered; None if nobody is to speak."""
        from coach.app.partner import open_partner, partner_turns

        if self._played.script.role is None or not partner_turns(self._played):
            return None
        partner = open_partner(
            self._played, lambda _done, _all: None, PagePlayer(self.loudspeaker) if self.here else None
        )
        stack.callback(partner.close)
        return partner
