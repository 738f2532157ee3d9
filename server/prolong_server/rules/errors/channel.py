"""Refusals of orders, price lists and accounts."""

from prolong_server.rules.errors.base import ChannelRefusal


class CreditExceeded(ChannelRefusal):
    code = "credit_exceeded"
    title = "The credit does not cover this order"
    sentence = (
        "The order costs {needed} {currency} and {available} {currency} are available. Nothing was issued or debited: "
        "order less, or ask the vendor to record a payment."
    )


class QuotaExceeded(ChannelRefusal):
    code = "quota_exceeded"
    title = "The quota does not cover this order"
    sentence = (
        "The order goes beyond the quota of {quota} codes: {left} are left until {resets_on}, when it is whole again. "
        "Nothing was issued or debited: order less, wait for that day, or ask the vendor for a larger quota."
    )


class DealerSuspended(ChannelRefusal):
    code = "dealer_suspended"
    title = "The dealer is suspended"
    sentence = "This dealer's account is suspended, so nothing was issued or debited. Please call the vendor."


class NoPrice(ChannelRefusal):
    code = "no_price"
    title = "There is no price for this"
    sentence = (
        "The price list has no price for this product, edition, period and number of seats in {currency}. "
        "Nothing was issued or debited; ask the vendor for a price."
    )


class RenewalPriceNotPreferential(ChannelRefusal):
    code = "renewal_price_not_preferential"
    title = "A renewal must cost less than a new license"
    sentence = (
        "In {count} line(s) of the list the renewal price is not below the price of a new license, the first is line "
        "{first_line}. The whole list was refused; correct those lines and send it again."
    )


class CodesNoLongerAvailable(ChannelRefusal):
    code = "codes_no_longer_available"
    title = "The list of codes was destroyed"
    sentence = (
        "The codes of this order can no longer be read: receipt was confirmed or 30 days have passed. "
        "Void what is unspent and order again if the list is lost."
    )
