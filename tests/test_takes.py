"""The takes folder: created when needed, unique per run, private, and searched safely."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes_help import make_header, make_report, reading, run_child, start_child

from coach.base.errors import TakeError
from coach.takes.contents import is_running, lock_take
from coach.takes.naming import is_plain, slug
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore, default_folder

WHEN = datetime(2026, 11, 24, 13, 55, 2)  # noqa: DTZ001  takes are named by local time

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits, rights or links")


def make_take(store: TakeStore, title: str = "Any", when: datetime = WHEN, *, report: bool = True) -> Path:
    """Create a played take, with or without its report."""
    take = store.create(title, when)
    recorder = TakeRecorder(take, make_header(), pytest.fail)
    recorder.handle(reading(0.5))
    if report:
        recorder.write(make_report())
    recorder.close()
    return take


def test_a_take_is_named_by_time_and_title(tmp_path: Path) -> None:
    assert TakeStore(tmp_path).create("Waiting for news", WHEN) == tmp_path / "2026-11-24_13-55-02_waiting-for-news"


def test_takes_of_the_same_second_get_distinct_names(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    names = [store.create("Twice", WHEN).name[20:] for _ in range(3)]
    assert names == ["twice", "twice-2", "twice-3"]


@pytest.mark.row(33)
def test_concurrent_runs_never_share_a_take(tmp_path: Path) -> None:
    with start_child("create", tmp_path, 30) as first, start_child("create", tmp_path, 30) as second:
        names = first.communicate(timeout=60)[0].split() + second.communicate(timeout=60)[0].split()
    assert len(set(names)) == 60
    assert {take.name for take in tmp_path.iterdir() if take.is_dir()} == set(names)


@pytest.mark.row(28)
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con-take"),
        ("lpt1", "lpt1-take"),
        ("Élodie's \x1b[31m News!", "elodies-31m-news"),
        ("Ștefan", "stefan"),
        ("誰も いない", "誰も-いない"),
        ("Привет, мир", "привет-мир"),
        ("हिन्दी नाटक", "हिन्दी-नाटक"),
        ("❤️", "take"),
        ("\u3164", "take"),
        ("", "take"),
        ("---", "take"),
        ("a" * 400, "a" * 60),
        ("誰" * 400, "誰" * 60),
        ("𠀋" * 400, "𠀋" * 50),
        ("word " * 100, ("word-" * 12).strip("-")),
    ],
)
def test_any_title_gives_a_portable_name(title: str, expected: str) -> None:
    assert slug(title) == expected


@settings(deadline=None)
@given(st.text())
def test_slug_is_idempotent(title: str) -> None:
    name = slug(title)
    assert 1 <= len(name) <= 60
    assert len(name.encode()) <= 200
    assert is_plain(f"2026-11-24_13-55-02_{name}")
    assert name.strip("-") == name == name.lower() == slug(name)


def test_nothing_is_created_before_the_first_take(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    assert store.newest() is None
    assert store.unfinished() == []
    with pytest.raises(TakeError):
        store.find("any")
    assert list(tmp_path.iterdir()) == []


@unix_only
def test_folders_and_files_of_a_take_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        take = make_take(TakeStore(tmp_path / "takes"))
    finally:
        os.umask(before)
    modes = {entry: stat.S_IMODE(entry.stat().st_mode) for entry in [take.parent, take, *take.iterdir()]}
    assert len(modes) > 5
    assert {entry: mode for entry, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.row(24)
def test_a_missing_parent_is_refused_because_it_may_be_an_unmounted_drive(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"cannot keep a take in .*no such file"):
        TakeStore(tmp_path / "missing" / "takes").create("Any", WHEN)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("mine")
    with pytest.raises(TakeError, match="cannot keep a take"):
        TakeStore(tmp_path / "takes").create("Any", WHEN)
    assert (tmp_path / "takes").read_text() == "mine"


@pytest.mark.row(24)
@unix_only
def test_a_full_disk_is_refused_before_the_start_and_leaves_no_files(tmp_path: Path) -> None:
    (message,) = run_child("create_on_full_disk", tmp_path)
    assert message.startswith("refused cannot keep a take in")
    assert "--takes" in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.row(24)
@unix_only
def test_a_read_only_folder_is_refused_before_the_start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        (message,) = run_child("create_without_rights", folder)
    assert message.startswith("refused cannot keep a take in")
    assert "permission denied" in message


def test_the_default_folder_is_in_the_users_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert default_folder().parts[-2:] == ("coach", "takes")
    assert TakeStore().create("Any", WHEN).parent == default_folder()


def test_the_newest_take_is_the_one_that_began_last(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    last = make_take(store, "a", WHEN + timedelta(seconds=1))
    for title in ("z", "b"):
        make_take(store, title)
    (tmp_path / "2027-01-01_00-00-00_not-a-take").mkdir()
    assert store.newest() == last


def test_the_newest_of_two_takes_in_one_second_is_the_one_played_last(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    make_take(store, "b")
    last = make_take(store, "a")
    os.utime(last / "journal.jsonl", ns=(2**62, 2**62))
    assert store.newest() == last


def test_a_take_is_found_by_its_name_or_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TakeStore(tmp_path / "takes")
    take = make_take(store)
    assert store.find(take.name) == take
    assert TakeStore(tmp_path / "other").find(str(take)) == take
    monkeypatch.chdir(take)
    assert store.find(".") == take


@pytest.mark.parametrize("name", ["", "..", "../takes", "a/../../x", "x\0y", "missing", "\x1b[31mred", "a" * 5000])
def test_an_unknown_name_is_refused_with_the_names_of_the_newest_takes(tmp_path: Path, name: str) -> None:
    store = TakeStore(tmp_path / "takes")
    take = make_take(store)
    make_take(store).rename(store.folder / "by\x1b[31m hand" if os.name != "nt" else store.folder / "by hand")
    with pytest.raises(TakeError, match=take.name) as refused:
        store.find(name)
    assert "\x1b" not in str(refused.value)


@pytest.mark.row(28)
@unix_only
def test_a_link_among_the_takes_is_not_followed(tmp_path: Path) -> None:
    outside = make_take(TakeStore(tmp_path / "private"))
    store = TakeStore(tmp_path / "takes")
    store.folder.mkdir()
    (store.folder / "link").symlink_to(outside)
    assert store.newest() is None
    with pytest.raises(TakeError):
        store.find("link")


def test_takes_without_a_report_are_unfinished(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    make_take(store, "done")
    broken = [
        make_take(store, "first", report=False),
        make_take(store, "second", WHEN + timedelta(days=1), report=False),
    ]
    assert store.unfinished() == broken[::-1]


def test_a_take_that_is_being_played_is_neither_unfinished_nor_the_newest(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    before = make_take(store)
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        take = tmp_path / child.stdout.readline().strip()
        going = is_running(take), store.unfinished(), store.newest()
        child.kill()
    assert going == (True, [], before)
    assert not is_running(take)
    assert store.unfinished() == [take] == [store.newest()]


def test_a_released_lock_leaves_no_file(tmp_path: Path) -> None:
    lock = lock_take(tmp_path)
    assert is_running(tmp_path)
    lock.release()
    lock.release()
    assert not is_running(tmp_path)
    assert list(tmp_path.iterdir()) == []
