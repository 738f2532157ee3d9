"""A file that is uploaded as multipart/form-data (RFC 7578): streamed, never whole in memory, one at a time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any, Final

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser

from prolong_server.rules import errors
from prolong_server.rules.module_words import AttachmentKind

MULTIPART: Final = "multipart/form-data"
# The kind and the file are two parts; their names and whatever is no file are short.
_MOST_PARTS: Final = 8
# The parser reads 64 KiB at once, and keeps what may be the beginning of a boundary until it has read the next: so much
# must have room in its memory, or files of which a block ends so are refused as fields that are too long.
_FIELD_BYTES: Final = 128 * 1024
_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"type": "string", "enum": list(AttachmentKind)},
        "file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
    },
    "additionalProperties": False,
}


def described(media_type: str) -> dict[str, Any]:
    """The body of this type for the OpenAPI document."""
    return {"schema": _FORM if media_type == MULTIPART else {"type": "string"}}


def weigh(limit: int) -> None:
    """Refuse a body that announces more than `limit` bytes. ScanTooLarge."""
    if (request.content_length or 0) > limit:
        raise errors.ScanTooLarge


@contextmanager
def received() -> Iterator[tuple[AttachmentKind, FileStorage]]:
    """The kind and the file of the form; the file lies on the disk, nameless, until the block is over.

    UnsupportedMediaType, InvalidRequest by field, ScanTooLarge.
    """
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType
    with ExitStack() as opened:
        fields, files = _parsed(lambda **_: opened.enter_context(TemporaryFile()))
        if wrong := _wrong(fields.to_dict(flat=False), files.to_dict(flat=False)):
            raise errors.InvalidRequest(wrong)
        yield AttachmentKind(fields["kind"]), files["file"]


def _parsed(store: Callable[..., IO[bytes]]) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    parser = FormDataParser(store, _FIELD_BYTES, silent=False, max_form_parts=_MOST_PARTS)
    try:
        _, fields, files = parser.parse(request.stream, MULTIPART, request.content_length, request.mimetype_params)
    except RequestEntityTooLarge:
        # A length that was announced has been weighed already; without one the stream itself ends where it must.
        if request.content_length is None:
            raise errors.ScanTooLarge from None
        told = f"Send two parts, kind and file: at most {_MOST_PARTS}, and none but the file longer than 128 KiB."
        raise errors.InvalidRequest({"file": [told]}) from None
    except ValueError:
        told = "This is not multipart/form-data as RFC 7578 has it, or it was broken off."
        raise errors.InvalidRequest({"file": [told]}) from None
    return fields, files


def _wrong(fields: Mapping[str, list[str]], files: Mapping[str, list[FileStorage]]) -> dict[str, object]:
    named = {str(name) for name in (*fields, *files)}
    wrong: dict[str, object] = {name: ["Unknown field."] for name in sorted(named - {"kind", "file"})}
    if fields.get("kind") not in [[kind.value] for kind in AttachmentKind]:
        wrong["kind"] = [f"Name one of {', '.join(AttachmentKind)}."]
    if len(files.get("file", ())) != 1 or "file" in fields:
        wrong["file"] = ["Send one file, as a part of multipart/form-data that has a filename."]
    return wrong
