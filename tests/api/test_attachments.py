"""Uploads at the door: streamed, judged before they are read, told apart when repeated, shown without danger."""

import hashlib
import io
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from tests.api import moving
from tests.api.asking import rows
from tests.api.filled import Filled
from tests.api.test_transfer_requests import ask, of

MIB = 1024 * 1024


def upload(app: Flask, filled: Filled, data: bytes, holder: str = "requester", **more: Any) -> Any:
    form = {"kind": more.pop("kind", "letter"), "file": (io.BytesIO(data), more.pop("name", "scan.png"))}
    return ask(app, filled, holder, "POST", f"{of(filled, more.pop('step', 'draft'))}/attachments", data=form, **more)


class Body(io.RawIOBase):
    """A body that is made as it is read, of one byte again and again."""

    def __init__(self, before: bytes, size: int, after: bytes) -> None:
        self.length = len(before) + size + len(after)
        self.parts = [before, *[bytes(MIB)] * (size // MIB), after]
        self.at = 0

    def readinto(self, buffer: Any) -> int:
        part, rest = self.parts[0][: len(buffer)], self.parts[0][len(buffer) :]
        self.parts = [rest, *self.parts[1:]] if rest else [*self.parts[1:], b""]
        buffer[: len(part)] = part
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = self.length if whence else offset
        return self.at

    def tell(self) -> int:
        return self.at


class Untouched(Body):
    """A body that fails whoever reads it."""

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


FILE = b'Content-Disposition: form-data; name="file"; filename="a.png"'
KIND = b'Content-Disposition: form-data; name="kind"\r\n\r\nletter'


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


START = form(KIND, FILE + b"\r\n\r\n", end=b"").removesuffix(b"\r\n")
END = b"\r\n--x--\r\n"


def sent_as(app: Flask, filled: Filled, body: Body) -> Any:
    sent: dict[str, Any] = {"input_stream": body, "content_type": "multipart/form-data; boundary=x"}
    return ask(app, filled, "requester", "POST", f"{of(filled, 'draft')}/attachments", **sent)


def kept(folder: Path) -> set[str]:
    return {file.name for file in (folder / "scans").rglob("*") if file.is_file()}


def test_a_scan_is_kept_by_its_sha256_and_seen_in_its_request(own: Flask, filled: Filled, tmp_path: Path):
    made = upload(own, filled, moving.picture(60), kind="write_off_act")
    assert (made.status_code, made.json["kind"], made.json["media_type"], made.json["pages"]) == (
        201,
        "write_off_act",
        "image/png",
        1,
    )
    assert made.json["sha256"] in kept(tmp_path)
    assert made.json in ask(own, filled, "requester", "GET", of(filled, "draft")).json["attachments"]


@pytest.mark.parametrize("side", [200, 500, 600, 700])
def test_a_scan_of_noise_is_kept_whatever_stands_at_the_ends_of_its_blocks(side: int, own: Flask, filled: Filled):
    scan = io.BytesIO()
    Image.frombytes("L", (side, side), Random(side).randbytes(side * side)).save(scan, "PNG")
    made = upload(own, filled, scan.getvalue())
    assert (made.status_code, made.json["sha256"]) == (201, hashlib.sha256(scan.getvalue()).hexdigest())


def test_a_scan_leaves_only_as_a_download_that_no_browser_runs(own: Flask, filled: Filled):
    path = f"{of(filled, 'draft')}/attachments/{filled.known['attachment']}"
    answer = ask(own, filled, "requester", "GET", path)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filled.known["attachment"]}.png"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    page = ask(own, filled, "auditor", "GET", f"{path}/pages/1")
    assert (page.status_code, page.mimetype) == (200, "image/png")
    assert Image.open(io.BytesIO(page.data)).format == "PNG"


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "١", "9" * 5000])
def test_a_page_that_the_scan_has_not_is_unknown(number: str, own: Flask, filled: Filled):
    path = f"{of(filled, 'draft')}/attachments/{filled.known['attachment']}/pages/{number}"
    assert ask(own, filled, "admin", "GET", path).status_code == 404


def test_scans_of_others_are_unknown_to_who_holds_a_link(own: Flask, filled: Filled):
    theirs = ask(own, filled, "admin", "GET", of(filled, "submitted")).json["attachments"][0]["id"]
    for path in (f"{of(filled, 'submitted')}/attachments/{theirs}", f"{of(filled, 'draft')}/attachments/{theirs}"):
        for method, end in (("GET", ""), ("GET", "/pages/1"), ("DELETE", "")):
            assert ask(own, filled, "requester", method, f"{path}{end}").status_code == 404


@pytest.mark.parametrize(
    ("holder", "step", "status"),
    [("nonsense", "draft", 401), ("auditor", "draft", 403), ("requester", "approved", 404), ("admin", "awaiting", 409)],
)
def test_nothing_of_an_upload_is_read_before_token_and_state_are_judged(
    holder: str, step: str, status: int, own: Flask, filled: Filled
):
    more: dict[str, Any] = {
        "input_stream": Untouched(b"", MIB, b""),
        "content_type": "multipart/form-data; boundary=x",
        "headers": {"Idempotency-Key": "k1"},
    }
    assert ask(own, filled, holder, "POST", f"{of(filled, step)}/attachments", **more).status_code == status


@pytest.mark.parametrize("mebibytes", [20, 21, 40])
def test_more_than_20_mib_is_told_413_and_not_kept(mebibytes: int, own: Flask, filled: Filled, tmp_path: Path):
    before, files = rows(own), kept(tmp_path)
    refused = sent_as(own, filled, Body(START + b"%PDF-1.7", mebibytes * MIB, END))
    assert (refused.status_code, refused.json["code"]) == (413, "scan_too_large")
    assert (rows(own), kept(tmp_path)) == (before, files)


def test_a_large_file_waits_on_the_disk_and_not_in_memory(own: Flask, filled: Filled):
    tracemalloc.start()
    refused = sent_as(own, filled, Body(START + b"%PDF-1.7", 19 * MIB, END))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.status_code, refused.json["reason"]) == (422, "mislabelled")
    assert most < 4 * MIB


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        form(KIND),
        form(FILE + b"\r\n\r\nabc"),
        form(KIND, FILE + b"\r\n\r\nabc", end=b""),
        form(KIND, KIND, FILE + b"\r\n\r\nabc"),
        form(KIND, FILE + b"\r\n\r\nabc", FILE + b"\r\n\r\nabc"),
        form(KIND, b'Content-Disposition: form-data; name="file"\r\n\r\nabc'),
        form(KIND.replace(b"letter", b"essay"), FILE + b"\r\n\r\nabc"),
        form(KIND, FILE + b"\r\n\r\nabc", b'Content-Disposition: form-data; name="more"\r\n\r\n1'),
        form(b"Content-Type: text/plain\r\n\r\nno name", KIND),
        form(b"Content-Disposition: form-data\r\n\r\nno name", KIND),
        form(b"\xff\xfe: \xff\r\n\r\n\xff", KIND),
    ],
    ids=range(13),
)
def test_a_form_that_is_no_form_is_told_422_by_its_fields(data: bytes, own: Flask, filled: Filled):
    before = rows(own)
    kind = {"content_type": "multipart/form-data; boundary=x"}
    refused = ask(own, filled, "admin", "POST", f"{of(filled, 'draft')}/attachments", data=data, **kind)
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert set(refused.json["errors"]) & {"kind", "file", "more"}
    assert rows(own) == before


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "image/png", ""])
def test_what_has_no_parts_is_refused(content_type: str, own: Flask, filled: Filled):
    sent: dict[str, Any] = {"data": form(KIND), "content_type": content_type}
    refused = ask(own, filled, "admin", "POST", f"{of(filled, 'draft')}/attachments", **sent)
    assert refused.status_code in {415, 422}


def test_many_parts_and_long_fields_are_told_as_such(own: Flask, filled: Filled):
    kind = {"content_type": "multipart/form-data; boundary=x"}
    for data in (form(*[KIND] * 20), form(KIND + b"r" * 100_000)):
        refused = ask(own, filled, "admin", "POST", f"{of(filled, 'draft')}/attachments", data=data, **kind)
        assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("language", ["en", "uk"])
def test_what_is_no_scan_is_refused_with_its_reason_in_words(language: str, own: Flask, filled: Filled, tmp_path: Path):
    files = kept(tmp_path)
    refused = upload(own, filled, b"hello", name="scan.pdf", headers={"Accept-Language": language})
    assert (refused.status_code, refused.json["code"], refused.json["reason"]) == (422, "scan_refused", "not_a_scan")
    assert refused.json["detail"].startswith("This is no PDF") is (language == "en")
    assert kept(tmp_path) == files


def test_the_same_upload_with_the_same_key_is_kept_once(own: Flask, filled: Filled):
    key: dict[str, Any] = {"headers": {"Idempotency-Key": "k1"}}
    first, again = (upload(own, filled, moving.picture(70), **key) for _ in range(2))
    assert (first.json, again.status_code, again.headers["Idempotent-Replayed"]) == (again.json, 201, "true")
    other = upload(own, filled, moving.picture(80), **key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(ask(own, filled, "requester", "GET", of(filled, "draft")).json["attachments"]) == 2


def test_a_license_file_is_verified_and_each_refusal_has_its_name(own: Flask, filled: Filled):
    [mine] = ask(own, filled, "admin", "GET", "/license-files?module=A-draft").json["items"]
    foreign = filled.known["signed_file"]
    files = {mine["file"] + "\n": 201, foreign: "license_file_foreign", mine["file"][:-3]: "license_file_forged"}
    files |= {"ї": "license_file_forged", "x" * 30_000: "license_file_forged"}
    for text, told in files.items():
        answer = upload(own, filled, text.encode(), kind="license_file", name="license.jws")
        assert told in {answer.status_code, answer.json.get("code")}, answer.text
