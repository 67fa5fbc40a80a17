"""Piper, a speech engine with better voices: a program of its own, used where it is installed, never imported.

Piper is under the GPL-3. A voice is a model, NAME.onnx, with NAME.onnx.json beside it; the user names its path.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from coach.base.errors import MissingLibraryError, VoiceError
from coach.base.files import error_reason, read_regular, sha256_of
from coach.base.messages import tr
from coach.base.text import clean
from coach.voice.engines import LONGEST_TEXT, Speech
from coach.voice.process import NO_ENGINE, ChildFailed, Children, Interrupted, Job
from coach.voice.sounds import sound_folder
from coach.voice.voices import Voice, Voices, language_tag

PROGRAM: Final = "piper"

LIMIT_S: Final = 60.0
"""Longest time for one line; 2,000 characters take a slow machine about half of it."""

_USUAL_WORDS_PER_MINUTE: Final = 170
"""Speed of a voice of Piper at its length scale 1, as its makers speak in the recordings that it learned from."""


class PiperEngine:
    """Voices of Piper.

    Args:
        models: paths of the models.

    Raises:
        VoiceError: a model or the file beside it cannot be read.
    """

    def __init__(self, models: tuple[Path, ...]) -> None:
        voices = [(voice, model, speaker) for model in models for voice, speaker in _voices_of(model)]
        self._voices = Voices(tuple(voice for voice, _, _ in voices))
        self._models = {voice.id: (model, speaker) for voice, model, speaker in voices}
        self._identity = "piper " + " ".join(sha256_of(model) for model in models)
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(sound_folder())
        self._children = self._stack.enter_context(Children(self._folder, modes=(NO_ENGINE,)))
        self._job = Job()

    @property
    def identity(self) -> str:
        """Piper and the checksums of its models."""
        return self._identity

    def voices(self) -> Voices:
        """The voices of the models."""
        _program()
        return self._voices

    def render(self, speech: Speech, path: Path) -> None:
        """Write `speech` to `path`."""
        text = clean(speech.text, LONGEST_TEXT)
        if not text:
            raise VoiceError(tr("there is nothing to say"))
        model, speaker = self._models[speech.voice]
        command = [_program(), "--model", str(model), "--output_file", str(path.absolute())]
        command += ["--length_scale", f"{_USUAL_WORDS_PER_MINUTE / speech.words_per_minute:.3f}"]
        command += [] if speaker is None else ["--speaker", str(speaker)]
        path.unlink(missing_ok=True)
        self._run({"do": "run", "command": command, "text": f"{text}\n"})
        if not path.is_file():
            raise VoiceError(
                tr("the program {program} wrote no sound; is it the speech program of that name?", program=PROGRAM)
            )

    def cancel(self) -> None:
        """Interrupt the program."""
        self._job.cancel()

    def close(self) -> None:
        """End the child that waits for the next line."""
        self._stack.close()

    def _run(self, request: dict[str, Any]) -> None:
        try:
            self._children.ask(self._children.get_ready(self._job), request, LIMIT_S)
        except (ChildFailed, Interrupted) as failure:
            raise VoiceError(
                tr("{program} failed: {reason}", program=PROGRAM, reason=clean(str(failure), 120) or tr("cancelled"))
            ) from failure


def _program() -> str:
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingLibraryError(
            tr("The program {program} is not installed, which speaks with the models you named.", program=PROGRAM)
        )
    return program


def _voices_of(model: Path) -> list[tuple[Voice, int | None]]:
    """The voices of `model`, each with its number among several in one model."""
    card = model.with_name(f"{model.name}.json")
    try:
        fields = json.loads(read_regular(card))
        language = language_tag(str(fields["language"]["code"]))
        speakers = fields.get("speaker_id_map") or {}
        numbered = {str(name): int(number) for name, number in speakers.items()}
    except OSError as error:
        raise VoiceError(
            tr(
                "{card}: {reason}; a model of {program} comes with this file",
                card=card,
                reason=error_reason(error),
                program=PROGRAM,
            )
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VoiceError(
            tr("{card}: this does not describe a voice of {program}", card=card, program=PROGRAM)
        ) from error
    if not model.is_file():
        raise VoiceError(
            tr("{model}: no such file; name the model of a voice of {program}", model=model, program=PROGRAM)
        )
    path, name = str(model.absolute()), clean(model.stem, 60)
    if len(numbered) < 2:
        return [(Voice(path, name, (language,)), None)]
    return [(Voice(f"{path}#{n}", f"{name} {clean(who, 20)}", (language,)), n) for who, n in numbered.items()]
