"""Activation codes that create licenses. No token: the code is the credential."""

from prolong_server.api import limits, metrics
from prolong_server.api.core import Noun, Reply
from prolong_server.api.schemas.licensing import ActivationRequestSchema, ActivationSchema
from prolong_server.call import Call
from prolong_server.licensing import activations
from prolong_server.licensing.forms import ActivationForm

noun = Noun("activations", "Activation codes that create licenses")


@noun.operation(
    "activate", "POST", "/activations", body=ActivationRequestSchema, answer=ActivationSchema, status=201, also=(200,)
)
def activate(call: Call, form: ActivationForm) -> Reply:
    """Create a license with an activation code; the same machine again is answered with the first answer."""
    with metrics.Outcome("activation") as outcome, limits.guarded(call, form.code):
        done = activations.activate(call, form)
        outcome.name = "activated" if done.first else "replayed"
    return Reply(done) if done.first else Reply(done, 200, {"Idempotent-Replayed": "true"})
