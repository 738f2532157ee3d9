import json
import re
import sqlite3
import stat
from contextlib import closing

import pytest

from prolong_server.access import tokens
from prolong_server.channel import dealers, price_lists
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.cli import house
from prolong_server.licensing import products
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from tests.cli import console

COMMANDS = [
    "audit",
    "backup",
    "check",
    "db",
    "demo",
    "keys",
    "licenses",
    "openapi",
    "orders",
    "restore",
    "serve",
    "staff",
    "work",
]
HEADER = "product,edition,seats,country,starts_on,expires_on\n"
ORDER = {
    "--kind": "renewal",
    "--product": "guard",
    "--edition": "home",
    "--period-years": "1",
    "--seats": "1",
    "--quantity": "5",
}


@pytest.fixture
def data(tmp_path, sqlite_template):
    """A data directory with an upgraded database and nothing else."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "prolong.db").write_bytes(sqlite_template.read_bytes())
    return folder


@pytest.fixture
def shop(data, monkeypatch):
    """A data directory with a product, its prices and a dealer, whose `dlr_…` this is."""
    monkeypatch.setenv("PROLONG_DATA_DIR", str(data))
    with house.opened() as opened:
        call = opened.call()
        products.create(call, ProductSpec("guard", "Guard", "1.0", editions=(EditionSpec("home", "Home", (1, 2)),)))
        line = PriceLine("guard", "home", 1, 1, "20.00", "10.00")
        price_lists.create(call, PriceListSpec("EUR", call.today, (line,)))
        return dealers.create(call, DealerSpec("Shop", "UA", ("UA",), "EUR", "100.00")).id


def ordered(data, dealer, **changes):
    words = ORDER | {"--dealer": dealer} | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return console.run(data, "orders", "create", *(word for pair in words.items() for word in pair), "--json")


def test_an_upgrade_is_done_once_and_again_changes_nothing(tmp_path):
    for _ in range(2):
        done = console.run(tmp_path / "new", "db", "upgrade")
        assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE((tmp_path / "new" / "prolong.db").stat().st_mode) == 0o600


def test_an_upgrade_makes_no_keys_so_that_a_copy_of_the_database_takes_those_of_its_host(tmp_path):
    console.run(tmp_path / "new", "db", "upgrade")
    assert not (tmp_path / "new" / "keys").exists()


def test_adding_staff_prints_the_token_and_nothing_else(data):
    done = console.run(data, "staff", "add", "anna@vendor.example", "--role", "admin", "--token")
    assert done.exit_code == 0
    assert re.fullmatch(r"pls_[0-9A-Za-z]{36}\n", done.stdout)
    assert tokens.is_well_formed(done.stdout.strip())


def test_adding_staff_tells_a_script_who_it_was(data):
    done = console.run(data, "staff", "add", "Anna@vendor.example", "--role", "auditor", "--token", "--json")
    told = json.loads(done.stdout)
    assert (told["email"], told["role"]) == ("anna@vendor.example", "auditor")
    assert tokens.is_well_formed(told["token"])


@pytest.mark.parametrize(
    "words",
    [
        ("staff", "add", "anna@vendor.example", "--token"),
        ("staff", "add", "anna@vendor.example", "--role", "king", "--token"),
        ("licenses", "import", "no-such-file.csv"),
        ("serve", "--port", "0"),
        ("serve", "--workers", "x"),
        ("orders", "create"),
        ("orders", "create", "--quantity", "1000001"),
        ("no-such-command",),
        ("keys", "retire", "first"),
    ],
)
def test_wrong_usage_ends_with_two(data, words):
    done = console.run(data, *words)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_refusal_ends_with_one_and_its_sentence(data):
    done = console.run(data, "staff", "add", "nobody", "--role", "admin", "--token")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "email: This is not an e-mail address." in done.stderr


def test_every_bad_line_of_an_import_is_named_with_its_field_and_nothing_is_imported(shop, data, tmp_path):
    file = tmp_path / "licenses.csv"
    sound = "guard,home,1,UA,2026-01-01,2026-12-31\n"
    file.write_text(
        HEADER + sound + "guard,none,1,UA,2026-01-01,2026-12-31\n" + sound + "guard,home,0,XX,2026-01-01,x\n"
    )
    refused = console.run(data, "licenses", "import", str(file))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "line 3, edition: " in refused.stderr
    assert "line 5, expires_on: " in refused.stderr
    assert "bad lines in all: 2" in refused.stderr
    file.write_text(HEADER + sound * 3)
    done = console.run(data, "licenses", "import", str(file), "--json")
    assert json.loads(done.stdout) == {"imported": 3}
    assert "Importing licenses" in done.stderr


def test_an_order_is_priced_debited_and_issued(shop, data):
    done = ordered(data, shop, reference="PO-7", shelf_life_days="30")
    order = json.loads(done.stdout)
    assert (order["quantity"], order["total"], order["currency"], order["reference"]) == (5, "50.00", "EUR", "PO-7")
    assert order["counts"] == {"issued": 5, "redeemed": 0, "voided": 0}
    assert "Making codes" in done.stderr
    assert console.run(data, "check").exit_code == 0


def test_an_order_with_a_key_is_made_once_however_often_the_command_is_run(shop, data):
    first, again = (ordered(data, shop, idempotency_key="march") for _ in range(2))
    assert (first.exit_code, again.exit_code, again.stdout) == (0, 0, first.stdout)
    assert "nothing was ordered again" in again.stderr
    assert json.loads(ordered(data, shop, idempotency_key="april").stdout)["id"] != json.loads(first.stdout)["id"]
    other = ordered(data, shop, idempotency_key="march", quantity="1")
    assert (other.exit_code, other.stdout) == (1, "")
    words = [word for pair in (ORDER | {"--dealer": shop, "--idempotency-key": "march"}).items() for word in pair]
    assert console.run(data, "orders", "create", *words).stdout.startswith(json.loads(first.stdout)["id"])
    assert ordered(data, shop, idempotency_key="ключ").exit_code == 2
    assert ordered(data, shop, idempotency_key="x" * 256).exit_code == 2


def test_promo_codes_cost_nothing(shop, data):
    order = json.loads(ordered(data, shop, kind="activation", license_class="promo").stdout)
    assert (order["license_class"], order["total"]) == ("promo", "0.00")


def test_an_order_beyond_the_credit_is_refused_whole(shop, data):
    done = ordered(data, shop, quantity="11")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The order costs 110.00 EUR and 100.00 EUR are available." in done.stderr
    assert json.loads(ordered(data, shop, quantity="10").stdout)["total"] == "100.00"


def test_keys_are_listed_rotated_and_retired(shop, data):
    assert ordered(data, shop).exit_code == 0
    before = json.loads(console.run(data, "keys", "list", "--json").stdout)
    assert {key["purpose"]: key["codes"] for key in before} == {"code": 5, "signing": None, "secret": None}
    made = json.loads(console.run(data, "keys", "rotate", "--json").stdout)
    assert {one["purpose"] for one in made} == {"code", "signing", "secret"}
    old = {key["purpose"]: str(key["id"]) for key in before}
    assert console.run(data, "keys", "retire", old["signing"]).exit_code == 0
    kept = console.run(data, "keys", "retire", old["code"])
    assert kept.exit_code == 1
    assert "named by codes" in kept.stderr
    listed = console.run(data, "keys", "list").stdout
    assert len(re.findall(r"code|signing|secret", listed)) >= 6


def test_a_check_names_each_breach_and_ends_with_one(shop, data):
    assert console.run(data, "check").exit_code == 0
    with closing(sqlite3.connect(data / "prolong.db")) as connection, connection:
        connection.execute("UPDATE dealers SET balance = 7")
    broken = console.run(data, "check")
    assert broken.exit_code == 1
    assert "balances_are_the_sums_of_their_entries" in broken.stdout
    assert shop in broken.stdout
    told = json.loads(console.run(data, "check", "--json").stdout)
    assert [breach["count"] for breach in told] == [1]


def test_a_backup_with_its_keys_is_a_whole_house_elsewhere(shop, data, tmp_path):
    order = json.loads(ordered(data, shop).stdout)
    file = tmp_path / "backup.tar"
    assert console.run(data, "backup", str(file), "--with-keys").exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = console.run(data, "backup", str(file))
    assert again.exit_code == 1
    assert console.run(tmp_path / "other", "restore", str(file)).exit_code == 0
    keys = json.loads(console.run(tmp_path / "other", "keys", "list", "--json").stdout)
    assert [key["codes"] for key in keys if key["purpose"] == "code"] == [order["quantity"]]
    refused = console.run(tmp_path / "other", "restore", str(file))
    assert refused.exit_code == 1


def test_the_interface_is_described_without_a_database(tmp_path):
    done = console.run(tmp_path / "none", "openapi")
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
    assert not (tmp_path / "none").exists()


def test_every_command_says_what_it_does(data):
    told = console.run(data, "--help")
    for command in (
        "backup",
        "check",
        "db",
        "demo",
        "keys",
        "licenses",
        "openapi",
        "orders",
        "restore",
        "serve",
        "staff",
    ):
        assert re.search(rf"^  {command}\s+\S", told.stdout, re.MULTILINE)
