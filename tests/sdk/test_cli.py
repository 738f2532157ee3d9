"""The command `prolong`: what it prints, what it asks for, and its exit codes."""

import io
import json
from pathlib import Path

import httpx
import pytest

from prolong.cli import main
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, SUPPORT, Script, problem
from tests.sdk.test_documents import KEYS, sign

PRODUCT = ["--server", "https://server.test", "--product", "lab", "--product-version", "9.10", "--machine", "f" * 16]
REGISTER = ["register", *PRODUCT]
Output = pytest.CaptureFixture[str]


def run(arguments: list[str], *answers: httpx.Response | Exception) -> tuple[int, Script]:
    script = Script(list(answers))
    return main(arguments, transport=httpx.MockTransport(script)), script


def test_register_renews_and_tells_the_new_last_day(capsys: Output) -> None:
    arguments = [*REGISTER, "--code", CODE, "--license-key", LICENSE_KEY]
    code, script = run(arguments, httpx.Response(201, json=REDEMPTION))
    assert code == 0
    assert "runs through 2027-04-30" in capsys.readouterr().out
    assert script.body["license_key"] == LICENSE_KEY


def test_register_reads_code_and_key_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CODE}\n  {LICENSE_KEY} \n"))
    code, script = run([*REGISTER, "--json"], httpx.Response(200, json=REDEMPTION))
    shown = capsys.readouterr()
    assert code == 0
    assert (script.body["code"], script.body["license_key"]) == (CODE, LICENSE_KEY)
    assert json.loads(shown.out)["expires_on"] == "2027-04-30"
    assert not [canary for canary in (CODE, LICENSE_KEY) if canary in shown.out + shown.err]


def test_an_input_that_ends_too_early_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CODE}\n"))
    code, script = run(REGISTER, httpx.Response(201, json=REDEMPTION))
    assert (code, script.asked) == (2, [])
    assert "input ended" in capsys.readouterr().err


def test_a_refusal_tells_its_sentence_and_whom_to_call(capsys: Output) -> None:
    refused = problem(409, "promo_not_renewable", support=SUPPORT)
    code, _ = run([*REGISTER, "--code", CODE, "--license-key", LICENSE_KEY], refused)
    shown = capsys.readouterr()
    assert (code, shown.out) == (1, "")
    assert "Sentence about promo_not_renewable.\nContact: Representative, +380 44 111 11 11" in shown.err


def test_a_refusal_is_one_json_object_for_a_script(capsys: Output) -> None:
    refused = problem(409, "code_voided", support=SUPPORT)
    code, _ = run([*REGISTER, "--json", "--code", CODE, "--license-key", LICENSE_KEY], refused)
    expected = {"code": "code_voided", "detail": "Sentence about code_voided.", "support": SUPPORT}
    assert (code, json.loads(capsys.readouterr().out)) == (1, expected)


def test_attempts_that_failed_do_not_spoil_the_json_on_standard_output(capsys: Output) -> None:
    arguments = [*REGISTER, "--json", "--code", CODE, "--license-key", LICENSE_KEY]
    code, script = run(arguments, problem(503, "try_again"), httpx.Response(201, json=REDEMPTION))
    assert (code, len(script.asked), json.loads(capsys.readouterr().out)["id"]) == (0, 2, "rdm_1")


def test_a_lost_answer_is_told_as_unknown_and_fails(capsys: Output) -> None:
    code, _ = run([*REGISTER, "--code", CODE, "--license-key", LICENSE_KEY], httpx.ReadTimeout("late"))
    assert code == 1
    assert "not known whether the code was spent" in capsys.readouterr().err


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
