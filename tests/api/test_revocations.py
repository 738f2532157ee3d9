"""The signed revocation list, through the JSON door."""

import base64
import json
from typing import Any

from joserfc import jws

from tests.api.door import Door
from tests.api.test_licenses import OFFICE
from tests.api.test_products import GUARD


def _payload(text: str) -> Any:
    part = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _header(text: str) -> Any:
    return jws.extract_compact(text.encode()).headers()


def test_the_list_names_what_is_revoked_and_its_number_grows(admin: Door, public: Door):
    empty = _payload(public.ask("GET", "/revocations").text)
    assert (empty["seq"], empty["licenses"], empty["license_files"], empty["modules"]) == (0, [], [], [])
    admin.ask("POST", "/products", GUARD)
    made = admin.ask("POST", "/licenses", OFFICE).json
    admin.ask("POST", f"/licenses/{made['id']}/revoke", {"reason": "fraud"})
    answer = public.ask("GET", "/revocations")
    told = _payload(answer.text)
    assert (told["seq"], told["licenses"], told["iss"]) == (1, [made["id"]], "https://renew.example")
    assert told["iat"] < told["next_update"]
    assert _header(answer.text)["typ"] == "revocations+jwt"
    assert answer.content_type == "application/jwt"


def test_a_known_edition_is_not_sent_again_until_something_is_revoked(admin: Door, public: Door):
    admin.ask("POST", "/products", GUARD)
    admin.ask("POST", "/licenses", OFFICE)
    first = public.ask("GET", "/revocations")
    known = {"If-None-Match": first.headers["ETag"]}
    unchanged = public.ask("GET", "/revocations", headers=known)
    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert public.ask("GET", "/revocations").text == first.text
    admin.ask("POST", "/licenses/office-1/revoke", {"reason": "fraud"})
    assert public.ask("GET", "/revocations", headers=known).status_code == 200


def test_a_tag_that_a_proxy_has_made_weak_is_still_known(public: Door):
    first = public.ask("GET", "/revocations")
    weak = {"If-None-Match": f"W/{first.headers['ETag']}"}
    assert public.ask("GET", "/revocations", headers=weak).status_code == 304
