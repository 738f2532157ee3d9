"""M1–M10: what may be submitted, bound, approved and executed. One function a rule, which answers a refusal or None.

A rule answers, it does not act: it returns an error unraised, and looks at nothing but the facts. Each decision has
its tuple, the order of precedence; the first refusal in it is the answer. What a request lacks (M2) is in `missing`,
its states are in `module_states`, the license files (M3) in `license_files`.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from prolong_server.rules import errors, moves
from prolong_server.rules.errors import Refusal
from prolong_server.rules.missing import missing
from prolong_server.rules.module_facts import Approval, Binding, Execution, Module, MoveData, MovedLicense
from prolong_server.rules.module_words import ChecklistItem, ModuleState, MoveKind

Facts = TypeVar("Facts")


def is_complete(data: MoveData) -> Refusal | None:
    """M2: Submitting a request that does not state everything is refused, and the refusal says what is missing."""
    lacking = missing(data)
    return errors.RequestIncomplete(missing=lacking) if lacking else None


def seats_stay_the_same(data: MoveData) -> Refusal | None:
    """M6, judged early: What is stated for a license takes as many seats from Modules as it gives to Modules."""
    for number, move in enumerate(data.licenses, start=1):
        if not move.targets:
            continue
        refusal = moves.conserved(number, moves.seats_by_module(move.origins), moves.seats_by_module(move.targets))
        if refusal:
            return refusal
    return None


def module_is_known(binding: Binding) -> Refusal | None:
    """M6: Files are issued for the Modules that are registered; another is refused."""
    return _unknown((binding.module,))


def module_is_in_service(binding: Binding) -> Refusal | None:
    """M9: Nothing new is bound to a Module that is reported or out of service."""
    return _not_in_service((binding.module,))


def seats_are_enough(binding: Binding) -> Refusal | None:
    """M6: The sum of the seats that are bound to Modules never exceeds the seats of the license."""
    bound = binding.bound + binding.seats
    if bound <= binding.seats_of_license:
        return None
    return errors.SeatsExceeded(license=binding.license, bound=bound, seats=binding.seats_of_license)


def scans_are_as_reviewed(approval: Approval) -> Refusal | None:
    """M4: An approval binds the SHA-256 of the scans that were reviewed: changed scans need a new review."""
    return None if approval.scans_now == approval.scans_reviewed else errors.ScansChangedSinceReview()


def papers_are_there(approval: Approval) -> Refusal | None:
    """M2: What could not be submitted is not approved either: a scan may have been taken back since."""
    return is_complete(approval.data)


def return_is_pledged(approval: Approval) -> Refusal | None:
    """M5: If Modules must be returned and that was not pledged, the case goes to `needs_information` first."""
    data = approval.data
    needed = must_return(data.kind, decided=approval.return_required)
    return errors.ReturnNotPledged() if needed and not data.return_modules else None


def checklist_is_complete(approval: Approval) -> Refusal | None:
    """M4: A representative ticks each item of M2 against the scan before the request is approved."""
    return _unticked(approval.data.kind, approval.return_required, approval.ticked)


def scans_are_as_approved(execution: Execution) -> Refusal | None:
    """M4: What was approved is executed with the scans that were approved, and with no others."""
    return None if execution.scans_now == execution.scans_approved else errors.ScansChangedSinceReview()


def documents_are_accepted(execution: Execution) -> Refusal | None:
    """M8: Nothing is executed before the letter, and for a replacement the write-off act, are accepted."""
    return _unticked(execution.kind, execution.return_required, execution.ticked)


def replacement_is_paid(execution: Execution) -> Refusal | None:
    """M7: A replacement is at the customer's expense: the new Module is bought, and paid, before execution."""
    return errors.ReplacementNotPaid() if execution.kind.replaces and not execution.paid else None


def modules_are_known(execution: Execution) -> Refusal | None:
    """M6: New files are issued for every Module touched, so each must be registered."""
    return _unknown((*execution.origins, *execution.targets))


def modules_stand_in_service(execution: Execution) -> Refusal | None:
    """M9: Nothing is bound to a Module that is reported or out of service; M7: what such a one holds is replaced."""
    replaced = () if execution.kind.replaces else execution.origins
    return _not_in_service((*replaced, *execution.targets))


def limit_is_kept(execution: Execution) -> Refusal | None:
    """M10: Moves are limited for each license, with an override that needs a reason and a second person."""
    beyond = next((refusal for one in execution.licenses if (refusal := _beyond_the_limit(execution, one))), None)
    if beyond is None or execution.override is None:
        return beyond
    override = execution.override
    alone = override.confirmed_by in {None, "", override.asked_by}
    return errors.SecondPersonNeeded() if alone or not override.reason.strip() else None


def seats_are_conserved(execution: Execution) -> Refusal | None:
    """M6: Seats before are seats after, for every license."""
    found = (moves.conserved(one.license, one.before, one.after) for one in execution.licenses)
    return next((refusal for refusal in found if refusal), None)


SUBMISSION: Final[tuple[Callable[[MoveData], Refusal | None], ...]] = (is_complete, seats_stay_the_same)

BINDING: Final[tuple[Callable[[Binding], Refusal | None], ...]] = (
    module_is_known,
    module_is_in_service,
    seats_are_enough,
)

APPROVAL: Final[tuple[Callable[[Approval], Refusal | None], ...]] = (
    papers_are_there,
    scans_are_as_reviewed,
    return_is_pledged,
    checklist_is_complete,
)

EXECUTION: Final[tuple[Callable[[Execution], Refusal | None], ...]] = (
    scans_are_as_approved,
    documents_are_accepted,
    replacement_is_paid,
    modules_are_known,
    modules_stand_in_service,
    limit_is_kept,
    seats_are_conserved,
)


def judge(facts: Facts, rules: tuple[Callable[[Facts], Refusal | None], ...]) -> Refusal | None:
    """The first refusal in the order of precedence, or None when every rule is content."""
    return next((refusal for rule in rules if (refusal := rule(facts))), None)


def must_return(kind: MoveKind, *, decided: bool) -> bool:
    """M5: A return is the representative's decision; M8: a broken Module is returned whatever was decided."""
    return decided or kind is MoveKind.REPLACE_BROKEN


def checklist(kind: MoveKind, *, return_required: bool) -> tuple[ChecklistItem, ...]:
    """M4: The items that must be ticked for a request of this kind, in the order of the letter."""
    left_out: set[ChecklistItem] = set()
    if kind is not MoveKind.REDISTRIBUTE:
        left_out.add(ChecklistItem.ORDER_OF_REDISTRIBUTION)
    if not must_return(kind, decided=return_required):
        left_out.add(ChecklistItem.RETURN_MODULES)
    if not kind.replaces:
        left_out |= {ChecklistItem.LOSS_OR_DAMAGE, ChecklistItem.WRITE_OFF_ACT}
    return tuple(item for item in ChecklistItem if item not in left_out)


def _unticked(kind: MoveKind, return_required: bool, ticked: frozenset[ChecklistItem]) -> Refusal | None:
    lacking = [item.value for item in checklist(kind, return_required=return_required) if item not in ticked]
    return errors.DocumentsNotAccepted(lacking=lacking) if lacking else None


def _unknown(modules: tuple[Module, ...]) -> Refusal | None:
    serial = next((module.serial for module in modules if module.state is None), None)
    return None if serial is None else errors.ModuleNotFound(module=serial)


def _not_in_service(modules: tuple[Module, ...]) -> Refusal | None:
    serial = next((module.serial for module in modules if module.state is not ModuleState.IN_SERVICE), None)
    return None if serial is None else errors.ModuleOutOfService(module=serial)


def _beyond_the_limit(execution: Execution, moved: MovedLicense) -> Refusal | None:
    limit = moved.limit
    next_on = limit and moves.next_free_day(moved.moved_on, limit, execution.today)
    if limit is None or next_on is None:
        return None
    return errors.MoveLimitReached(
        license=moved.license,
        allowed_count=limit.allowed_count,
        policy_term_months=limit.policy_term_months,
        next_on=next_on,
    )
