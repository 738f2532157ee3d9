"""Refusals of requests that are unclear, name nothing known, or must wait."""

from prolong_server.rules.errors.base import RequestRefusal


class InvalidRequest(RequestRefusal):
    """`errors` names each wrong field and says in words what is wrong with it, without repeating its value."""

    code = "invalid_request"
    title = "The request is not valid"
    sentence = "Some fields of the request are missing or wrong; nothing was changed. Each is named in errors."

    def __init__(self, errors: dict[str, object]) -> None:
        super().__init__(errors=errors)


class NotFound(RequestRefusal):
    code = "not_found"
    title = "Nothing is known here"
    sentence = (
        "There is nothing here by this name, or it belongs to somebody else. Check the address or the identifier."
    )


class AlreadyExists(RequestRefusal):
    code = "already_exists"
    title = "The name is taken"
    sentence = (
        "There is already one with the same {field}. Nothing was changed; choose another, or change the existing one."
    )


class StateChanged(RequestRefusal):
    code = "state_changed"
    title = "The state does not allow this"
    sentence = "This cannot be done in the present state ({state}). Nothing was changed; read it again and decide anew."


class IdempotencyKeyReused(RequestRefusal):
    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"
    sentence = (
        "This Idempotency-Key came before with another body. Nothing was changed; make a new key for a new request."
    )


class IdempotencyResultSecret(RequestRefusal):
    code = "idempotency_result_secret"
    title = "The first answer held a secret"
    sentence = (
        "This request was carried out before, and its answer held a secret that is told only once. "
        "If it was lost, delete what was made and make a new one."
    )


class StillRunning(RequestRefusal):
    code = "still_running"
    title = "The same request is still running"
    sentence = "A request with this Idempotency-Key has not finished yet. Repeat it in a moment to get its answer."


class TryAgain(RequestRefusal):
    """The outcome is unknown or nothing was done: the same request may be sent again without harm."""

    code = "try_again"
    title = "Please try again"
    sentence = (
        "The service cannot answer at the moment, and it may not be certain whether the request was carried out. "
        "Send the same request again in a few seconds; nothing is done twice."
    )
