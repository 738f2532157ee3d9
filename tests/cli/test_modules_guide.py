"""The two stories of docs/modules.md, line by line in a shell, against a served demo."""

import json
import zipfile

import pytest

from tests.cli import console, pasted

STATES = ["submitted", "approved", "completed"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("modules")


@pytest.fixture(scope="module")
def shown(place) -> list[str]:
    """What a person sees who pastes both stories, line by line."""
    guide = (pasted.ROOT / "docs" / "modules.md").read_text("utf-8")
    return pasted.shown(place, "\n".join(pasted.blocks(guide))).splitlines()


def test_a_draft_says_in_words_what_it_lacks_until_nothing_is_lacking(shown):
    told = [line for line in shown if line.startswith("[")]
    assert "letter" in told[0]
    assert "guarantee" in told[0]
    assert told[-1] == "[]"


def test_two_modules_are_merged_from_draft_to_new_files(shown):
    assert [line for line in shown if line in STATES][:3] == STATES
    assert "10" in shown


def test_the_old_files_stop_validating(shown):
    assert [line for line in shown if '"valid"' in line] == ['{"valid":false,"code":"REVOKED"}'] * 2


def test_a_broken_module_is_replaced_with_all_its_licenses_once_it_is_paid_and_comes_back(shown):
    begun = shown.index("True")
    assert shown[begun : begun + 2] == ["True", "reported"]
    rest = [line for line in shown[begun:] if line.replace("_", "").isalpha()]
    assert rest == [
        *("True", "reported", "approved", "replacement_not_paid", "awaiting_return", "out_of_service", "completed"),
    ]


def test_the_case_is_exported_whole(shown, place):
    with zipfile.ZipFile(place / "prolong-data" / "case.zip") as case:
        assert case.testzip() is None
        names = json.loads(case.read("manifest.json"))
    kinds = {name.split("/")[0] for name in names}
    assert kinds == {"request.json", "decisions.json", "license-files", "attachments"}


def test_after_both_stories_the_database_is_sound(shown, place):
    checked = console.run(place / "prolong-data", "check")
    assert checked.exit_code == 0, checked.output
