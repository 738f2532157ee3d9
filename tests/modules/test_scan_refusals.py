"""What a person is told of a refused file."""

from http import HTTPStatus

import pytest

from prolong_server.api import problems
from prolong_server.modules import scan_jobs, scan_store
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault


@pytest.mark.parametrize("reason", sorted(set(ScanFault) - {ScanFault.TOO_LARGE}))
def test_every_reason_has_a_sentence_of_its_own(reason):
    refused = errors.ScanRefused(reason)
    assert refused.message == errors.ScanRefused.reasons[reason] != errors.ScanRefused.sentence
    assert problems.status_of(refused) == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_file_that_is_too_large_is_refused_by_the_status_for_it():
    refused = errors.ScanTooLarge()
    assert problems.status_of(refused) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert refused.message == errors.ScanTooLarge.sentence


def test_the_limits_that_people_are_told_are_those_that_hold():
    told = errors.ScanRefused.reasons
    assert f"{scan_store.SCAN_BYTES >> 20} MB" in errors.ScanTooLarge.sentence
    assert f"{scan_jobs.PAGES} pages" in told[ScanFault.TOO_MANY_PAGES]
    assert f"{scan_jobs.PIXELS // 10**6} million" in told[ScanFault.TOO_MANY_PIXELS]
    assert f"{scan_jobs.ALL_PIXELS // 10**6} million" in told[ScanFault.TOO_MANY_PIXELS]
