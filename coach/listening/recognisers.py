"""What the actor said, in words: two recognisers behind one protocol. Both work without a network.

PocketSphinx follows the line: it says which words of it were spoken, and cannot hear others. faster-whisper hears any
words; its model is a folder that the user names.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import queue
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from coach.base.child_process import end_child, end_input, kill_tree, start_child
from coach.base.errors import ModelError
from coach.base.messages import language as language_of_messages
from coach.base.messages import mark, tr
from coach.base.text import clean, clean_name
from coach.core.rehearsal.spoken_words import CONTRACTIONS, words_of
from coach.listening.sound import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

INSTALL: Final = mark("Install what words need: python -m pip install 'coach[words]'.")
"""Brings PocketSphinx. faster-whisper, which hears more, is named in docs/listening.md."""

GUESSED_CHARS_PER_S: Final = 40
"""More letters per second are the guesses of a network in noise; fast speech has half as many."""


LOAD_S: Final = 60.0
"""Longest time to load a model; a large one from a slow disk takes half a minute."""

HEAR_S: Final = 20.0
"""Longest time for the words of one line. A line that takes longer ends by silence alone."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a line.

    Attributes:
        said: the words.
        whole: whether any word could be heard, and not only those of the line.
    """

    said: str
    whole: bool


class Recogniser(Protocol):
    """Turns the sound of one line into words."""

    @property
    def name(self) -> str:
        """Name of the program and its model, for the report."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of the model; empty for one that comes with its program."""
        ...

    def hear(self, samples: NDArray[np.int16], line: str) -> Heard:
        """The words in `samples` (n,) int16, mono, 16 kHz. `line` is what should be said. Takes up to seconds."""
        ...

    def close(self) -> None:
        """Release its processes. Safe to call twice."""
        ...


class LineFollower:
    """PocketSphinx with its own English model, and a grammar of the line in which each word may be left out."""

    name = "PocketSphinx"
    sha256 = ""

    def __init__(self) -> None:
        """Load the model.

        Raises:
            ImportError: pocketsphinx is not installed.
        """
        import pocketsphinx

        self._decoder: Any = pocketsphinx.Decoder(samprate=RATE, lm=None, loglevel="FATAL")

    def hear(self, samples: NDArray[np.int16], line: str) -> Heard:
        """The words of `line` that were spoken. A word that is not in the dictionary counts as spoken."""
        words = words_of(line)
        grammar = self._grammar(words)
        if not grammar:
            return Heard(line, whole=False)
        self._decoder.add_jsgf_string("line", f"#JSGF V1.0; grammar g; public <line> = {grammar};")
        self._decoder.activate_search("line")
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        return Heard(self._with_unknown(words, words_of(best.hypstr if best else "")), whole=False)

    def close(self) -> None:
        """Do nothing; everything is in this process."""

    def _knows(self, word: str) -> bool:
        return re.fullmatch(r"[a-z']+", word) is not None and self._decoder.lookup_word(word) is not None

    def _grammar(self, words: list[str]) -> str:
        """Each known word, or it and the next one contracted, and each of them may be missing."""
        parts = []
        for number, word in enumerate(words):
            short = CONTRACTIONS.get(" ".join(words[number : number + 2]), "")
            choices = [each for each in (word, short) if each and self._knows(each)]
            if choices:
                parts.append(f"[{' | '.join(choices)}]")
        return " ".join(parts)

    def _with_unknown(self, words: list[str], heard: list[str]) -> str:
        """What was heard, with the words of the line that the dictionary lacks at their places."""
        said, rest = [], list(heard)
        for word in words:
            if not self._knows(word):
                said.append(word)
            elif word in rest:
                place = rest.index(word)
                said += rest[: place + 1]
                rest = rest[place + 1 :]
        return " ".join([*said, *rest])


class Whisper:
    """faster-whisper with a model that the user has."""

    def __init__(self, folder: Path, language: str, sha256: str = "") -> None:
        """Load the model in `folder`.

        Args:
            folder: folder with `model.bin`, in the format of CTranslate2.
            language: language code of the script.
            sha256: what the SHA-256 of `model.bin` must be; empty for any.

        Raises:
            ModelError: the folder has no such model, or another one.
            ImportError: faster-whisper is not installed.
        """
        model = folder / "model.bin"
        if not model.is_file():
            raise ModelError(
                tr(
                    "--words-model {folder}: the folder has no model.bin of faster-whisper.",
                    folder=clean_name(str(folder)),
                )
            )
        self.sha256 = _sha256(model)
        if sha256 and self.sha256 != sha256.lower():
            raise ModelError(
                tr(
                    "--words-model: the SHA-256 of model.bin is {found}, not {wanted}.",
                    found=self.sha256,
                    wanted=clean(sha256, 64),
                )
            )
        self._model = _load_whisper(folder)
        self._language = language if self._model.model.is_multilingual else "en"
        self.name = f"faster-whisper, {clean_name(folder.name)}"

    def hear(self, samples: NDArray[np.int16], line: str) -> Heard:  # noqa: ARG002
        """The words in `samples`; `line` is not used, so that nothing is heard only because it is expected."""
        sound = samples.astype(np.float32) / 32768
        segments, _ = self._model.transcribe(
            sound, language=self._language, beam_size=1, without_timestamps=True, condition_on_previous_text=False
        )
        said = " ".join(segment.text.strip() for segment in segments)
        return Heard(clean(said, round(GUESSED_CHARS_PER_S * len(samples) / RATE)), whole=True)

    def close(self) -> None:
        """Do nothing; everything is in this process."""


def _load_whisper(folder: Path) -> Any:  # noqa: ANN401 - a class of an optional package
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        why = clean(str(error), 200)
        raise ModelError(
            tr("--words-model {folder} cannot be loaded: {why}", folder=clean_name(str(folder)), why=why)
        ) from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def missing_recogniser(model: str | None, language: str) -> str:
    """The sentence that says why words cannot be recognised; empty if they can.

    Args:
        model: as for `open_recogniser`.
        language: language code of the script.
    """
    if model is not None:
        text = tr("Words are not compared: faster-whisper is missing. python -m pip install faster-whisper")
        return "" if _installed("faster_whisper") else text
    if not _installed("pocketsphinx"):
        missing = tr("Words are not compared: pocketsphinx is missing.")
        return f"{missing} {tr(INSTALL)}"
    if language.partition("-")[0] != "en":
        return tr(
            "Words are not compared: PocketSphinx knows only English, and the script is in {language}.",
            language=clean(language, 12),
        )
    return ""


def open_recogniser(model: str | None, language: str) -> Recogniser:
    """Load a recogniser in this process.

    Args:
        model: folder of a model of faster-whisper, with ``#`` and its SHA-256 behind it if that is to be checked; None
            for PocketSphinx.
        language: language code of the script.

    Raises:
        ModelError: `model` cannot be used.
        ImportError: what it needs is not installed.
    """
    if model is None:
        return LineFollower()
    folder, _, sha256 = model.partition("#")
    return Whisper(Path(folder).expanduser(), language, sha256)


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


class RecogniserProcess:
    """A recogniser in a child process, which is killed if it takes too long, and then stays out of use.

    Attributes:
        name, sha256: as in `Recogniser`.
    """

    def __init__(self, model: str | None, language: str) -> None:
        """Start the child, and wait until it has loaded its model.

        Raises:
            ModelError: the model cannot be used.
        """
        path = [] if model is None else [str(Path(model).expanduser().absolute())]
        self._process = start_child(
            "coach.listening.words_child", language, *path, variables={"COACH_LANGUAGE": language_of_messages()}
        )
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="words", daemon=True).start()
        opened = self._next_answer(LOAD_S)
        self.name, self.sha256 = str(opened.get("opened", "")), str(opened.get("sha256", ""))
        if not self.name:
            self.close()
            raise ModelError(str(opened.get("failed", tr("The process that recognises words does not start."))))

    def hear(self, samples: NDArray[np.int16], line: str) -> Heard:
        """The words in `samples`; see `Recogniser`.

        Raises:
            OSError: the child failed, or took too long.
        """
        assert self._process.stdin is not None
        head = json.dumps({"line": line, "bytes": samples.nbytes}) + "\n"
        try:
            self._process.stdin.write(head.encode() + samples.tobytes())
            self._process.stdin.flush()
        except ValueError as error:
            raise OSError(tr("the process that recognises words was ended")) from error
        answer = self._next_answer(HEAR_S)
        if "said" not in answer:
            raise OSError(str(answer.get("failed", tr("no answer in time"))))
        return Heard(str(answer["said"]), whole=bool(answer["whole"]))

    def close(self) -> None:
        """End the child. Safe to call twice."""
        end_input(self._process)
        end_child(self._process, 0.5)

    def _next_answer(self, limit_s: float) -> dict[str, Any]:
        try:
            return self._answers.get(timeout=limit_s)
        except queue.Empty:
            kill_tree(self._process)  # it would answer a later request with the words of this one
            return {}

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe, suppress(ValueError):
            while line := pipe.readline():
                self._answers.put(json.loads(line))
        self._answers.put({"failed": tr("The process that recognises words ended.")})
