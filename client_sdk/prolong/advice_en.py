"""What to do next, in English: by the class of an error, and by the code of a refusal."""

from __future__ import annotations

AFTER = {
    "Unreachable": "Check the connection to the internet and try again later.",
    "OutcomeUnknown": "Try again when the connection is back: the same code is never spent twice.",
    "StaleWebhook": "Set the clock of this computer right; a webhook that is too old is sent again by itself.",
    "ForgedWebhook": "Compare the secret with that of the endpoint, and verify the bytes of the body as they came.",
    "WebhookError": "Answer the request with 400 and do nothing else with it.",
    "NoLicense": "Enter your license key, or activate the product by an activation code.",
    "StoreBusy": "Finish the registration that is open in another window, then try again.",
    "StoreError": "Make sure that your own data folder can be written and the disk is not full, then try again.",
    "NotYetValid": "Set this computer's clock right, then try again.",
    "WrongProduct": "Use the license of this product.",
    "WrongMachine": "Connect this computer to the internet, so that it can ask for a document of its own.",
    "UnknownKey": "Update the product: the vendor signs with a key that this version does not know yet.",
    "DocumentError": "Connect to the internet, so that the product can ask for a new license document.",
}

LATER = "Try again later."
REPEAT = "Repeat the same call with this error's idempotency_key: it is never carried out twice."
CALL = "Call {whom}."
CALL_SUPPORT = "Call the vendor's support."

#: Several sentences for one code: the first whose every field was told is taken.
ABOUT = {
    "period_not_allowed": ("Ask the seller to exchange the code for one of a period that your edition offers.",),
    "renewal_window_closed": ("Buy a new license: {where_to_buy}", "Buy a new license."),
    "code_already_redeemed": ("If you have not used this code yourself, ask its seller.",),
    "machine_not_registered": (
        "Enter the code on one of the {seats} workstations of the license, or have an unused one released.",
        "Enter the code on a workstation of the license, or have an unused one released.",
    ),
    "product_outdated": (
        "Install version {latest_version} from {download_url}, then enter the code again.",
        "Install version {latest_version}, then enter the code again.",
        "Update the product, then enter the code again.",
    ),
    "seat_count_mismatch": (
        "Ask for a code for {seats_bought} station(s) instead of {seats_of_code}; more need a new one: {where_to_buy}",
        "Ask the seller for a code for {seats_bought} workstation(s) instead of {seats_of_code}, or buy a new license.",
        "Ask the seller for a code for as many workstations as you have, or buy a new license.",
    ),
    "renewal_code_cannot_activate": ("Enter this code where an existing license is renewed, with its license key.",),
    "license_not_activated": ("Activate the license by its activation code first.",),
    "not_a_renewal_code": ("Enter this code where a new license is activated.",),
    "promo_not_renewable": ("Buy a new license: {where_to_buy}", "Buy a new license."),
    "nfr_not_renewable": ("Buy a new license: {where_to_buy}", "Buy a new license."),
    "trial_not_renewable": ("Buy a new license: {where_to_buy}", "Buy a new license."),
    "territory_mismatch": (
        "Return the code to its seller and buy one in your country: {where_to_buy}",
        "Return the code to its seller and buy one in your country.",
    ),
    "renewal_price_not_preferential": ("Make each renewal price lower than the price of the new license.",),
    "product_mismatch": ("Enter the code in the product that it was bought for.",),
    "edition_mismatch": (
        "Ask the seller to exchange the code for one of the edition {edition_of_license}.",
        "Ask the seller to exchange the code for one of your edition.",
    ),
    "code_voided": ("Ask the seller of the code for another one.",),
    "code_expired": ("Ask the seller of the code for another one.",),
    "too_far_ahead": ("Keep the code and enter it later.",),
    "would_not_extend": ("Keep the code and enter it when the license is about to end.",),
    "test_code": ("Use a sandbox code with a sandbox license, and a live code with a live one.",),
    "code_not_found": ("Compare the code with the paper; if it is the same, ask its seller.",),
    "license_not_found": ("Compare the license key with the one that your product or your papers show.",),
    "code_malformed": ("Compare the code with the paper and enter it again.",),
    "invalid_request": ("Correct the fields that are named, then try again.",),
    "rate_limited": ("Wait a minute, then try again.",),
    "try_again": ("Try again in a moment.",),
    "still_running": ("Try again in a moment.",),
    "unauthenticated": ("Use the token that the vendor gave you, whole; if it ran out, ask for a new one.",),
    "forbidden": ("Ask the vendor for a token with {needed}.", "Ask the vendor for a token with this right."),
    "credit_exceeded": ("Order fewer codes, or pay the account first.",),
    "quota_exceeded": ("Order fewer codes, or ask the vendor for a higher quota.",),
    "no_price": ("Order an item of the price list, or ask the vendor for a price.",),
    "codes_no_longer_available": ("Use the codes that were downloaded before, or void the order and place another.",),
    "not_found": ("Compare the number with your list; what is another's cannot be seen.",),
    "already_exists": ("Choose another name, or change what is there.",),
    "idempotency_key_reused": ("Make a new idempotency key for a new request.",),
    "idempotency_result_secret": ("Delete what was made and make a new one: its secret was told only once.",),
    "link_invalid": ("Open the link of the latest letter, whole.",),
    "request_incomplete": ("Add what is missing: {missing}.", "Add what is missing."),
    "seats_not_conserved": ("Make the seats after the move as many as before it.",),
    "license_file_superseded": ("Use the latest license file.",),
    "replacement_not_paid": ("Have the new Module's order recorded as paid first.",),
    "documents_not_accepted": ("Wait until both scans are accepted, or upload better ones.",),
    "scans_changed_since_review": ("Have the changed scans reviewed again.",),
    "seats_exceeded": ("Bind fewer seats, or free some on another Module first.",),
    "license_file_foreign": ("Hand in the file of a license and Module that the request names.",),
    "module_not_found": ("Compare the number with the one on the device.",),
    "replacement_not_named": ("Have the vendor name the new Module.",),
    "return_not_pledged": ("Guarantee the return in the request, and submit it again.",),
    "scan_refused": ("Scan the paper anew as PDF, JPEG, PNG or TIFF, and send that.",),
    "scan_too_large": ("Scan the paper at 300 dpi, or send its pages as several files.",),
    "second_person_needed": ("Have a colleague confirm it.",),
    "state_changed": ("Read it again and decide anew.",),
}
