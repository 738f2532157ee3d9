"""What a PDF says that a scan never has to say: scripts, attached files, actions (ISO 32000, 12.6, 7.11, 13).

Runs only in a process of `scan_helper`.
"""

from collections.abc import Iterator
from typing import Final

from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject, StreamObject, TextStringObject

from prolong_server.rules.errors import ScanRefused
from prolong_server.rules.vocabulary import ScanFault

# As a key or as a value, wherever it stands; so it does not help to hide it behind a reference.
FORBIDDEN: Final = frozenset(
    {
        *("/JS", "/JavaScript", "/AA", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE"),
        *("/EmbeddedFile", "/EmbeddedFiles", "/EF", "/FileAttachment", "/Collection", "/XFA", "/Rendition"),
        *("/RichMedia", "/RichMediaContent", "/RichMediaExecute", "/GoTo3DView", "/3D", "/Movie", "/Sound", "/Screen"),
        *("/SetOCGState", "/GoToDp", "/Thread"),
    }
)
_LINKS: Final = ("http://", "https://", "mailto:", "tel:")


def examine(value: PdfObject) -> None:
    """Look at an object and at all that is written inside it. Raises ScanRefused."""
    for part in _parts(value):
        if isinstance(part, NameObject) and part in FORBIDDEN:
            raise ScanRefused(ScanFault.SCRIPTED)
        if isinstance(part, DictionaryObject) and not _is_quiet(part):
            raise ScanRefused(ScanFault.SCRIPTED)


def _parts(value: PdfObject) -> Iterator[object]:
    """The object, its keys and values and elements, at any depth; references are not followed."""
    waiting: list[object] = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, DictionaryObject):
            # Those of `dict` itself: pypdf's own would follow the references.
            waiting += [*dict.keys(part), *dict.values(part)]
        elif isinstance(part, ArrayObject):
            waiting += list.__iter__(part)


def _is_quiet(part: DictionaryObject) -> bool:
    if isinstance(part, StreamObject) and ("/F" in part or _named(part, "/Subtype") == "/PS"):
        # Data in a file outside, or a program for printers.
        return False
    if "/Ref" in part and _named(part, "/Subtype") == "/Form":
        return False
    return _opens_quietly(part) and _links_quietly(part)


def _opens_quietly(part: DictionaryObject) -> bool:
    """Many programs say which page is shown first; nothing else may happen when a document is opened."""
    if "/OpenAction" not in part:
        return True
    action = part["/OpenAction"]
    if isinstance(action, DictionaryObject):
        return _named(action, "/S") == "/GoTo" and "/Next" not in action
    return isinstance(action, ArrayObject | NameObject | TextStringObject)


def _links_quietly(part: DictionaryObject) -> bool:
    """A letterhead may name the company's pages and its address for mail."""
    if _named(part, "/S") != "/URI" and "/URI" not in part:
        return True
    return "/URI" in part and str(part["/URI"]).lower().startswith(_LINKS)


def _named(part: DictionaryObject, key: str) -> object:
    # By the item: `get` would not follow a reference.
    if key not in part:
        return None
    return part[key]
