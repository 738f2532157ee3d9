"""The command `prolong`: how a license stands, whether a document is genuine, and its exit codes."""

import json
from pathlib import Path

import httpx
import pytest

from prolong.cli import main
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, Script
from tests.sdk.signing import KEYS
from tests.sdk.test_documents import sign

PRODUCT = ["--server", "https://server.test", "--product", "lab", "--product-version", "9.10", "--machine", "f" * 16]
Output = pytest.CaptureFixture[str]


def run(arguments: list[str], *answers: httpx.Response | Exception) -> tuple[int, Script]:
    script = Script(list(answers))
    return main(arguments, transport=httpx.MockTransport(script)), script


@pytest.mark.parametrize(("valid", "word", "expected"), [(True, "VALID", 0), (False, "EXPIRED", 1)])
def test_status_succeeds_only_if_the_product_may_work(capsys: Output, valid: bool, word: str, expected: int) -> None:
    answer = httpx.Response(200, json={"valid": valid, "code": word, "license": LICENSE})
    code, _ = run(["status", *PRODUCT, "--license-key", LICENSE_KEY], answer)
    assert code == expected
    assert capsys.readouterr().out.startswith(f"{word}\nlab business, seats: 5, runs through 2027-04-30\n")


def test_status_of_nothing_known_still_tells_why(capsys: Output) -> None:
    answer = httpx.Response(200, json={"valid": False, "code": "PRODUCT_MISMATCH", "license": None})
    code, _ = run(["status", *PRODUCT, "--json", "--license-key", LICENSE_KEY], answer)
    shown = json.loads(capsys.readouterr().out)
    assert (code, shown) == (1, {"valid": False, "code": "PRODUCT_MISMATCH", "license": None})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "license").write_text(sign() + "\n")
    (tmp_path / "forged").write_text(sign()[:-2])
    (tmp_path / "jwks.json").write_text(json.dumps(KEYS))
    return tmp_path


def test_verify_tells_genuine_from_forged_without_the_network(files: Path, capsys: Output) -> None:
    keys = ["--keys", str(files / "jwks.json")]
    assert main(["verify", str(files / "license"), *keys, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["license"]["license_key_ending"] == LICENSE_KEY[-4:]
    assert main(["verify", str(files / "forged"), *keys]) == 1
    assert main(["verify", str(files / "absent"), *keys]) == 1
    assert main(["verify", str(files / "license"), "--keys", str(files / "license")]) == 1


def test_verify_fetches_the_keys_of_a_server(files: Path) -> None:
    arguments = ["verify", str(files / "license"), "--server", "https://server.test"]
    code, script = run(arguments, httpx.Response(200, json=KEYS))
    assert (code, script.asked[0].url.path) == (0, "/.well-known/jwks.json")


@pytest.mark.parametrize("arguments", [[], ["dance"], ["register"], ["verify"], ["verify", "file"]])
def test_wrong_usage_exits_with_two(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROLONG_BASE_URL", raising=False)
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_an_address_that_is_no_web_address_is_wrong_usage(capsys: Output) -> None:
    code = main(["register", *PRODUCT, "--server", "nowhere", "--code", CODE, "--license-key", LICENSE_KEY])
    assert code == 2
    assert "must look like" in capsys.readouterr().err
