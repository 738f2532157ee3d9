"""The JSON door: one file for each noun under /v1. A view is declarations and five lines."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from prolong_server.api import (
    account,
    activations,
    attachments,
    audit_events,
    codes,
    customers,
    dealer_tokens,
    dealers,
    entrance,
    health,
    leads,
    license_files,
    license_links,
    licenses,
    limits,
    machines,
    modules,
    openapi,
    orders,
    price_lists,
    problems,
    products,
    redemptions,
    reports,
    representatives,
    request_log,
    request_papers,
    request_reviews,
    revocations,
    support,
    transfer_requests,
    validations,
    webhooks,
)
from prolong_server.api.admission import Admission
from prolong_server.api.hot_paths import HOT_PLACES
from prolong_server.config import Settings
from prolong_server.rules.errors import Refusal
from prolong_server.rules.languages import Language

LANGUAGES = tuple(language.value for language in Language)
NOUNS = (
    redemptions.noun,
    codes.noun,
    activations.noun,
    validations.noun,
    dealers.dealer,
    dealers.noun,
    dealers.payments,
    dealers.corrections,
    dealers.resellers,
    account.own,
    account.of_dealers,
    dealer_tokens.noun,
    price_lists.noun,
    price_lists.official,
    price_lists.dealers_prices,
    orders.noun,
    leads.noun,
    reports.noun,
    products.noun,
    representatives.noun,
    representatives.support,
    licenses.noun,
    machines.noun,
    revocations.noun,
    customers.noun,
    license_links.noun,
    audit_events.noun,
    webhooks.endpoints,
    webhooks.deliveries,
    modules.noun,
    license_files.noun,
    transfer_requests.noun,
    transfer_requests.files,
    request_papers.noun,
    attachments.noun,
    attachments.pages,
    request_reviews.noun,
)


def register(app: Flask, settings: Settings) -> None:
    """Put the JSON door into the application."""
    app.wsgi_app = Admission(app, _places(settings.threads), HOT_PLACES)  # type: ignore[method-assign] # as Flask's guide does
    limits.register(app, settings)
    # A license key may hold two slashes in a row, and an address that is not known is 404, never a redirection.
    app.url_map.merge_slashes = False
    app.extensions["prolong_contact"] = support.Kept()
    app.register_error_handler(Refusal, problems.answer)
    app.register_error_handler(HTTPException, problems.answer_http)
    app.register_error_handler(Exception, _answer_fault)
    request_log.watch(app)
    entrance.guard(app)
    health.register(app)
    openapi.register(app, NOUNS)


def _places(threads: int) -> int:
    # The other threads are for those who are turned away, and for health.
    return max(1, threads - max(1, threads // 4))


def language() -> str | None:
    """The language of the answer: the best of those spoken here that the request accepts."""
    return request.accept_languages.best_match(LANGUAGES, default="en")


def _answer_fault(error: Exception) -> Response:
    request_log.fault(error)
    return problems.answer_http(InternalServerError())
