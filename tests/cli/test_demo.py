import re
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address as MailAddress
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from prolong_server.cli.demo import command, folder
from prolong_server.cli.serving import Address
from prolong_server.config import MailSecurity, MailServer, Settings, WrongSetting
from tests.cli import console
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data directory of the demo."""
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def answers(data):
    """Every line of demo.txt with what a served demo answers to it, in the order in which they stand."""
    with console.serving(data, "demo", "--workers", "1"):
        shown = console.lines((data / folder.TEXT).read_text())
        return [(line, console.send(line.command)) for line in shown]


def test_every_line_is_answered_as_it_says(answers):
    assert len(answers) > 50
    wrong = [
        (line.about, line.status, line.word, answer.status_code, answer.text[:200])
        for line, answer in answers
        if answer.status_code != line.status or (f'"code":"{line.word}"' not in answer.text and line.word)
    ]
    assert wrong == []


def test_every_refusal_says_its_sentence_and_whom_to_call(answers):
    problems = [answer.json() for _line, answer in answers if answer.status_code >= 400]
    assert all(problem["detail"] and problem["support"]["phone"] for problem in problems)


def test_every_refusal_of_a_redemption_and_an_activation_is_shown(answers):
    shown = {line.word for line, _answer in answers}
    text = Path(__file__).parents[2].joinpath("server/prolong_server/rules/renewal.py").read_text()
    named = set(re.findall(r"errors\.([A-Z]\w+)\(", text))
    codes = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in named}
    assert codes <= shown


def test_the_repetition_of_a_redemption_is_the_first_receipt(answers):
    said = {line.about.split(":")[0]: answer for line, answer in answers}
    first, again = said["Redeem it"], said["The same again"]
    assert again.headers["Idempotent-Replayed"] == "true"
    same = ("id", "redeemed_at", "period_years", "previous_expires_on", "expires_on", "renewal_basis")
    assert [first.json()[name] for name in same] == [again.json()[name] for name in same]


def test_the_same_refusal_is_told_in_three_languages(answers):
    told = {answer.json()["detail"] for line, answer in answers if line.word == "product_outdated"}
    assert len(told) == 3


def test_after_all_lines_the_database_is_sound(data, answers):
    checked = console.run(data, "check")
    assert checked.exit_code == 0, checked.output


def test_a_second_start_keeps_the_data_and_prints_the_same_lines_for_its_own_address(data, answers):
    before = (data / folder.TEXT).read_text()
    redeemed = next(line for line, _answer in answers if line.about.startswith("Redeem it"))
    with console.serving(data, "demo", "--workers", "1") as (base, process):
        after = (data / folder.TEXT).read_text()
        moved = redeemed.command.replace(before.splitlines()[0].removeprefix("Prolong demo at "), base)
        assert moved in after
        assert console.send(moved).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert (data.parent / "out").read_text().strip() == after.strip()
    plain = [re.sub(r"http://127\.0\.0\.1:\d+", "", text) for text in (before, after)]
    assert plain[0] == plain[1]


def test_what_it_keeps_is_for_its_user_alone(data, answers):
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_data_directory_of_something_else_is_refused_and_left_as_it_is(tmp_path):
    data = tmp_path / "data"
    assert console.run(data, "db", "upgrade").exit_code == 0
    before = (data / "prolong.db").read_bytes()
    ended = console.run(data, "demo")
    assert ended.exit_code == 1
    assert "something else than a demo" in ended.stderr
    assert (data / "prolong.db").read_bytes() == before


def test_a_demo_that_was_broken_off_is_made_anew(tmp_path):
    folder.begin(tmp_path)
    (tmp_path / folder.DATABASE).write_bytes(b"half")
    (tmp_path / "keys").mkdir()
    assert not folder.holds_demo(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_two_first_starts_at_once_one_makes_the_demo_and_both_serve_it(tmp_path):
    with ThreadPoolExecutor(2) as starts:
        one, other = starts.map(tokens_of_a_start, [tmp_path / "both"] * 2)
    assert one == other
    assert one
    assert console.run(tmp_path / "both", "check").exit_code == 0


def tokens_of_a_start(folder: Path) -> list[str]:
    with console.serving(folder, "demo", "--workers", "1") as (base, _process):
        assert httpx.get(f"{base}/v1/products/bulwark").status_code == 200
        return re.findall(r"pl[st]_\w+", (folder / "demo.txt").read_text("utf-8"))


def test_the_text_is_written_for_the_address_at_which_it_is_served(tmp_path):
    folder.begin(tmp_path)
    folder.finish(
        tmp_path, "Prolong demo at http://127.0.0.1:80\n\ncurl http://127.0.0.1:80/a http://127.0.0.1:8000/b\n"
    )
    moved = "Prolong demo at http://[::1]:9\n\ncurl http://[::1]:9/a http://127.0.0.1:8000/b\n"
    assert folder.told(tmp_path, "http://[::1]:9") == moved
    assert (tmp_path / folder.TEXT).read_text() == moved


def test_a_folder_with_a_file_of_somebody_is_not_taken(tmp_path):
    (tmp_path / "letters.txt").touch()
    with pytest.raises(WrongSetting):
        folder.holds_demo(tmp_path)


def test_a_demo_started_in_the_environment_of_a_real_vendor_reaches_none_of_its_people_and_systems(tmp_path):
    real = Settings(
        database_url="postgresql://real.example/real",
        data_dir=tmp_path,
        base_url="https://renew.example",
        secret_keys=("real",),
        webhook_networks=(ip_network("10.20.0.0/16"),),
        mail_to=MailServer("mail.example", 587, MailSecurity.STARTTLS),
        mail_from=MailAddress("Real", "renewal", "real.example"),
    )
    demo = command._settings(real, Address("127.0.0.1", 8000))
    assert demo.mail_to == tmp_path / "mail"
    assert demo.mail_from == MailAddress("Prolong demo", "prolong", "localhost")
    assert all(network.is_loopback for network in demo.webhook_networks)
    assert str(tmp_path) in demo.database_url
    assert (demo.secret_keys, demo.base_url) == ((), "http://127.0.0.1:8000")
