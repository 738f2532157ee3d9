"""The demo is made, and told in one text: tokens, keys, codes, and a `curl` line for each thing to see."""

from collections.abc import Iterable, Iterator

from prolong_server.access import dealer_tokens, staff
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.call import Call
from prolong_server.cli.demo import catalogue, licenses, modules, refusals, tour
from prolong_server.cli.demo.codes import Shop
from prolong_server.cli.demo.lines import Console, Line
from prolong_server.cli.demo.tour import Tokens
from prolong_server.rules.actors import Role, Scope

TITLE = "Prolong demo at "


def make(call: Call, base: str) -> str:
    """Fill an empty database with the demo and tell of it, for a server at the address `base`."""
    ukrainian, german = catalogue.create(call)
    licenses.create(call, ukrainian, german)
    file = modules.create(call, german)
    tokens = _tokens(call, ukrainian, german)
    return "\n".join(_told(Console(base), Shop(call, ukrainian), Shop(call, german), tokens, file))


def _tokens(call: Call, ukrainian: str, german: str) -> Tokens:
    _, admin = staff.add(call, "admin@bulwark.example", Role.ADMIN)
    _, auditor = staff.add(call, "auditor@bulwark.example", Role.AUDITOR)
    return Tokens(admin, auditor, *(_dealer_token(call, *one) for one in ((ukrainian,), (german,), (ukrainian, True))))


def _dealer_token(call: Call, dealer: str, test: bool = False) -> str:
    spec = TokenSpec("demo", tuple(scope.value for scope in Scope), test=test)
    return dealer_tokens.create(call, dealer, spec)[1]


def _told(console: Console, ukraine: Shop, germany: Shop, tokens: Tokens, file: str) -> Iterator[str]:
    yield f"{TITLE}{console.base}"
    yield "\nEach line below can be pasted into a terminal; after -> stands what it is answered with at the first time."
    yield from _token_lines(tokens)
    yield "\nLICENSE KEYS (antivirus, home, one workstation, UA, where nothing else is said)"
    yield from (f"  {sample.key:<24}{sample.about}" for sample in licenses.SAMPLES)
    order, spare = ukraine.several(10)
    yield f"\nCODES FOR YOU (order {order}: renewal, antivirus, home, one year, one workstation, UA)"
    yield from (f"  {code}" for code in spare)
    yield from _chapter("WHAT A PRODUCT DOES", tour.of_products(console, ukraine, germany))
    yield from _chapter("WHAT EVERYBODY MAY READ", tour.of_readers(console))
    yield from _chapter("CODES THAT ARE REFUSED", refusals.of_codes(console, ukraine))
    yield from _chapter("LICENSES THAT ARE REFUSED", refusals.of_licenses(console, ukraine))
    yield from _chapter("CODES THAT DO NOT FIT", refusals.of_pairs(console, ukraine, germany))
    yield from _chapter("WHAT A DEALER DOES", tour.of_dealers(console, order, spare[0], tokens))
    yield from _chapter("WHAT THE VENDOR DOES", tour.of_staff(console, spare[0], tokens))
    yield from modules.told()
    yield from _chapter("MODULES (docs/modules.md goes on from here)", modules.tour(console, tokens, file))


def _token_lines(tokens: Tokens) -> Iterator[str]:
    yield "\nTOKENS (Authorization: Bearer …)"
    yield f"  vendor, admin                         {tokens.admin}"
    yield f"  vendor, auditor                       {tokens.auditor}"
    yield f"  dealer {catalogue.UKRAINE.name} (UA, UAH)          {tokens.ukrainian}"
    yield f"  dealer {catalogue.UKRAINE.name}, sandbox           {tokens.sandbox}"
    yield f"  dealer {catalogue.GERMANY.name} (DE, EUR)         {tokens.german}"


def _chapter(title: str, lines: Iterable[Line]) -> Iterator[str]:
    yield f"\n{title}\n"
    yield from map(str, lines)
