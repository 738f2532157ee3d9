"""Refusals that weigh a code against a form, a license and a machine, in the order of `renewal.REDEMPTION`."""

from prolong_server.rules.errors.base import RedemptionRefusal


class LicenseNotFound(RedemptionRefusal):
    code = "license_not_found"
    title = "The license key is unknown"
    sentence = (
        "We know no license with this key, so nothing was changed and no code was spent. "
        "Compare the key with the one that your product shows."
    )


class ProductMismatch(RedemptionRefusal):
    code = "product_mismatch"
    title = "Another product"
    sentence = (
        "The form, the code and the license do not name the same product. The code was not spent: "
        "enter it in the product that it was bought for."
    )


class LicenseNotActivated(RedemptionRefusal):
    code = "license_not_activated"
    title = "The license was never activated"
    sentence = (
        "This license has never been activated, so there is nothing to renew. The code was not spent: "
        "activate the license first with its activation code."
    )


class LicenseRevoked(RedemptionRefusal):
    code = "license_revoked"
    title = "The license was revoked"
    sentence = (
        "The vendor has revoked this license for good, and it cannot be changed or renewed any more. "
        "Nothing was changed; please call us."
    )


class LicenseSuspended(RedemptionRefusal):
    code = "license_suspended"
    title = "The license is suspended"
    sentence = (
        "This license is suspended at the moment and cannot be changed or renewed. Nothing was changed, and no code "
        "was spent; please call us."
    )


class PromoNotRenewable(RedemptionRefusal):
    code = "promo_not_renewable"
    title = "Promo licenses cannot be renewed"
    sentence = (
        "A promo license (its activation code contains PRO) cannot be renewed. "
        "The code was not spent; buy a new license."
    )
    solved_by_purchase = True


class NfrNotRenewable(RedemptionRefusal):
    code = "nfr_not_renewable"
    title = "Partner licenses cannot be renewed"
    sentence = (
        "A partner license (its activation code contains NFR) cannot be renewed. "
        "The code was not spent; buy a new license."
    )
    solved_by_purchase = True


class TrialNotRenewable(RedemptionRefusal):
    code = "trial_not_renewable"
    title = "Trial licenses cannot be renewed"
    sentence = "A trial license cannot be renewed. The code was not spent; buy a new license."
    solved_by_purchase = True


class EditionMismatch(RedemptionRefusal):
    code = "edition_mismatch"
    title = "Another edition"
    sentence = (
        "The code is for the edition {edition_of_code}, the license is of the edition {edition_of_license}. "
        "The code was not spent: ask its seller for one of your edition."
    )


class PeriodNotAllowed(RedemptionRefusal):
    code = "period_not_allowed"
    title = "This period is not offered"
    sentence = (
        "This edition is not licensed for {period_years} year(s) (three years are for business editions only). "
        "Nothing was changed: choose one of its periods, or ask the seller of the code for one."
    )


class RenewalWindowClosed(RedemptionRefusal):
    code = "renewal_window_closed"
    title = "Too late to renew"
    sentence = (
        "This license ran until {expires_on} and could be renewed until {renewable_until}. "
        "The code was not spent; only a new license helps now."
    )
    solved_by_purchase = True


class TooFarAhead(RedemptionRefusal):
    code = "too_far_ahead"
    title = "Too far in advance"
    sentence = (
        "With this code the license would run until {expires_on_after}, and at most {latest_expires_on} is allowed. "
        "The code was not spent; enter it later."
    )


class WouldNotExtend(RedemptionRefusal):
    code = "would_not_extend"
    title = "The code would be wasted"
    sentence = (
        "The license already runs until {expires_on}; with this code entered today it would not run longer. "
        "The code was not spent; enter it later."
    )


class SeatCountMismatch(RedemptionRefusal):
    code = "seat_count_mismatch"
    title = "Another number of workstations"
    sentence = (
        "The license is for {seats_bought} workstation(s), the code for {seats_of_code}. The code was not spent: "
        "ask its seller for one with the same number; more workstations need a new license."
    )
    solved_by_purchase = True


class TerritoryMismatch(RedemptionRefusal):
    code = "territory_mismatch"
    title = "The code is for another country"
    sentence = (
        "A code for this edition must come from a dealer of the country that the license is for ({country}). "
        "The code was not spent: return it to its seller and buy one in that country."
    )
    solved_by_purchase = True


class ProductOutdated(RedemptionRefusal):
    code = "product_outdated"
    title = "Update the product first"
    sentence = (
        "Before a code is entered the product must be up to date; the latest version is {latest_version}. "
        "The code was not spent: download and install it, then enter the code again."
    )


class MachineNotRegistered(RedemptionRefusal):
    code = "machine_not_registered"
    title = "This computer does not belong to the license"
    sentence = (
        "The code is entered on a computer of the license, which has {seats} workstation(s), and this computer is none "
        "of them or has not said which it is. The code was not spent: enter it on one of them, or ask us to release a "
        "computer that you no longer use."
    )
