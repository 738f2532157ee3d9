"""What a client keeps: whole or not at all, for its owner alone, and one change at a time."""

import os
import stat
import threading
from pathlib import Path

import pytest

from prolong import MemoryStore, Store, StoreError
from prolong.errors import StoreBusy
from prolong.store import NAMES, AnyStore


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AnyStore:
    return MemoryStore() if request.param == "memory" else Store(tmp_path / "one", second=tmp_path / "two")


@pytest.mark.parametrize("name", NAMES)
def test_a_text_is_kept_replaced_and_forgotten(store: AnyStore, name: str) -> None:
    assert store.read(name) is None
    for text in ("first", "другий"):
        store.write(name, text)
        assert store.read(name) == text
    store.delete(name)
    store.delete(name)
    assert store.read(name) is None


def test_another_store_of_the_same_directory_reads_the_same(tmp_path: Path) -> None:
    Store(tmp_path).write("intent", "text")
    assert Store(tmp_path).read("intent") == "text"


def test_files_are_for_their_owner_alone_and_no_draft_is_left(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(tmp_path / "one", second=tmp_path / "two")
        for name in NAMES:
            store.write(name, "text")
        with store.lock("change", 0):
            pass
    finally:
        os.umask(before)
    files = [path for folder in ("one", "two") for path in (tmp_path / folder).iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in files} == {0o700}
    assert {path.name for path in files} == {*NAMES, "change.lock"}


def test_what_a_killed_process_left_is_removed_when_it_is_old_and_nothing_else_is(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in ("intent.0123abcd", "intent.89abcdef", "notes.0123abcd"))
    for path in (old, young, other):
        path.write_text("a code")
    for path in (old, other):
        os.utime(path, (0, 0))
    Store(tmp_path).write("document", "text")
    assert {path.name for path in tmp_path.iterdir()} == {"document", young.name, other.name}


def test_a_reader_never_sees_half_a_text(tmp_path: Path) -> None:
    store, texts, over = Store(tmp_path), {"a" * 50_000, "b" * 70_000}, threading.Event()
    store.write("document", "a" * 50_000)

    def write() -> None:
        for _ in range(20):
            for text in sorted(texts):
                store.write("document", text)
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        assert store.read("document") in texts
    writer.join()


def test_a_file_that_is_no_text_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "document").write_bytes(b"\xff\xfe")
    assert Store(tmp_path).read("document") is None


def test_what_a_store_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing under the name"):
        Store(tmp_path).write("../elsewhere", "text")


def test_a_directory_that_cannot_be_written_is_told_as_an_error_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file")
    with pytest.raises(StoreError, match=r"NotADirectoryError|FileExistsError"):
        store.write("intent", "text")
    with pytest.raises(StoreError), store.lock("change", 0):
        pass


def test_a_lock_excludes_until_it_is_given_back(store: AnyStore) -> None:
    with store.lock("change", 0):
        with pytest.raises(StoreBusy), store.lock("change", 0.05):
            pass
        with store.lock("keep", 0):
            pass
    with store.lock("change", 0):
        pass


def test_a_lock_is_given_back_when_its_holder_fails(store: AnyStore) -> None:
    with pytest.raises(KeyError), store.lock("change", 0):
        raise KeyError
    with store.lock("change", 0):
        pass


def test_a_lock_is_waited_for(store: AnyStore) -> None:
    done: list[str] = []

    def second() -> None:
        with store.lock("change", 10):
            done.append("second")

    other = threading.Thread(target=second)
    with store.lock("change", 0):
        other.start()
        done.append("first")
    other.join()
    assert done == ["first", "second"]


def test_each_product_has_a_directory_of_its_own_whatever_its_code_is(home: Path) -> None:
    products = ["lab", "LAB", "../../etc", "a/b", "", "продукт"]
    for product in products:
        Store.of(product).write("license_key", product)
        Store.of(product).write("clock_copy", product)
    assert [Store.of(product).read("license_key") for product in products] == products
    kept = [path.relative_to(home).parts for path in home.rglob("*") if path.is_file()]
    assert {parts[:2] for parts in kept} == {("XDG_DATA_HOME", "prolong"), ("XDG_STATE_HOME", "prolong-clock")}
    assert len(kept) == 2 * len(products)
