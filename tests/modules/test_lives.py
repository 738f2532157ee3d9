"""Random lives of licenses, Modules and requests against a model; `MODULE_LIVES=2000` lives more of them, at random."""

import itertools
import os
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from prolong_server.licensing import reversals, revocations
from prolong_server.modules import (
    binding,
    execution,
    registry,
    reports,
    returns,
    review,
    submission,
    transfer_requests,
    verification,
)
from prolong_server.modules.request_specs import LineSpec, PlaceSpec, Pledges
from prolong_server.operations import invariants
from prolong_server.rules import modules
from prolong_server.rules.errors import Refusal
from prolong_server.rules.module_words import ModuleEvent, MoveKind
from tests.modules import model_moves
from tests.modules.model import FROM, IN_SERVICE, OUT, REPORTED, SEATS, Case, Line, World
from tests.modules.stage import Stage

LIVES = os.environ.get("MODULE_LIVES")
KINDS = [kind.value for kind in MoveKind]
STEPS = {
    "draft": "submit",
    "submitted": "review",
    "in_review": "approve",
    "needs_information": "pledge",
    "approved": "execute",
    "awaiting_return": "return",
}
Chance = st.randoms(use_true_random=False)


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path, sqlite_template) -> str:
    """One writer is enough: what several do at once is tried elsewhere."""
    file = tmp_path / "prolong.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{file}"


class Life(RuleBasedStateMachine):
    """Four licenses of two products, eight Modules, and whatever people do with them."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.start = stage, stage.call
        number = next(stage.numbers)
        self.serials = [f"{number}-{letter}" for letter in "ABCDEFGH"]
        stage.modules(*self.serials)
        self.licenses = [stage.license(SEATS, product) for product in ("cad", "cad", "cam", "cam")]
        ends = {index: held.expires_on for index, held in enumerate(self.licenses)}
        self.world = World(ends, self.serials, stage.call.today)
        self.cases: list[Case] = []
        self.receipts: list[tuple[int, str]] = []
        for index, held in enumerate(self.licenses):
            for serial in self.serials[index % 2 : index % 2 + 2]:
                stage.bind(held, serial, 2)
                self.world.bind(index, serial, 2, None)

    def teardown(self) -> None:
        self.stage.call = self.start

    def tried(self, deed: Callable[[], object], *, allowed: bool) -> bool:
        """Whether a deed succeeded, which must be as the model says."""
        try:
            deed()
            code = None
        except Refusal as refusal:
            code = refusal.code
        assert (code is None) == allowed, code or "not refused"
        return allowed

    @rule(chance=Chance, days=st.sampled_from([None, None, None, 0, 5, 40]))
    def bind(self, chance, days) -> None:
        index, serial, seats = chance.randrange(4), chance.choice(self.serials), chance.randint(1, SEATS - 2)
        bridge = None if days is None else self.world.today + timedelta(days=days)
        allowed = self.world.may_bind(index, serial, seats, bridge)
        if self.tried(lambda: self.stage.bind(self.licenses[index], serial, seats, bridge), allowed=allowed):
            self.world.bind(index, serial, seats, bridge)

    @rule(chance=Chance, kind=st.sampled_from(KINDS), wrong=st.integers(0, 5), pledged=st.booleans())
    def draft(self, chance, kind, wrong, pledged) -> None:
        lines = self.lines(chance, kind)
        if wrong == 0 and lines:
            side = chance.choice([lines[0].origins, lines[0].targets])
            side[chance.choice(self.serials)] = chance.randint(1, SEATS)
        specs = [self.spec(line) for line in lines]
        ref = self.stage.draft(kind, specs, pledges=Pledges(non_use=True, return_modules=pledged))
        self.cases.append(Case(ref, kind, lines, pledged, scans=2 if kind.startswith("replace") else 1))

    def lines(self, chance, kind) -> list[Line]:
        """A request that fits what is bound, as far as there is something."""
        holding = sorted({serial for index in range(4) for serial in self.world.bound(index)} & set(self.serials))
        able = [serial for serial in self.serials if self.world.modules[serial] == IN_SERVICE]
        old, target = chance.choice(holding or self.serials), chance.choice(able or self.serials)
        lines = []
        for index in chance.sample(range(4), chance.randint(1, 3)):
            bound = self.world.bound(index)
            if kind in {"merge", "redistribute"}:
                origins, places = dict(bound), [target] if kind == "merge" else chance.sample(self.serials, 2)
            else:
                origins, places = ({old: bound[old]} if old in bound else {}), [target]
            if kind.startswith("replace") and chance.random() < 0.3:
                places = []
            seats = sum(origins.values())
            parts = [seats] if len(places) == 1 or seats < 2 else [1, seats - 1]
            lines += [Line(index, origins, dict(zip(places, parts, strict=False)))] if origins else []
        return lines

    def spec(self, line: Line) -> LineSpec:
        sides = (tuple(PlaceSpec(*place) for place in side.items()) for side in (line.origins, line.targets))
        return LineSpec(self.licenses[line.license].license_key, "CAD", *sides)

    def chosen(self, chance, deed: str) -> Case:
        """A case, mostly one with which the deed can be done."""
        able = [case for case in self.cases if case.state in FROM[deed]]
        return chance.choice(able if able and chance.random() < 0.9 else self.cases)

    @precondition(lambda self: any(case.state in STEPS for case in self.cases))
    @rule(chance=Chance, steps=st.integers(2, 6))
    def advance(self, chance, steps) -> None:
        """Take a case so many steps further on its usual way."""
        case = chance.choice([case for case in self.cases if case.state in STEPS])
        for _ in range(steps):
            if case.state in STEPS:
                getattr(self, f"do_{STEPS[case.state]}")(chance, case)

    @precondition(lambda self: self.cases)
    @rule(chance=Chance)
    def submit(self, chance) -> None:
        self.do_submit(chance, self.chosen(chance, "submit"))

    def do_submit(self, chance, case) -> None:
        allowed = case.state in FROM["submit"] and model_moves.may_submit(self.world, case)
        if self.tried(lambda: submission.submit(self.stage.customer(case.ref), case.ref), allowed=allowed):
            case.lines = model_moves.completed(self.world, case)
            case.reviewed = case.scans if case.state == "needs_information" else case.reviewed
            case.state = "submitted" if case.state == "draft" else "in_review"
            if case.replaces:
                model_moves.reported(self.world, case.modules("origins")[0])

    @precondition(lambda self: self.cases)
    @rule(chance=Chance, deed=st.sampled_from(["withdraw", "review", "ask", "reject", "pay", "attach"]))
    def handle(self, chance, deed) -> None:
        self.do(deed, self.chosen(chance, deed))

    def do_review(self, chance, case) -> None:
        self.do("review", case)

    def do(self, deed, case) -> None:
        staff = self.stage.as_()
        deeds: dict[str, Callable[[], object]] = {
            "withdraw": lambda: submission.withdraw(self.stage.customer(case.ref), case.ref),
            "review": lambda: review.begin(staff, case.ref),
            "ask": lambda: review.request_information(staff, case.ref, "Who signed?"),
            "reject": lambda: review.reject(staff, case.ref, "illegible"),
            "pay": lambda: review.record_payment(staff, case.ref, "INV-1"),
            "attach": lambda: self.stage.attach(case.ref, name=f"{case.ref} {case.scans}"),
        }
        if self.tried(deeds[deed], allowed=case.state in FROM[deed]):
            case.paid |= deed == "pay"
            case.scans += deed == "attach"
            case.reviewed = case.scans if deed == "review" else case.reviewed
            after = {"withdraw": "withdrawn", "review": "in_review", "ask": "needs_information", "reject": "rejected"}
            case.state = after.get(deed, case.state)

    @precondition(lambda self: any(case.state == "in_review" for case in self.cases))
    @rule(chance=Chance, wants_return=st.booleans(), exchanges=st.booleans())
    def approve(self, chance, wants_return, exchanges) -> None:
        self.do_approve(chance, self.chosen(chance, "approve"), wants_return, exchanges)

    def do_approve(self, chance, case, wants_return=None, exchanges=False) -> None:
        wants_return = chance.random() < 0.4 if wants_return is None else wants_return
        count = max(1, len(case.modules("targets"))) if exchanges else 0
        exchange = tuple(chance.sample(self.serials, min(count, len(self.serials))))
        asks = (wants_return or case.kind == "replace_broken") and not case.pledged
        fits = all(self.world.modules[serial] == IN_SERVICE for serial in exchange)
        fits &= not set(exchange) & set(case.modules("origins"))
        allowed = case.state == "in_review" and case.scans == case.reviewed and (asks or fits)
        items = modules.checklist(MoveKind(case.kind), return_required=True)
        asked = {"return_required": wants_return, "checklist": items, "exchange_modules": exchange}
        if self.tried(lambda: review.approve(self.stage.as_(), case.ref, **asked), allowed=allowed):
            case.state = "needs_information" if asks else "approved"
            if not asks:
                case.wants_return, case.exchange = wants_return, exchange

    @precondition(lambda self: any(case.state == "needs_information" for case in self.cases))
    @rule(chance=Chance)
    def pledge(self, chance) -> None:
        self.do_pledge(chance, chance.choice([case for case in self.cases if case.state == "needs_information"]))

    def do_pledge(self, chance, case) -> None:
        told = {"pledges": Pledges(non_use=True, return_modules=True)}
        transfer_requests.change(self.stage.customer(case.ref), case.ref, told)
        case.pledged = True
        if chance.random() < 0.7:
            self.do_submit(chance, case)

    @precondition(lambda self: any(case.state == "approved" for case in self.cases))
    @rule(chance=Chance)
    def execute(self, chance) -> None:
        self.do_execute(chance, self.chosen(chance, "execute"))

    def do_execute(self, chance, case) -> None:
        if case.replaces and not case.paid and chance.random() < 0.8:
            self.do("pay", case)
        allowed = case.state == "approved" and model_moves.may_execute(self.world, case)
        if self.tried(lambda: execution.execute(self.stage.as_(), case.ref), allowed=allowed):
            model_moves.execute(self.world, case)

    @precondition(lambda self: any(case.returns for case in self.cases))
    @rule(chance=Chance)
    def come_back(self, chance) -> None:
        self.do_return(chance, self.chosen(chance, "return"))

    def do_return(self, chance, case) -> None:
        serial = chance.choice(self.serials)
        waiting = [one for one, is_back in case.returns.items() if not is_back]
        serial = next(iter(waiting), serial) if chance.random() < 0.8 else serial
        allowed = case.state == "awaiting_return" and serial in case.returns
        if self.tried(lambda: returns.record(self.stage.as_(), case.ref, serial), allowed=allowed):
            if not case.returns[serial]:
                model_moves.returned(self.world, serial)
            case.returns[serial] = True
            case.state = "completed" if all(case.returns.values()) else case.state

    @rule(chance=Chance, event=st.sampled_from(list(ModuleEvent)))
    def report(self, chance, event) -> None:
        # Otherwise all Modules would soon be out of service.
        serial = chance.choice(self.serials[:3])
        allowed = event is not ModuleEvent.FOUND or self.world.modules[serial] in {REPORTED, OUT}
        if self.tried(lambda: reports.report(self.stage.as_(), serial, event), allowed=allowed):
            if event in {ModuleEvent.LOST, ModuleEvent.BROKEN}:
                model_moves.reported(self.world, serial)
            if event is ModuleEvent.RETURNED:
                model_moves.returned(self.world, serial)

    @rule(chance=Chance)
    def retire(self, chance) -> None:
        reported = [serial for serial in self.serials if self.world.modules[serial] == REPORTED]
        serial = chance.choice(reported or self.serials)
        allowed = self.world.modules[serial] in {REPORTED, OUT}
        if self.tried(lambda: reports.retire(self.stage.as_(), serial, "stolen"), allowed=allowed):
            self.world.retire(serial)

    @rule(index=st.integers(0, 1))
    def redeem(self, index) -> None:
        if sum(number == index for number, _ in self.receipts) < 4:
            receipt = self.stage.redeem(self.licenses[index], self.stage.codes(seats=SEATS)[0]).receipt
            self.receipts.append((index, receipt.id))
            self.world.renew(index, receipt.expires_on)

    @precondition(lambda self: self.receipts)
    @rule()
    def reverse(self) -> None:
        index, receipt = self.receipts.pop()
        told = reversals.reverse(self.stage.call, receipt, "chargeback").reversal
        assert told is not None
        self.world.renew(index, told.expires_on)

    @rule(days=st.sampled_from([1, 6]))
    def wait(self, days) -> None:
        self.stage.call = self.stage.as_(self.stage.call.actor, days)
        self.world.today = self.stage.call.today

    @invariant()
    def files_are_worth_what_the_model_says(self) -> None:
        issued = self.issued()
        assert len(issued) == len(self.world.files)
        for file in self.world.files:
            held = self.licenses[file.pair[0]]
            view = issued[(held.id, file.pair[1], file.revision)]
            assert (view.seats, view.interim_until) == (file.seats, file.bridge)
            assert verification.verify(self.stage.call, view.file).code is self.world.worth(file), file
            file.name = (view.id, view.revision)

    def issued(self) -> dict[tuple[str, str, int], binding.LicenseFileView]:
        pages = (binding.list_all(self.stage.call, held.id, limit=500).items for held in self.licenses)
        return {(file.license, file.module, file.revision): file for file in itertools.chain.from_iterable(pages)}

    @invariant()
    def the_revocation_list_names_what_is_void_and_nothing_else(self) -> None:
        listed = {(file.id, file.revision) for file in revocations.show(self.stage.call).license_files}
        void = {file.name for file in self.world.files if file.state != "current"}
        assert listed & {file.name for file in self.world.files} == void

    @invariant()
    def no_seat_is_lost_or_doubled(self) -> None:
        for index in range(4):
            assert sum(self.world.bound(index).values()) <= SEATS
            assert self.world.usable(index, "") <= SEATS

    @invariant()
    def modules_stand_where_the_model_says(self) -> None:
        assert {serial: registry.show(self.stage.call, serial).status for serial in self.serials} == self.world.modules
        for case in self.cases[-3:]:
            assert transfer_requests.show(self.stage.as_(), case.ref).state == case.state

    @invariant()
    def the_database_holds_together(self) -> None:
        assert invariants.check() == []


def test_whatever_people_do_no_seat_is_lost_and_no_void_file_validates(context, stage):
    stage.product("cam")
    calm = settings(
        max_examples=int(LIVES or 8),
        stateful_step_count=25,
        derandomize=LIVES is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    # The library takes whatever makes a machine, though its types name a class.
    run_state_machine_as_test(cast("type[RuleBasedStateMachine]", lambda: Life(stage)), settings=calm)
