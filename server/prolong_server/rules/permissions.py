"""The one table of who may do what: every operation of the HTTP interface and the grant that opens it.

A route whose operation is not listed is refused to everybody, and a test walks all routes against this table.
"""

from prolong_server.rules.actors import ADMIN, OPERATE, PUBLIC, READ, Grant, Role, Scope

_ADMIN_ROLE = frozenset({Role.ADMIN})
_STAFF = frozenset(Role)

PERMISSIONS: dict[str, Grant] = {
    "redemptions.redeem": PUBLIC,
    "redemptions.check": PUBLIC,
    "activations.activate": PUBLIC,
    "validations.validate": PUBLIC,
    "products.show": PUBLIC,
    "price_list.show": PUBLIC,
    "resellers.list": PUBLIC,
    "support.show": PUBLIC,
    "revocations.show": PUBLIC,
    "jwks.show": PUBLIC,
    "metrics.show": READ,
    "dealer.show": Grant(any_dealer=True),
    "prices.list": Grant(any_dealer=True),
    "orders.place": Grant(roles=_ADMIN_ROLE, scope=Scope.ORDERS_WRITE),
    "orders.list": Grant(roles=_STAFF, scope=Scope.ORDERS_READ),
    "orders.show": Grant(roles=_STAFF, scope=Scope.ORDERS_READ),
    "orders.codes": Grant(roles=_ADMIN_ROLE, scope=Scope.CODES_READ),
    "orders.confirm": Grant(roles=_ADMIN_ROLE, scope=Scope.CODES_READ),
    "orders.void": Grant(roles=_ADMIN_ROLE, scope=Scope.CODES_VOID),
    "products.create": ADMIN,
    "products.list": READ,
    "products.change": ADMIN,
    "dealers.create": ADMIN,
    "dealers.list": READ,
    "dealers.show": READ,
    "dealers.change": ADMIN,
    "dealer_tokens.create": ADMIN,
    "dealer_tokens.list": READ,
    "dealer_tokens.delete": ADMIN,
    "dealer_payments.record": ADMIN,
    "dealer_corrections.record": ADMIN,
    "price_lists.create": ADMIN,
    "price_lists.list": READ,
    "representatives.put": ADMIN,
    "representatives.list": READ,
    "representatives.show": READ,
    "licenses.create": ADMIN,
    "licenses.list": READ,
    "licenses.show": READ,
    "licenses.import": ADMIN,
    "licenses.suspend": OPERATE,
    "licenses.reinstate": OPERATE,
    "licenses.revoke": ADMIN,
    "licenses.history": READ,
    "machines.list": READ,
    "machines.release": OPERATE,
    "redemptions.list": READ,
    "audit_events.list": READ,
    "customers.erase": ADMIN,
}
