"""The kinds of inputs: how one is made from its number, and what the coach does with it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from coach.takes.archive_export import MANIFEST_NAME
from tools.hardening.mutations import flip_bits, mutate

Seeds = dict[str, bytes]
"""Good inputs by their file names, to be damaged."""


@dataclass(frozen=True)
class Kind:
    """One kind of inputs.

    Attributes:
        count: how many are tried by default.
        seeds: makes the good inputs in a folder.
        make: writes the damaged input of a random generator into a folder, and returns its path.
        use: lets the coach read it; raises `CoachError` where it is refused, anything else is a failure.
        programs: modules that the coach may start for it.
        steps: how many commands are used on it, one after the other.
    """

    count: int
    seeds: Callable[[Path], Seeds]
    make: Callable[[Seeds, Random, Path], Path]
    use: Callable[[Path], None]
    programs: tuple[str, ...] = ()
    steps: int = 1


class BugError(Exception):
    """The command line ended with the exit code of a bug."""


def run_command(*words: str | Path) -> int:
    """Run `coach WORDS` in this process, silently; return the exit code.

    Raises:
        BugError: it is a bug in the coach, or the terminal would get an escape sequence.
    """
    from coach.cli.main import BUG, main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([*map(str, words)])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 2
    if code == BUG:
        raise BugError(err.getvalue()[-2000:])
    if "\x1b" in out.getvalue() + err.getvalue():
        raise BugError("an escape sequence reached the terminal")
    return code


def _damaged(seeds: Seeds, rng: Random, folder: Path) -> Path:
    name = rng.choice(sorted(seeds))
    path = folder / f"input{Path(name).suffix}"
    path.write_bytes(mutate(seeds[name], rng))
    return path


# --- scripts ----------------------------------------------------------------------------------------------------------

_WORDS: Final = (
    "sad",
    "fear",
    "joy",
    "happy > sad",
    "worried",
    "own",
    "neutral 0.3",
    "9",
    "ANNA",
    "(beat)",
    "fără",
    "誰",
    "",
)
_FOUNTAIN: Final = b"Title: It\n\nINT. ROOM - DAY\n\nANNA\n(sadly)\nThey said by morning.\n\nBEN\nWait.\n\nCUT TO:\n"
_FDX: Final = (
    b'<?xml version="1.0"?><FinalDraft DocumentType="Script"><Content><Paragraph Type="Character"><Text>ANNA</Text>'
    b'</Paragraph><Paragraph Type="Dialogue"><Text>They said by morning.</Text></Paragraph></Content></FinalDraft>'
)


def script_seeds(folder: Path) -> Seeds:  # noqa: ARG001  as every kind
    """Return the example scripts, and small ones in the formats of other programs."""
    from coach.base.files import examples_folder

    examples = {path.name: path.read_bytes() for path in sorted(examples_folder().iterdir()) if path.is_file()}
    return {**examples, "a.fountain": _FOUNTAIN, "a.fdx": _FDX}


def make_script(seeds: Seeds, rng: Random, folder: Path) -> Path:
    """Write a damaged script, or one made of right words in a wrong order."""
    if rng.random() < 0.5:
        return _damaged(seeds, rng, folder)
    kind = rng.choice(("json", "yaml", "txt", "md"))
    path = folder / f"input.{kind}"
    path.write_text(_json(rng) if kind in ("json", "yaml") else _tagged(rng), encoding="utf-8")
    return path


def _json(rng: Random) -> str:
    keys = ("text", "emotion", "duration_s", "beats", "start", "id", "role", "intensity", "listening", "x")
    lines: list[object] = [
        {key: _value(rng) for key in rng.sample(keys, rng.randint(0, 5))} for _ in range(rng.randint(0, 12))
    ]
    script: dict[str, Any] = {
        "title": _value(rng),
        "language": _value(rng),
        "lines": rng.choice((lines, lines, _value(rng))),
    }
    return json.dumps({key: script[key] for key in rng.sample(sorted(script), rng.randint(1, 3))})


def _value(rng: Random) -> Any:  # noqa: ANN401  any value of JSON
    simple: tuple[object, ...] = (
        None,
        True,
        -1,
        0,
        3,
        1e308,
        float("nan"),
        "",
        [],
        {},
        rng.choice(_WORDS),
        [0.2, 0.4],
        ["a", 1],
        "x" * 3000,
    )
    return rng.choice((*simple, rng.choice(_WORDS) + " " + rng.choice(_WORDS)))


def _tagged(rng: Random) -> str:
    pieces = (
        "[",
        "]",
        ">",
        "(",
        ")",
        ":",
        "\n",
        "\n\n",
        " ",
        "  ",
        "---",
        "#",
        "**",
        "title: ",
        "/",
        "!",
        "0.5",
        "-",
        ",",
    )
    return "".join(rng.choice((rng.choice(pieces), rng.choice(_WORDS))) for _ in range(rng.randint(1, 120)))


def use_script(path: Path) -> None:
    """Load the script, and lay its lines out in time."""
    from coach.core.script.timeline import build_timeline
    from coach.scripts import load_script

    build_timeline(load_script(path))


# --- videos, pictures, sounds -----------------------------------------------------------------------------------------


def media_seeds(folder: Path) -> Seeds:
    """Return a short video in several containers, pictures of several formats, and a sound."""
    from PIL import Image

    take = _short_take(folder)
    found = {path.name: path.read_bytes() for path in take}
    picture = Image.effect_noise((48, 40), 90).convert("RGB")
    for suffix in ("png", "jpg", "gif", "webp", "bmp", "tiff", "ppm", "avif"):
        picture.save(folder / f"a.{suffix}")
        found[f"a.{suffix}"] = (folder / f"a.{suffix}").read_bytes()
    picture.save(folder / "b.gif", save_all=True, append_images=[Image.effect_noise((48, 40), 20).convert("RGB")] * 3)
    return {**found, "b.gif": (folder / "b.gif").read_bytes()}


def _short_take(folder: Path) -> list[Path]:
    """Write ten pictures and half a second of sound in each container."""
    import numpy as np

    from coach.media.libav import av

    rng, paths = np.random.default_rng(1), []
    for name, codec in (
        ("a.mp4", "mpeg4"),
        ("a.mkv", "mjpeg"),
        ("a.avi", "mpeg4"),
        ("a.ts", "mpeg2video"),
        ("a.wav", ""),
    ):
        with av.open(str(folder / name), "w") as container:
            if codec:
                stream: Any = container.add_stream(codec, rate=25)
                stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p" if codec == "mjpeg" else "yuv420p"
                for _ in range(10):
                    image = rng.integers(0, 255, (48, 64, 3), np.uint8)
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
                container.mux(stream.encode())
            else:
                sound: Any = container.add_stream("pcm_s16le", rate=8000, layout="mono")
                block = av.AudioFrame.from_ndarray(rng.integers(-99, 99, (1, 4000), np.int16), "s16", "mono")
                block.sample_rate = 8000
                container.mux(sound.encode(block))
                container.mux(sound.encode())
        paths.append(folder / name)
    return paths


def use_media(path: Path) -> None:
    """Read a picture or video to its end, and convert a sound."""
    from coach.base.errors import CoachError
    from coach.media.sound_file import write_wav
    from coach.sources import open_source

    if path.suffix == ".wav":
        try:
            write_wav(path, path.with_name("out.wav"), 60.0)
        except (OSError, ValueError) as error:
            raise CoachError(str(error)) from error
        return
    source = open_source(str(path))
    try:
        while source.read() is not None:
            pass
    finally:
        source.close()


# --- models -----------------------------------------------------------------------------------------------------------


def model_seeds(folder: Path) -> Seeds:  # noqa: ARG001  as every kind
    """Return a small shipped model with its card."""
    from coach.base.files import models_folder

    return {name: (models_folder() / name).read_bytes() for name in ("mini_xception.onnx", "mini_xception.json")}


def make_model(seeds: Seeds, rng: Random, folder: Path) -> Path:
    """Write a damaged model with a card that names its hash, or a damaged card."""
    model, card = seeds["mini_xception.onnx"], json.loads(seeds["mini_xception.json"])
    head = rng.random() < 0.6
    if rng.random() < 0.7:  # the structure is at both ends, the weights in between
        model = mutate(model[:3000], rng) + model[3000:] if head else model[:-3000] + mutate(model[-3000:], rng)
    else:
        model = flip_bits(model, rng, 1)
    card |= {"file": "input.onnx", "sha256": hashlib.sha256(model).hexdigest(), "name": "input"}
    text = json.dumps(card).encode()
    (folder / "input.json").write_bytes(mutate(text, rng) if rng.random() < 0.3 else text)
    (folder / "input.onnx").write_bytes(model)
    return folder / "input.onnx"


def use_model(path: Path) -> None:
    """Load the model as `--model` does, and read one face."""
    import numpy as np

    from coach.perception.pipeline import load_model

    classifier = load_model(path)
    size = (1, classifier.card.input.height, classifier.card.input.width)
    with contextlib.suppress(TimeoutError):  # the limit of a run, which is reported as a lost frame
        classifier.classify(np.random.default_rng(0).integers(0, 255, size, np.uint8))


# --- archives and take folders ----------------------------------------------------------------------------------------


def take_seeds(folder: Path) -> Seeds:
    """Play the example once, and return the files of the take."""
    take = _played(folder)
    return {path.name: path.read_bytes() for path in sorted(take.iterdir()) if path.is_file()}


def archive_seeds(folder: Path) -> Seeds:
    """Return an archive of the played example."""
    _played(folder)
    run_command("takes", "export", ":1", folder / "take.zip", "--takes", folder / "played")
    return {"take.zip": (folder / "take.zip").read_bytes()}


def _played(folder: Path) -> Path:
    run_command("demo", "--fast", "--plain", "--takes", folder / "played")
    (take,) = (path for path in (folder / "played").iterdir() if path.is_dir())
    return take


def make_archive(seeds: Seeds, rng: Random, folder: Path) -> Path:
    """Write a damaged archive: of its bytes, of its names, or of one file whose hash in the manifest is right."""
    path, kind = folder / "input.zip", rng.random()
    if kind < 0.4:
        path.write_bytes(mutate(seeds["take.zip"], rng))
        return path
    with zipfile.ZipFile(io.BytesIO(seeds["take.zip"])) as old:
        content_by_name = {name: old.read(name) for name in old.namelist()}
    hurt = rng.choice(sorted(content_by_name))
    content_by_name[hurt] = mutate(content_by_name[hurt], rng)
    if kind < 0.8 and hurt != MANIFEST_NAME:
        content_by_name[MANIFEST_NAME] = _with_hash(content_by_name, hurt)
    else:
        bad = rng.choice(("../", "../../canary/", "/tmp/", "CON/", "takes/../"))  # noqa: S108  it must be refused
        content_by_name = {(bad if name == hurt else "") + name: data for name, data in content_by_name.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in content_by_name.items():
            new.writestr(name, data)
    return path


def _with_hash(content_by_name: Seeds, hurt: str) -> bytes:
    """Return the manifest with the size and hash of the file `hurt`."""
    manifest = json.loads(content_by_name[MANIFEST_NAME])
    for file in manifest["takes"][0]["files"]:
        if hurt.endswith(f"/{file['name']}"):
            data = content_by_name[hurt]
            file |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return json.dumps(manifest).encode()


def use_archive(path: Path) -> None:
    """Import the archive, and list and show what came of it."""
    from coach.base.errors import CoachError

    takes = path.parent / "takes"
    refused = run_command("takes", "import", path, "--takes", takes)
    run_command("takes", "--takes", takes)
    if takes.is_dir() and any(each.is_dir() for each in takes.iterdir()):
        run_command("report", ":1", "--takes", takes)
    if refused:
        raise CoachError("at least one take was refused")


def make_take(seeds: Seeds, rng: Random, folder: Path) -> Path:
    """Write a take folder in which some bits are flipped."""
    take = folder / "takes" / "2026-11-24_13-55-02_input"
    take.mkdir(parents=True)
    hurt = rng.choice((*sorted(seeds), "journal.jsonl", "report.json"))
    for name, data in seeds.items():
        (take / name).write_bytes(flip_bits(data, rng, rng.choice((1, 1, 8, 200))) if name == hurt else data)
    return take


def use_take(path: Path) -> None:
    """Do with the take whatever a user may: list, show, report, page, recover, rescore, export."""
    takes = ("--takes", path.parent)
    run_command("takes", *takes)
    run_command("takes", "show", ":1", *takes)
    run_command("report", ":1", "--html", path.parent.parent / "page.html", *takes)
    run_command("report", ":1", "--details", "--json", path.parent.parent / "report.json", *takes)
    run_command("rescore", ":1", "--strictness", "strict", *takes)
    run_command("history", "Waiting for news", *takes)
    run_command("takes", "export", ":1", path.parent.parent / "out.zip", *takes)
    (path / "report.json").unlink(missing_ok=True)
    run_command("takes", "recover", "--all", *takes)


def clear(folder: Path) -> None:
    """Remove everything in `folder`."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


_CHILDREN: Final = ("coach.perception", "coach.scripts.importing.pdf_child")

KINDS: Final = {
    "scripts": Kind(100_000, script_seeds, make_script, use_script, _CHILDREN),
    "media": Kind(2_000, media_seeds, _damaged, use_media),
    "models": Kind(500, model_seeds, make_model, use_model, _CHILDREN),
    "archives": Kind(500, archive_seeds, make_archive, use_archive, steps=3),
    "takes": Kind(500, take_seeds, make_take, use_take, steps=8),
}
