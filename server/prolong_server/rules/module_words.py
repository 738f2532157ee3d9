"""The closed sets of words of Modules and of the requests to move licenses between them (M1–M11)."""

from enum import StrEnum


class MoveKind(StrEnum):
    """What a request asks for (M1)."""

    TRANSFER = "transfer"
    MERGE = "merge"
    REDISTRIBUTE = "redistribute"
    REPLACE_LOST = "replace_lost"
    REPLACE_BROKEN = "replace_broken"

    @property
    def replaces(self) -> bool:
        """Whether a lost or broken Module is replaced (M7, M8)."""
        return self in {MoveKind.REPLACE_LOST, MoveKind.REPLACE_BROKEN}


class AttachmentKind(StrEnum):
    """What a file that came with a request is (M2, M3, M8)."""

    LETTER = "letter"
    WRITE_OFF_ACT = "write_off_act"
    LICENSE_FILE = "license_file"


class FilesHeld(StrEnum):
    """What the customer states about the license files received before (M3)."""

    ALL = "all"
    NONE_HELD = "none_held"


class ChecklistItem(StrEnum):
    """What a representative compares with the scans, item by item (M2, M8)."""

    LETTERHEAD = "letterhead"
    SOFTWARE = "software"
    LICENSE_NUMBERS = "license_numbers"
    SEATS = "seats"
    MODULE_NUMBERS = "module_numbers"
    ORDER_OF_REDISTRIBUTION = "order_of_redistribution"
    NON_USE = "non_use"
    RETURN_MODULES = "return_modules"
    LOSS_OR_DAMAGE = "loss_or_damage"
    WRITE_OFF_ACT = "write_off_act"


class RequestState(StrEnum):
    """Where a request is in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    NEEDS_INFORMATION = "needs_information"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXECUTED = "executed"
    AWAITING_RETURN = "awaiting_return"
    COMPLETED = "completed"


class Action(StrEnum):
    """What somebody may do with a request; `edit` changes its data, `attach` its files."""

    EDIT = "edit"
    ATTACH = "attach"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REVIEW = "review"
    REQUEST_INFORMATION = "request_information"
    APPROVE = "approve"
    REJECT = "reject"
    RECORD_PAYMENT = "record_payment"
    OVERRIDE_LIMIT = "override_limit"
    EXECUTE = "execute"
    AWAIT_RETURN = "await_return"
    RECORD_RETURN = "record_return"
    COMPLETE = "complete"


class ModuleState(StrEnum):
    """Whether a Module may hold licenses: only to one that is `in_service` anything new is bound (M9).

    `awaiting_return` is one that has to be given back and was not yet (M5); `out_of_service` is for ever.
    """

    IN_SERVICE = "in_service"
    REPORTED = "reported"
    AWAITING_RETURN = "awaiting_return"
    OUT_OF_SERVICE = "out_of_service"


class ModuleEvent(StrEnum):
    """What is reported about a Module (M9)."""

    LOST = "lost"
    BROKEN = "broken"
    FOUND = "found"
    RETURNED = "returned"


class FileCode(StrEnum):
    """What a license file is worth today, in the order in which it is judged; the last is the good one."""

    FORGED = "FORGED"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    MODULE_OUT_OF_SERVICE = "MODULE_OUT_OF_SERVICE"
    EXPIRED = "EXPIRED"
    VALID = "VALID"


class FileStatus(StrEnum):
    """How a revision of a license file stands in our books.

    `held` is void, because its Module went out of service at once, but its seats wait for the replacement (M9).
    """

    CURRENT = "current"
    HELD = "held"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
