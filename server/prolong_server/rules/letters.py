"""What reminders say, in English, which is also the key of the translations; `{names}` are filled in.

Each tells what happens, what it means (after its last day the product stops: the grace is for renewing alone, R3) and
what to do. They are written so that no number stands before a word that it would bend.
"""

from typing import Final

SUBJECT_BEFORE: Final = "{product}: your license runs until {expires_on}"
SUBJECT_TODAY: Final = "{product}: your license ends today, {expires_on}"
SUBJECT_AFTER: Final = "{product}: your license ended on {expires_on}"
GREETING: Final = "Good day!"
BEFORE: Final = (
    "Your license for {product} runs until {expires_on}, that day included. After that day the product stops working."
)
TODAY: Final = (
    "Today, {expires_on}, is the last day of your license for {product}. From tomorrow on the product does not work."
)
AFTER: Final = (
    "Your license for {product} ended on {expires_on}, and since then the product does not work. The license is not "
    "lost: it can still be renewed until {renewable_until}, that day included. After that only a new license helps."
)
RENEW_IN_TIME: Final = (
    "Please renew it by then: once it has ended it cannot be renewed any more, and only a new license helps."
)
RENEW_EVEN_LATER: Final = (
    "It can be renewed until {renewable_until}, but until it is renewed the product does not work after its last day."
)
HOW: Final = (
    "To renew it, buy a renewal code for this edition and this number of workstations from a dealer, and enter it on "
    "the computer where the product is installed. Your license key stays the same, and no day is lost."
)
HOW_FROM_TODAY: Final = (
    "To renew it, buy a renewal code for this edition and this number of workstations from a dealer, and enter it on "
    "the computer where the product is installed. Your license key stays the same."
)
SELLER: Final = "You bought the license from {name}, who will be glad to help you:"
SUPPORT: Final = "If you have a question, {name} will be glad to help you:"
WHERE_TO_BUY: Final = "Where to buy: {url}"
WHERE_TO_ENTER: Final = "Where to enter the code: {url}"
LINK: Final = "Your license, its days and whom to ask (the link is meant for you alone and works for 90 days):"
STOP: Final = (
    "You get this letter because reminders were agreed to for this license. If you want no more of them, open the link "
    "above and choose “No more reminders”."
)

PRODUCT: Final = "Product: {product}, {edition}"
KEY: Final = "License key ends in: {ending}"
SEATS: Final = "Workstations: {seats}"
LAST_DAY: Final = "Last day: {expires_on}"
RENEWABLE: Final = "Can be renewed until: {renewable_until}"

LIST_SUBJECT: Final = "Licenses that run out: {count} ({day})"
LIST_INTRODUCTION: Final = (
    "These licenses that you sold are running out, or have ended and can still be renewed. Each is named once when 60, "
    "30 and 7 days are left, on its last day, and 14 and 25 days after it. Now is a good time to offer a renewal."
)
LIST_DAY: Final = "Last day {expires_on}, can be renewed until {renewable_until}:"
LIST_SEATS: Final = "workstations: {seats}"
LIST_MORE: Final = "Further licenses, not named here: {count}. Your list of leads has them all."

SENTENCES: Final = (
    *(SUBJECT_BEFORE, SUBJECT_TODAY, SUBJECT_AFTER, GREETING, BEFORE, TODAY, AFTER, RENEW_IN_TIME, RENEW_EVEN_LATER),
    *(HOW, HOW_FROM_TODAY, SELLER, SUPPORT, WHERE_TO_BUY, WHERE_TO_ENTER, LINK, STOP),
    *(PRODUCT, KEY, SEATS, LAST_DAY, RENEWABLE),
    *(LIST_SUBJECT, LIST_INTRODUCTION, LIST_DAY, LIST_SEATS, LIST_MORE),
)
