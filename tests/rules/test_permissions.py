"""The table of permissions against the sentences of the contract: who reads, who acts, who orders."""

import itertools

import pytest

from prolong_server.rules import actors
from prolong_server.rules.actors import ANYBODY, Actor, Role, Scope
from prolong_server.rules.permissions import PERMISSIONS

READING = {"list", "show", "history", "letter", "archive"}
REPORTS = {"reports.redemptions", "reports.renewals", "reports.revenue"}
# A code is asked for by POST, because no part of one belongs into an address; auditors only GET.
OPERATING = {
    *("licenses.suspend", "licenses.reinstate", "machines.release", "codes.status", "codes.search"),
    *("modules.register", "modules.report", "modules.retire", "modules.reinstate", "license_files.bind"),
    *("transfer_requests.change", "transfer_requests.submit", "transfer_requests.withdraw"),
    *("transfer_requests.renew_link", "transfer_requests.revoke_link", "attachments.add", "attachments.remove"),
    *("request_reviews.begin", "request_reviews.note", "request_reviews.request_information"),
    *("request_reviews.approve", "request_reviews.reject", "request_reviews.record_payment"),
    *("request_reviews.record_return", "request_reviews.override_limit", "request_reviews.execute"),
}
# What whoever holds the link of a transfer request may do with it, and report of its Modules.
OF_A_REQUEST = {
    *("transfer_requests.show", "transfer_requests.change", "transfer_requests.submit", "transfer_requests.withdraw"),
    *("attachments.add", "attachments.show", "attachments.remove", "attachment_pages.show", "modules.report"),
    *("request_papers.letter", "request_files.list", "request_files.show"),
}
WITHOUT_TOKEN = {
    *("redemptions.redeem", "redemptions.check", "activations.activate", "validations.validate", "products.show"),
    *("price_list.show", "resellers.list", "support.show", "revocations.show", "jwks.show"),
    *("license_links.open", "license_links.unsubscribe", "license_files.verify", "transfer_requests.create"),
}
OF_EVERY_DEALER = {"dealer.show", "prices.list"}
# What staff read elsewhere, by the dealer's name.
OF_DEALERS_ALONE = OF_EVERY_DEALER | {"account.entries"}
OF_SCOPES = {
    Scope.ORDERS_READ: {"orders.list", "orders.show"},
    Scope.ORDERS_WRITE: {"orders.place"},
    Scope.CODES_READ: {"orders.codes", "orders.confirm", "codes.status"},
    Scope.CODES_VOID: {"orders.void"},
    Scope.REPORTS_READ: {"account.entries", "leads.list"} | REPORTS,
    Scope.WEBHOOKS: {
        *("webhook_endpoints.create", "webhook_endpoints.list", "webhook_endpoints.show", "webhook_endpoints.change"),
        *("webhook_endpoints.delete", "webhook_deliveries.list", "webhook_deliveries.redeliver"),
    },
}


def reach(actor):
    return {name for name, grant in PERMISSIONS.items() if actors.may(actor, grant)}


def staff(role):
    return reach(Actor(kind="staff", id=1, role=role)) - WITHOUT_TOKEN


def dealer(*scopes):
    return reach(Actor(kind="dealer", id=1, dealer_id=1, scopes=frozenset(scopes))) - WITHOUT_TOKEN


def reads(name):
    return name in REPORTS or name.rpartition(".")[2] in READING


def test_without_a_token_only_what_products_and_their_users_need_is_open():
    assert reach(ANYBODY) == WITHOUT_TOKEN


def test_an_admin_does_everything_but_speak_as_a_dealer():
    assert staff(Role.ADMIN) == PERMISSIONS.keys() - WITHOUT_TOKEN - OF_DEALERS_ALONE


def test_an_auditor_only_reads():
    assert {name for name in staff(Role.AUDITOR) if not reads(name)} == set()


def test_a_representative_reads_what_an_auditor_reads_and_does_what_the_contract_names():
    assert staff(Role.REPRESENTATIVE) - staff(Role.AUDITOR) == OPERATING
    assert staff(Role.AUDITOR) < staff(Role.REPRESENTATIVE)


def test_every_reading_of_the_vendor_is_open_to_every_role():
    readings = {name for name in PERMISSIONS if reads(name)} - WITHOUT_TOKEN - OF_EVERY_DEALER
    assert [readings - staff(role) for role in Role] == [set(), set(), set()]


@pytest.mark.parametrize(
    "scopes", [scopes for size in range(len(Scope) + 1) for scopes in itertools.combinations(Scope, size)], ids=repr
)
def test_a_dealers_token_reaches_what_its_scopes_name_and_nothing_else(scopes):
    assert dealer(*scopes) == OF_EVERY_DEALER.union(*(OF_SCOPES[scope] for scope in scopes))


def test_the_link_of_a_request_reaches_this_request_alone_and_what_everybody_may():
    assert reach(Actor(kind="customer", request_id=1)) == OF_A_REQUEST | WITHOUT_TOKEN


def test_who_begins_a_request_for_a_customer_as_staff_may_also_work_on_it():
    begun = {role for role in Role if "transfer_requests.create" in reach(Actor(kind="staff", id=1, role=role))}
    assert begun == {Role.ADMIN, Role.REPRESENTATIVE}
