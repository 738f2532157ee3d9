"""License files: seats of a license bound to a Module, and what a file is worth that somebody shows (M3, M6)."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.modules import (
    BindingRequestSchema,
    LicenseFilePageSchema,
    LicenseFileSchema,
    LicenseFilesQuerySchema,
    ShownFileSchema,
    VerifiedSchema,
)
from prolong_server.call import Call
from prolong_server.modules import binding, verification
from prolong_server.modules.binding import LicenseFileView
from prolong_server.modules.verification import Verified
from prolong_server.operations.pages import Page

noun = Noun("license_files", "Signed files that bind seats of licenses to Modules")


@noun.operation(
    "bind", "POST", "/license-files", body=BindingRequestSchema, answer=LicenseFileSchema, status=201, once=True
)
def bind(call: Call, asked: Mapping[str, Any]) -> LicenseFileView:
    """Bind seats of a license to a Module; the file that it has for this Module is void from now on."""
    return binding.bind(call, **asked)


@noun.operation("list", "GET", "/license-files", query=LicenseFilesQuerySchema, answer=LicenseFilePageSchema)
def list_all(call: Call, asked: Mapping[str, Any]) -> Page[LicenseFileView]:
    """License files of all revisions; with `license` or `module` those of one."""
    return binding.list_all(call, **asked)


@noun.operation("verify", "POST", "/license-files/verify", body=ShownFileSchema, answer=VerifiedSchema)
def verify(call: Call, asked: Mapping[str, str]) -> Verified:
    """Tell what a license file is worth today."""
    return verification.verify(call, **asked)
