"""What the page that a letter links to asks for: the link's own token is the credential, in the body, never a URL."""

from collections.abc import Mapping

from prolong_server.api.core import Noun
from prolong_server.api.schemas.license_links import LinkedLicenseSchema, LinkSchema
from prolong_server.call import Call
from prolong_server.licensing import license_links
from prolong_server.licensing.license_links import LinkedLicense

noun = Noun("license_links", "The page of a license, for who holds the link of a reminder")


@noun.operation("open", "POST", "/license-links/open", body=LinkSchema, answer=LinkedLicenseSchema)
def show(call: Call, link: Mapping[str, str]) -> LinkedLicense:
    """What the license of a link shows: its days and whom to ask; no key and no person."""
    return license_links.show(call, **link)


@noun.operation("unsubscribe", "POST", "/license-links/unsubscribe", body=LinkSchema, answer=LinkedLicenseSchema)
def unsubscribe(call: Call, link: Mapping[str, str]) -> LinkedLicense:
    """Send no more reminders for this license; again: 200, unchanged."""
    return license_links.unsubscribe(call, **link)
