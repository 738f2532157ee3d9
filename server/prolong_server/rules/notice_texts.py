"""What letters about transfer requests say, in English, which is also the key of the translations.

Each tells what happened, what it means and what to do next; `{names}` are filled in. No license key and no code stands
in them: who holds the link sees the rest.
"""

from typing import Final

from prolong_server.rules.module_words import RequestState

GREETING: Final = "Good day!"
SUBJECT: Final = "Your request {request}: {news}"
LINK: Final = (
    "Your request, what it still lacks and all its papers (the link is meant for you alone and works for 30 days):"
)
HELP: Final = "If you have a question, {name} will be glad to help you:"

BEGUN: Final = "it was begun"
BEGUN_TEXT: Final = (
    "A request about your hardware Modules was begun with this address. Open the link, fill in what is lacking, "
    "download the letter, have it signed on your company's letterhead, upload the scan and submit the request. If you "
    "did not begin it, you need not do anything."
)
NEWS: Final[dict[RequestState, tuple[str, str]]] = {
    RequestState.SUBMITTED: (
        "it has reached us",
        (
            "We have received your request and will review it. Nothing has been moved yet, and your license files "
            "still work. You will hear from us."
        ),
    ),
    RequestState.IN_REVIEW: (
        "your answer has reached us",
        "We have received what you have added and go on with the review. Nothing has been moved yet.",
    ),
    RequestState.NEEDS_INFORMATION: (
        "we have a question",
        (
            "Before we can go on we need something more from you. Nothing has been moved. Please add it and submit the "
            "request again. Our question:"
        ),
    ),
    RequestState.APPROVED: (
        "it was approved",
        "Your request was approved. The move is carried out next; until we tell you so, your license files still work.",
    ),
    RequestState.REJECTED: (
        "it was rejected",
        "Your request was rejected, and nothing was moved. You can begin a new one. The reason:",
    ),
    RequestState.WITHDRAWN: ("it was withdrawn", "Your request was withdrawn, and nothing was moved."),
    RequestState.AWAITING_RETURN: (
        "new license files, and Modules to be returned",
        (
            "Your licenses were moved. The old license files are void from now on: download the new ones by the link "
            "and install them. Please return these Modules by {due_on}:"
        ),
    ),
    RequestState.COMPLETED: (
        "it is completed",
        "Your request is completed. The new license files are found by the link; the old ones are void.",
    ),
}
BUY_FIRST: Final = (
    "A lost or broken Module is replaced at your expense: please buy the new Module first. The move is carried out "
    "once it is paid."
)
OWNED: Final = "somebody asks to move your license"
OWNED_TEXT: Final = (
    "Somebody asks to move licenses of yours between hardware Modules, with another mail address than the one that we "
    "know of you. Their keys end in: {endings}. Nothing was moved yet. If you know of it, you need not do anything; if "
    "you do not, please call us now."
)
LATE: Final = "Modules are late"
LATE_TEXT: Final = "These Modules were to be returned by {due_on} and have not reached us. Please send them to us:"
PLEDGE_THE_RETURN: Final = (
    "The Modules of this request have to be returned, and your letter does not guarantee that yet. Please state it in "
    "the request, upload a letter that guarantees it, and submit the request again."
)
STAFF_SUBJECT: Final = "Transfer request {request}: {state}"
STAFF_TEXT: Final = (
    "Transfer request {request} ({kind}) is now in the state {state}. What is to be done is told by "
    "GET {issuer}/v1/transfer-requests/{request}"
)
STAFF_REPORTED: Final = (
    "A customer has reported a Module of transfer request {request} lost or broken; nothing new is bound to it. "
    "GET {issuer}/v1/modules?status=reported lists all."
)
STAFF_LATE: Final = (
    "Modules of transfer request {request} are late. GET {issuer}/v1/transfer-requests?overdue=true lists all."
)

SENTENCES: Final = (
    *(GREETING, SUBJECT, LINK, HELP, BEGUN, BEGUN_TEXT),
    *(sentence for news in NEWS.values() for sentence in news),
    *(OWNED, OWNED_TEXT, BUY_FIRST, LATE, LATE_TEXT, PLEDGE_THE_RETURN),
)
