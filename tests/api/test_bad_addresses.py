"""Bad queries, addresses and headers get a clear refusal and change nothing."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from flask import Flask

from tests.api import spoiled
from tests.api.asking import client, get, is_refused, rows
from tests.api.filled import Filled

QUERIES = [
    "limit=0",
    "limit=501",
    "limit=-1",
    "limit=ten",
    "limit=1.0",
    "limit=%D9%A3",
    "limit=",
    "limit=99999999999999999999999",
    "limit=1&limit=2",
    "cursor=%00",
    "cursor=%FF",
    "cursor=nonsense!",
    "cursor=" + "a" * 2000,
    "surprise=1",
]
LISTS = {
    "/v1/products": "admin",
    "/v1/dealers": "admin",
    "/v1/orders": "admin",
    "/v1/licenses": "admin",
    "/v1/price-lists": "admin",
    "/v1/account/entries": "all scopes",
    "/v1/representatives": "admin",
    "/v1/redemptions": "admin",
    "/v1/audit-events": "admin",
    "/v1/resellers": None,
}


@pytest.mark.parametrize("path", LISTS)
def test_a_bad_query_of_a_list_is_told_422(path: str, own: Flask, filled: Filled):
    wrong = [query for query in QUERIES if not is_refused(get(own, filled, f"{path}?{query}", LISTS[path]), {422})]
    assert wrong == []


@pytest.mark.parametrize(
    "address",
    [
        "/v1/redemptions?license=%00",
        "/v1/audit-events?object=%0A",
        "/v1/price-list?product=%00",
        "/v1/price-list?country=XX",
        "/v1/resellers?country=ua",
        "/v1/support?country=",
        "/v1/support?country=UA&country=PL",
        "/v1/support?country=%00%00",
    ],
)
def test_a_bad_filter_is_told_422(address: str, own: Flask, filled: Filled):
    assert is_refused(get(own, filled, address, "admin"), {422})


STRANGE = ["%00", "%FF%FE", "%D9%A3", "lic_%D9%A3", "%ED%A0%80", "a" * 3000, "lic_" + "z" * 13, "..%2F", "%20", "%0A"]
PLACES = ["/v1/licenses/{}", "/v1/licenses/{}/history", "/v1/licenses/{}/machines", "/v1/orders/{}", "/v1/dealers/{}"]
PLACES += [
    "/v1/orders/{}/codes",
    "/v1/dealers/{}/tokens",
    "/v1/dealers/{}/entries",
    "/v1/price-lists/{}",
    "/v1/products/{}",
    "/v1/representatives/{}",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_strange_name_in_an_address_is_unknown(place: str, own: Flask, filled: Filled):
    answers = {strange: get(own, filled, place.format(strange), "admin") for strange in STRANGE}
    assert [strange for strange, answer in answers.items() if not is_refused(answer, {404})] == []


@pytest.mark.parametrize(
    "place", ["/v1/licenses/{}/machines/{}", "/v1/dealers/{}/tokens/{}", "/v1/customers/{}/personal-data"]
)
def test_a_strange_name_of_what_is_to_be_deleted_is_unknown(place: str, own: Flask, filled: Filled):
    before = rows(own)
    headers = {"Authorization": f"Bearer {filled.tokens['admin']}"}
    answers = [client(own).delete(place.format(strange, "mch_0"), headers=headers) for strange in STRANGE]
    assert [is_refused(answer, {404}) for answer in answers] == [True] * len(STRANGE)
    assert rows(own) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "\xff;q=a,,;;"},
        {"X-Request-Id": "a b\x01" * 50},
        {"Accept": "///;q=x"},
        {"If-None-Match": '"'},
        {"Range": "bytes=9-1"},
        {"Cookie": "session=\xff"},
        {"Origin": "null\x7f"},
        {"Forwarded": "for=::"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_strange_headers_do_no_harm(headers: Mapping[str, str], own: Flask, filled: Filled):
    for address in ("/v1/revocations", "/v1/products/shield", f"/v1/orders/{filled.known['order']}/codes"):
        assert get(own, filled, address, "admin", **headers).status_code == 200


@pytest.mark.parametrize(
    "given", ["Bearer", "Bearer ", "Bearer \xff", "Basic eA==", "pls_x", "Bearer " + "x" * 5000, " "]
)
def test_a_strange_authorization_is_told_401(given: str, own: Flask, filled: Filled):
    assert is_refused(client(own).get("/v1/products", headers={"Authorization": given}), {401})


@pytest.mark.parametrize("key", ["A/B", "a//b", "import", "validate", "a b", "100%", "?#"])
def test_a_license_is_found_by_its_key_whatever_signs_it_has(key: str, own: Flask, filled: Filled):
    headers = {"Authorization": f"Bearer {filled.tokens['admin']}"}
    made = client(own).post("/v1/licenses", json=spoiled.LICENSE | {"license_key": key}, headers=headers)
    place = f"/v1/licenses/{quote(key, safe='')}"
    found = get(own, filled, place, "admin")
    assert (found.status_code, found.json["id"]) == (200, made.json["id"])
    suspended = client(own).post(f"{place}/suspend", json={"reason": "lost"}, headers=headers)
    assert (suspended.status_code, suspended.json["id"]) == (200, made.json["id"])
    assert get(own, filled, f"{place}/machines", "admin").json == {"items": [], "next_cursor": None}
