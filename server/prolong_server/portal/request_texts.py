"""What the page of a transfer request says, in English, which is also the key of the translations."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext

REQUEST: Final[Mapping[str, str]] = {
    "title": "Your request about Modules",
    "loading": "Your request is being looked up…",
    "no_script": (
        "This page needs JavaScript, because the address that you were sent is kept secret in your browser. Allow "
        "JavaScript for this page, or ask who helps you to take up your request."
    ),
    "no_token": "The address is incomplete. Open the link of your letter whole, from its beginning to its end.",
    "no_answer": (
        "The server cannot be reached just now, so it is not certain whether the last step was taken. Check your "
        "connection, and load this page again in a minute."
    ),
    "number": "Request",
    "draft": "The request is a draft.",
    "draft_means": "Fill it in, add the signed letter, and submit it. Nothing is moved before we have reviewed it.",
    "submitted": "The request has reached us.",
    "submitted_means": "We will review it. Your license files still work.",
    "in_review": "The request is being reviewed.",
    "in_review_means": "You will hear from us by mail. Your license files still work.",
    "needs_information": "We have a question.",
    "needs_information_means": "Answer it by filling in or adding what is lacking, and submit the request again.",
    "approved": "The request is approved.",
    "approved_means": "The move is carried out next. Until then your license files still work.",
    "rejected": "The request was rejected.",
    "rejected_means": "Nothing was moved. You can begin a new request.",
    "withdrawn": "The request was withdrawn.",
    "withdrawn_means": "Nothing was moved.",
    "executed": "The licenses were moved.",
    "executed_means": "Download the new license files below and install them. The old ones are void.",
    "awaiting_return": "The licenses were moved, and Modules are to be returned.",
    "awaiting_return_means": (
        "Download the new license files below and install them; the old ones are void. Please return the Modules that "
        "are named below."
    ),
    "completed": "The request is completed.",
    "completed_means": "Download the new license files below and install them. The old ones are void.",
    "answer": "Your answer",
    "incomplete": (
        "A license lacks its number, or a Module its number or its workstations. Nothing was saved: complete the line, "
        "or remove it."
    ),
    "no_link": (
        "This link does not work any more: it is older than 30 days, or a newer one was made. Ask who helps you for a "
        "new one. Nothing of your request is lost."
    ),
    "missing": "What is still lacking",
    "whole": "Nothing is lacking. You can submit the request.",
    "what": "What you ask for",
    "kind": "Kind of request",
    "transfer": "Transfer: from one Module to another",
    "merge": "Merge: from several Modules to one",
    "redistribute": "Redistribute: workstations among several Modules",
    "replace_lost": "Replace a lost Module",
    "replace_broken": "Replace a broken Module",
    "company": "Company",
    "licenses": "Licenses",
    "license_key": "License number",
    "software": "Name of the software",
    "from": "From Module",
    "to": "To Module",
    "seats": "Workstations",
    "add_license": "Add a license",
    "add_from": "Add a Module it comes from",
    "add_to": "Add a Module it goes to",
    "remove": "Remove",
    "added": "Added by us, because it hangs on the same Module.",
    "pledges": "Guarantees",
    "non_use": "We guarantee not to use the license files received before.",
    "return_modules": "We guarantee to return the Modules, if that is asked for.",
    "files_held": "License files received before",
    "all": "We hand in all that we hold.",
    "none_held": "We hold none.",
    "save": "Save",
    "saved": "Saved.",
    "papers": "Letter and papers",
    "letter_how": (
        "Download the letter, print it on your company's letterhead, have it signed and stamped, scan it, and add the "
        "scan here (PDF, JPEG, PNG or TIFF, at most 20 MB)."
    ),
    "download_letter": "Download the letter",
    "paper": "Kind of paper",
    "letter": "Signed letter",
    "write_off_act": "Write-off act",
    "license_file": "License file",
    "file": "File",
    "add_paper": "Add the paper",
    "adding": "The paper is being read…",
    "kept": "The paper was added.",
    "submit": "Submit the request",
    "withdraw": "Withdraw the request",
    "withdraw_sure": "Withdraw the request? Nothing will be moved, and it cannot be taken up again.",
    "files": "New license files",
    "download": "Download",
    "returns": "Modules to be returned",
    "return_by": "by",
    "received": "received",
    "support": "Who helps you",
}
SENTENCES: Final = tuple(REQUEST.values())


def spoken() -> Mapping[str, str]:
    """What the page says, in the language of the visitor."""
    return {name: gettext(sentence) for name, sentence in REQUEST.items()}
