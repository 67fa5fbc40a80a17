"""One network in every format answers alike, is timed fairly beside mini_xception, and the figures are told in full."""

from __future__ import annotations

import contextlib
import io
import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from run_help import face_take, noise, tiny_run, write_faces

from coach.perception.classifier import scale_crops
from tools.bench_models import BATCHES, THREADS, YARDSTICK, Answered, Result, bench, main
from tools.bench_report import as_markdown, as_rich, draw
from tools.conversion.formats import open_format, open_source, to_tflite
from tools.conversion.model_files import ConversionError
from tools.conversion.timing import WARM_UP, Candidate, medians_ms, read_card, times_ms
from tools.conversion.training_run import convert_run, open_run

# Keras 3.15 on numpy 2.4, whenever it saves or loads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

NAMES = ["Keras", "TFLite", "ONNX", "ONNX int8", "ONNX fp16", YARDSTICK]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return face_take(tmp_path_factory.mktemp("take") / "face.avi")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_run(tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="module")
def model(run: Path, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert_run(run, tmp_path_factory.mktemp("models"), "small", take)


@dataclass(frozen=True)
class Told:
    """What one call of the command printed, and the rows of the Markdown that it wrote, as cells by column."""

    printed: str
    rows: dict[str, dict[str, str]]
    folder: Path


@pytest.fixture(scope="module")
def told(run: Path, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("figures")
    faces = write_faces(tmp_path_factory.mktemp("faces"), each=20)
    words = [str(run), "--data", str(faces), "--take", str(take), "--repeats", "3", "--out", str(folder)]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(words) == 0
    header, _, *lines = ([cell.strip() for cell in line.split("|")[1:-1]] for line in _table(folder / "formats.md"))
    return Told(printed.getvalue(), {cells[0]: dict(zip(header, cells, strict=True)) for cells in lines}, folder)


def _table(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]


def test_every_format_is_measured_and_the_yardstick_last(told: Told) -> None:
    assert list(told.rows) == NAMES
    assert all(name in told.printed for name in NAMES)
    assert "answers on: pictures of faces" in told.printed
    assert sorted(each.name for each in told.folder.iterdir()) == ["formats.md", "formats.png"]
    times = [f"{threads} × {batch}" for threads in THREADS for batch in BATCHES]
    assert all(float(row[column]) > 0 for row in told.rows.values() for column in times)


def test_the_ratio_is_to_the_yardstick_at_one_face_on_one_thread(told: Told) -> None:
    standard = float(told.rows[YARDSTICK]["1 × 1"])
    for row in told.rows.values():
        assert float(row["ratio"]) == pytest.approx(float(row["1 × 1"]) / standard, rel=0.05, abs=0.01)


def test_the_formats_name_the_same_emotions(told: Told) -> None:
    same = {name: row["as Keras"] for name, row in told.rows.items()}
    assert (same["Keras"], same["TFLite"], same["ONNX"], same[YARDSTICK]) == ("100.0%", "100.0%", "100.0%", "-")
    assert float(same["ONNX int8"].rstrip("%")) > 80
    assert float(same["ONNX fp16"].rstrip("%")) > 95
    labels = {name: row["by labels"] for name, row in told.rows.items()}
    assert labels["Keras"] == labels["TFLite"] == labels["ONNX"] != "-"
    assert {row["by viewers"] for row in told.rows.values()} == {"-"}


def test_each_format_gives_the_networks_probabilities(run: Path, model: Path, tmp_path: Path) -> None:
    card = read_card(model.with_suffix(".json"))
    shown = scale_crops(noise(20), card.input)
    wanted = open_run(run)[1].call(shown).numpy()
    (tmp_path / "float.tflite").write_bytes(to_tflite(open_source(run)))
    asked = [
        open_format("keras", run, card, 1),
        open_format("tflite", tmp_path / "float.tflite", card, 2),
        open_format("onnx", model, card, 2),
    ]
    for ask in asked:
        assert np.abs(ask(shown) - wanted).max() < 1e-5
        assert np.abs(ask(shown[:3]) - wanted[:3]).max() < 1e-5  # of any batch
    assert wanted.std(axis=0).max() > 0.01


def test_a_keras_file_is_described_by_the_card_of_its_onnx_model(run: Path, model: Path, take: Path) -> None:
    """Its logits are turned into probabilities; the offsets of the run are not in it."""
    card = read_card(model.with_suffix(".json"))
    source = run / "model.keras"
    answers = open_source(source, card).call(scale_crops(noise(5), card.input)).numpy()
    assert answers.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    other = card.model_copy(update={"input": card.input.model_copy(update={"width": 40, "height": 40})})
    for wrong in (other, None):
        with pytest.raises(ConversionError, match="which no card describes"):
            open_source(source, wrong)
    with pytest.raises(ConversionError, match="name the ONNX model that it became with --onnx"):
        bench(source, None, Answered(None, "held_out", take), 1)


# --- timing ---------------------------------------------------------------------------------------------------------


def test_things_are_timed_in_turns_and_the_median_is_told() -> None:
    """On a clock that the calls move: the warm-up and one slow round do not count."""
    now, order = [0.0], []
    rounds = itertools.count()

    def fast() -> None:
        order.append("fast")
        number = next(rounds)
        now[0] += 9 if number < WARM_UP or number == WARM_UP + 1 else 0.002

    def slow() -> None:
        order.append("slow")
        now[0] += 0.5

    found = medians_ms({"fast": fast, "slow": slow}, 5, lambda: now[0])
    assert found == pytest.approx({"fast": 2, "slow": 500})
    assert order == ["fast", "slow"] * (WARM_UP + 5)


def test_a_timing_process_that_fails_says_why(tmp_path: Path, model: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"(?i)protobuf"):
        times_ms([Candidate("broken", "onnx", str(broken), str(model.with_suffix(".json")))], 1, [1], 1)


# --- what is told ---------------------------------------------------------------------------------------------------

ONE = Result("ONNX", 2**20, {1: {1: 1.5, 8: 0.5}, 2: {1: 1.25, 8: 0.25}}, 3.125, 0.987, 0.61, 0.826)
TWO = replace(ONE, name=YARDSTICK, ratio=1.0, same=None, labels=None, viewers=None)


def test_the_table_holds_every_figure() -> None:
    lines = as_markdown([ONE, TWO], "On a machine").splitlines()
    assert lines[0] == "| model | MB | 1 × 1 | 1 × 8 | 2 × 1 | 2 × 8 | ratio | as Keras | by labels | by viewers |"
    assert lines[2] == "| ONNX | 1.00 | 1.500 | 0.500 | 1.250 | 0.250 | 3.12 | 98.7% | 61.0% | 82.6% |"
    assert lines[3].endswith("| 1.00 | - | - | - |")
    assert lines[-1] == "On a machine."
    table = as_rich([ONE, TWO], "On a machine")
    assert [str(cell) for column in table.columns for cell in column.cells][:2] == ["ONNX", YARDSTICK]
    assert (len(table.columns), table.row_count) == (10, 2)


@pytest.mark.parametrize(
    "results", [[ONE, TWO], [replace(ONE, viewers=None), TWO], [replace(ONE, viewers=None, labels=None), TWO]]
)
def test_the_plot_is_drawn_whatever_is_known(tmp_path: Path, results: list[Result]) -> None:
    draw(results, tmp_path / "formats.png")
    picture = cv2.imread(str(tmp_path / "formats.png"))
    assert picture is not None
    blue = (picture[..., 0] > 140) & (picture[..., 2] < 30)  # the first model's points
    assert 20 < blue.sum() < 2000


def test_the_command_says_why_it_did_not_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.keras")]) == 1
    assert capsys.readouterr().err.startswith("not measured: ")
