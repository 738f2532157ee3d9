"""What a license file is worth, in the order of its judgement, and which ones a request may bring."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from prolong_server.rules import license_files, modules
from prolong_server.rules.license_files import HANDED_IN, code
from prolong_server.rules.module_facts import HandedIn, LicenseFile
from prolong_server.rules.module_words import FileCode, ModuleState
from tests.rules.moving import OLD, TODAY, code_of, fields_of

GOOD = LicenseFile(True, "lic_1", OLD, revision=3, current_revision=3, last_day=date(2027, 1, 1))
BREACHES: dict[FileCode, dict[str, Any]] = {
    FileCode.FORGED: {"genuine": False},
    FileCode.SUPERSEDED: {"current_revision": 4},
    FileCode.REVOKED: {"revoked": True},
    FileCode.MODULE_OUT_OF_SERVICE: {"module_state": ModuleState.OUT_OF_SERVICE},
    FileCode.EXPIRED: {"last_day": TODAY - timedelta(days=1)},
}


def handed_in(*, replaces=False, **changes):
    return HandedIn(replace(GOOD, **changes), frozenset({("lic_1", OLD), ("lic_2", OLD)}), replaces)


def test_a_file_that_nothing_speaks_against_is_valid():
    assert code(GOOD, TODAY) is FileCode.VALID


@pytest.mark.parametrize("word", BREACHES)
def test_each_breach_is_told_by_its_own_word(word):
    assert code(replace(GOOD, **BREACHES[word]), TODAY) is word


@pytest.mark.parametrize(("earlier", "later"), list(combinations(BREACHES, 2)))
def test_of_two_breaches_the_earlier_word_is_told(earlier, later):
    assert code(replace(GOOD, **BREACHES[later], **BREACHES[earlier]), TODAY) is earlier


def test_the_words_stand_in_the_order_of_the_judgement():
    assert [*BREACHES, FileCode.VALID] == list(FileCode)


def test_a_file_for_a_module_that_holds_nothing_of_the_license_any_more_is_revoked():
    assert code(replace(GOOD, current_revision=None), TODAY) is FileCode.REVOKED


def test_a_file_works_through_its_last_day():
    assert code(replace(GOOD, last_day=TODAY), TODAY) is FileCode.VALID


def test_the_files_of_a_module_that_is_only_reported_still_work():
    assert code(replace(GOOD, module_state=ModuleState.REPORTED), TODAY) is FileCode.VALID


@pytest.mark.parametrize(("newest", "after"), [(None, 1), (1, 2), (7, 8)])
def test_revisions_count_from_one_and_none_is_ever_used_again(newest, after):
    assert license_files.next_revision(newest) == after


class TestFileIsOurs:
    @pytest.mark.parametrize(("genuine", "refusal"), [(True, None), (False, "license_file_forged")])
    def test_a_forged_file_is_refused(self, genuine, refusal):
        assert code_of(license_files.file_is_ours(handed_in(genuine=genuine))) == refusal


class TestFileIsOfTheRequest:
    @pytest.mark.parametrize("changes", [{"license": "lic_9"}, {"module": "M-9"}])
    def test_a_file_for_another_license_or_module_is_refused(self, changes):
        assert code_of(license_files.file_is_of_the_request(handed_in(**changes))) == "license_file_foreign"

    @pytest.mark.parametrize("license_id", ["lic_1", "lic_2"])
    def test_a_file_for_a_license_on_its_module_is_taken(self, license_id):
        assert license_files.file_is_of_the_request(handed_in(license=license_id)) is None


class TestFileIsCurrent:
    @pytest.mark.parametrize(
        "changes", [{"revision": 2}, {"current_revision": 4}, {"current_revision": None}, {"revoked": True}]
    )
    def test_a_superseded_or_revoked_file_is_refused(self, changes):
        assert code_of(license_files.file_is_current(handed_in(**changes))) == "license_file_superseded"

    def test_the_current_file_is_taken_though_the_license_has_run_out(self):
        assert license_files.file_is_current(handed_in(last_day=date(2020, 1, 1))) is None


class TestModuleOfTheFileIsInService:
    def test_what_a_module_out_of_service_holds_is_only_replaced(self):
        gone = {"module_state": ModuleState.OUT_OF_SERVICE}
        refusal = license_files.module_of_the_file_is_in_service(handed_in(**gone))
        assert (code_of(refusal), fields_of(refusal)) == ("module_out_of_service", {"module": OLD})
        assert license_files.module_of_the_file_is_in_service(handed_in(**gone, replaces=True)) is None

    @pytest.mark.parametrize("state", [ModuleState.IN_SERVICE, ModuleState.REPORTED])
    def test_one_that_is_not_out_of_service_may_be_handed_in(self, state):
        assert license_files.module_of_the_file_is_in_service(handed_in(module_state=state)) is None


def test_a_forged_file_is_told_before_a_foreign_one_and_that_before_a_superseded_one():
    worst: dict[str, Any] = {"module_state": ModuleState.OUT_OF_SERVICE}
    told = [code_of(modules.judge(handed_in(**worst), HANDED_IN))]
    for changes in ({"revision": 1}, {"license": "lic_9"}, {"genuine": False}):
        worst |= changes
        told.append(code_of(modules.judge(handed_in(**worst), HANDED_IN)))
    assert told == ["module_out_of_service", "license_file_superseded", "license_file_foreign", "license_file_forged"]


def test_a_file_that_a_request_may_bring_is_not_spoken_against():
    assert modules.judge(handed_in(), HANDED_IN) is None
