"""Files are read where they can do no harm: without time, memory, secrets or a way to take the server along."""

import os
import resource
import threading
import time
from pathlib import Path

import psutil
import pytest

from prolong_server.modules import scan_helper
from prolong_server.modules.scan_guard import Guard
from prolong_server.modules.scan_jobs import ANSWER_BYTES, MEMORY_BYTES, Answer, Job, MediaType
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault
from tests.modules import papers, pictures


def job(folder: Path, content: bytes, media_type: MediaType = MediaType.PDF) -> Job:
    source = folder / f"source-{time.monotonic_ns()}"
    source.write_bytes(content)
    return Job(media_type, source, source.with_suffix(".clean"))


@pytest.fixture
def guard():
    made = Guard(helpers=1, processor_seconds=1)
    yield made
    made.close()


def helper(guard: Guard, folder: Path) -> psutil.Process:
    """The one helper of a guard, found as the child that its first job brought."""
    before = set(psutil.Process().children())
    assert guard.run(job(folder, papers.letter())) == 1
    (born,) = set(psutil.Process().children()) - before
    return born


def test_a_document_that_would_be_painted_for_ever_is_a_bomb_after_its_time(tmp_path, guard):
    with pytest.raises(errors.ScanRefused) as told:
        guard.run(job(tmp_path, papers.laughing(12, 24)))
    assert told.value.reason is ScanFault.BOMB
    assert guard.run(job(tmp_path, papers.letter())) == 1


def test_a_file_may_not_take_more_memory_than_its_limit():
    child = os.fork()
    if child == 0:
        scan_helper.confine({resource.RLIMIT_AS: MEMORY_BYTES})
        try:
            bytearray(MEMORY_BYTES)
        except MemoryError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_helper_knows_no_setting_and_none_of_the_servers_libraries(tmp_path, guard, monkeypatch):
    monkeypatch.setenv("PROLONG_SECRET_KEYS", "a-secret-of-the-server")
    born = helper(guard, tmp_path)
    assert Path(f"/proc/{born.pid}/environ").read_bytes() == b""
    loaded = Path(f"/proc/{born.pid}/maps").read_text()
    assert "libpdfium" in loaded
    assert not [name for name in ("psycopg", "granian", "sqlalchemy") if name in loaded]
    assert {Path(opened.path).name for opened in born.open_files()} == set()


def test_a_file_is_read_by_a_process_that_is_gone_afterwards(tmp_path, guard):
    born = helper(guard, tmp_path)
    assert guard.run(job(tmp_path, pictures.picture("PNG"), MediaType.PNG)) == 1
    assert born.children() == []


def test_when_a_helper_was_killed_the_sender_is_told_to_try_again_and_the_next_one_is_served(tmp_path, guard):
    born = helper(guard, tmp_path)
    born.kill()
    born.wait()
    with pytest.raises(errors.TryAgain):
        guard.run(job(tmp_path, papers.letter()))
    assert guard.run(job(tmp_path, papers.letter())) == 1


def test_what_a_helper_says_is_never_more_than_a_number_or_a_reason(tmp_path, guard):
    with pytest.raises(errors.ScanRefused) as told:
        guard.run(job(tmp_path, b"%PDF-1.7 nothing"))
    assert told.value.fields == {"reason": "damaged"}


@pytest.mark.parametrize("answer", [Answer(number=3), Answer(refused=ScanFault.BOMB), Answer()])
def test_an_answer_is_read_as_it_was_written(answer):
    assert Answer.read(answer.written()) == answer


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\n", b"3", b"[]", b"null", b'{"number": "3"}', b'{"number": true}', b'{"number": 1.5}', b"\x80\x04."),
        *(b'{"refused": "<script>"}', b'{"refused": ["bomb"]}', b'{"number": 3', b"[" * ANSWER_BYTES),
    ],
)
def test_whatever_else_a_process_says_is_no_answer(line):
    with pytest.raises(ValueError, match=r"no answer|Expecting|decode|ScanFault|Extra data"):
        Answer.read(line)


def test_many_uploads_at_once_share_the_helpers(tmp_path):
    guard, answers = Guard(helpers=2), []
    jobs = [job(tmp_path, papers.pages(number)) for number in range(1, 13)]
    threads = [threading.Thread(target=lambda one=one: answers.append(guard.run(one))) for one in jobs]
    before = len(psutil.Process().children())
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(1, 13))
    assert len(psutil.Process().children()) - before <= 2
    guard.close()
    assert len(psutil.Process().children()) <= before
