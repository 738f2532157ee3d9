"""Licenses validated by products. No token: the key is the credential."""

from prolong_server.api import limits
from prolong_server.api.core import Noun
from prolong_server.api.schemas.licensing import ValidationRequestSchema, ValidationSchema
from prolong_server.call import Call
from prolong_server.licensing import validations
from prolong_server.licensing.forms import ValidationForm
from prolong_server.licensing.validations import ValidationView

noun = Noun("validations", "Licenses validated by products")


@noun.operation("validate", "POST", "/licenses/validate", body=ValidationRequestSchema, answer=ValidationSchema)
def validate(call: Call, form: ValidationForm) -> ValidationView:
    """Tell whether a license is good for a product, on a machine, today; a missed renewal is caught up here."""
    with limits.guarded(call, form.license_key):
        return validations.validate(call, form)
