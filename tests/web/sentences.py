"""The sentences of the web component: the same as the Python form's, written into its one file.

`python -m tests.web.sentences` brings the file, and its integrity value in the sample page, up to date.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

import prolong
from prolong.texts import LANGUAGES

COMPONENT = Path(prolong.__file__).parent / "web" / "prolong-registration.js"
SAMPLE = Path(__file__).parents[2] / "client_sdk" / "examples" / "partner-page" / "index.html"
_BLOCK = re.compile(r"(?<=// texts:begin\n).*?(?=  // texts:end\n)", re.DOTALL)


def block() -> str:
    """The object `TEXTS` as JavaScript."""
    told = {
        name: {
            "day": spoken.DAY,
            "months": spoken.MONTHS,
            "sentences": spoken.SENTENCES,
            "refusals": spoken.REFUSALS,
        }
        for name, spoken in LANGUAGES.items()
    }
    text = json.dumps(told, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    return f"  const TEXTS = {text};\n"


def current(source: str) -> str:
    """The component's source with the sentences of today."""
    return _BLOCK.sub(lambda _: block(), source)


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute for this content (Subresource Integrity, SHA-384)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def pinned(page: str, content: bytes) -> str:
    """The sample page with the integrity value of this content."""
    return re.sub('integrity="[^"]*"', f'integrity="{integrity(content)}"', page)


if __name__ == "__main__":
    COMPONENT.write_text(current(COMPONENT.read_text(encoding="utf-8")), encoding="utf-8")
    SAMPLE.write_text(pinned(SAMPLE.read_text(encoding="utf-8"), COMPONENT.read_bytes()), encoding="utf-8")
