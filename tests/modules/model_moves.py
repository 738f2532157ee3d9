"""What a request must be told, and what it must move, in plain Python: the second half of the model."""

from tests.modules.model import AWAITING, IN_SERVICE, OUT, REPORTED, Case, Line, World


def may_submit(world: World, case: Case) -> bool:
    """M1, M2, M6, M7, M9."""
    if not case.lines or not has_its_shape(case) or (case.kind == "replace_broken" and not case.pledged):
        return False
    if any(not line.origins or not (line.targets or case.replaces) for line in case.lines):
        return False
    if any(line.targets and sum(line.origins.values()) != sum(line.targets.values()) for line in case.lines):
        return False
    return all(
        seats <= world.bound(line.license).get(serial, 0)
        for line in completed(world, case)
        for serial, seats in line.origins.items()
    )


def has_its_shape(case: Case) -> bool:
    origins, targets = case.modules("origins"), case.modules("targets")
    if case.kind == "merge":
        return len(origins) > 1 and len(targets) == 1
    if case.kind == "redistribute":
        return len({*origins, *targets}) > 1 and any(line.origins != line.targets for line in case.lines)
    if case.replaces and not targets:
        return len(origins) == 1
    return len(origins) == len(targets) == 1 and origins != targets


def completed(world: World, case: Case) -> list[Line]:
    """M7: all that hangs on a replaced Module, whole."""
    if not case.replaces:
        return case.lines
    (old,), target = case.modules("origins"), next(iter(case.modules("targets")), None)
    held = {number: world.bound(number)[old] for number in world.ends if old in world.bound(number)}
    whole = {number: Line(number, {old: seats}, {target: seats} if target else {}) for number, seats in held.items()}
    named = [whole.pop(line.license, line) for line in case.lines]
    return [*named, *whole.values()]


def exchanged(case: Case, lines: list[Line]) -> list[Line]:
    """M5: the new Modules in the place of the targets."""
    if not case.exchange:
        return lines
    targets = list(dict.fromkeys(serial for line in lines for serial in line.targets))
    if not targets:
        return [Line(line.license, line.origins, {case.exchange[0]: sum(line.origins.values())}) for line in lines]
    instead = dict(zip(targets, case.exchange, strict=True))
    return [
        Line(line.license, line.origins, {instead[serial]: seats for serial, seats in line.targets.items()})
        for line in lines
    ]


def may_execute(world: World, case: Case) -> bool:
    if case.scans != case.reviewed or (case.replaces and not case.paid):
        return False
    lines = exchanged(case, completed(world, case))
    targets = {serial for line in lines for serial in line.targets}
    touched = targets | (set() if case.replaces else {serial for line in lines for serial in line.origins})
    if any(world.modules[serial] != IN_SERVICE for serial in touched):
        return False
    return all(line.targets and is_conserved(world, line) for line in lines)


def is_conserved(world: World, line: Line) -> bool:
    bound = world.bound(line.license)
    gives = all(seats <= bound.get(serial, 0) for serial, seats in line.origins.items())
    return gives and sum(line.origins.values()) == sum(line.targets.values())


def execute(world: World, case: Case) -> None:
    """M6–M9, M5: what the move leaves behind."""
    completed_lines = completed(world, case)
    lines = exchanged(case, completed_lines)
    named = {serial for line in (*completed_lines, *lines) for serial in (*line.origins, *line.targets)}
    fresh = {serial for line in lines for serial in line.targets}
    for line in lines:
        move(world, case, line)
    if case.replaces:
        (old,) = case.modules("origins")
        world.end(file for file in world.files if file.pair[1] == old and file.bridge and file.state == "current")
        world.modules[old] = OUT
    held = {serial for number in world.ends for serial in world.bound(number)}
    empty = sorted(named - fresh - held) if case.must_return else []
    case.returns = dict.fromkeys(empty, False)
    for serial in empty:
        world.modules[serial] = AWAITING if world.modules[serial] == IN_SERVICE else world.modules[serial]
    case.state = "awaiting_return" if empty else "completed"


def move(world: World, case: Case, line: Line) -> None:
    after = world.bound(line.license)
    for serial, seats in line.origins.items():
        after[serial] -= seats
    for serial, seats in line.targets.items():
        after[serial] = after.get(serial, 0) + seats
    touched = {(line.license, serial) for serial in (*line.origins, *line.targets)}
    bridges = (file for file in world.files if file.bridge and file.state == "current" and file.pair[0] == line.license)
    world.end([file for file in bridges if case.replaces or file.pair[1] in line.targets])
    world.end(file for file in world.files if file.pair in touched and file.bridge is None)
    for pair in sorted(touched):
        if after[pair[1]]:
            world.issue(pair, after[pair[1]])


def returned(world: World, serial: str) -> None:
    """A Module came back."""
    if world.modules[serial] == AWAITING:
        world.modules[serial] = IN_SERVICE


def reported(world: World, serial: str) -> None:
    """A Module was lost or broke."""
    if world.modules[serial] != OUT:
        world.modules[serial] = REPORTED
