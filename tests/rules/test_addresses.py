"""Which addresses messages may go to: every way that a private one can be written."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import addresses, targets

REFUSED = [
    # Names and numbers of the own host.
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433"),
    *("017700000001", "0x7F.1", "127.0.0.1.", "0.0.0.0", "0", "0x0", "localhost", "LOCALHOST", "localhost."),
    *("sub.localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    # Networks that are private, shared, of the link, or of documents.
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.1", "100.64.0.1"),
    *("100.127.255.255", "169.254.169.254", "169.254.0.1", "192.0.0.1", "192.0.0.170", "192.0.2.1", "198.18.0.1"),
    *("198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("192.88.99.1", "0251.0376.0251.0376", "0xa9fea9fe", "2852039166", "10.1", "10.0.0.1.", "012.0.0.1", "010.0.0.1"),
    # IPv6 of the same kinds.
    *("[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[2001:db8::1]", "[3fff::1]", "[100::1]", "[2001:2::1]", "[2001:10::1]", "[fec0::1]", "[4000::1]", "[5f00::1]"),
    # IPv6 that carries an IPv4 address.
    *("[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::ffff:0:127.0.0.1]", "[::10.0.0.1]"),
    *("[64:ff9b::10.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]", "[64:ff9b:1::1]"),
    *("[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:101::1]", "[2001::1]"),
    *("[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:0:a00:1::f5ff:fffe]", "[2a00:1450::5efe:10.0.0.1]"),
    *("[2a00:1450::200:5efe:7f00:1]", "[fe80::5efe:192.168.0.1]", "[::ffff:8.8.8.8%25lo]"),
    # What readers of URLs take differently.
    *("user@8.8.8.8", "user:secret@dns.google", "8.8.8.8@127.0.0.1", "@127.0.0.1", "127.0.0.1%2f@dns.google"),
    *("１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "lоcalhost", "127.0.0.1%00.dns.google", "127%2e0%2e0%2e1"),
    *("127.0.0.1\\@dns.google", "dns.google\t", "dns google", "dns.google#@127.0.0.1", "", "..", "a..b", "-", "*"),
    *("8.8.8", "8.8.8.8.8", "256.1.1.1", "1.2.3.4.", "8.8.8.08", "+8.8.8.8", "[8.8.8.8", "8.8.8.8]", "[::1", "a" * 254),
    *("[127.0.0.1]", "8.8.8.8:25", "dns.google:0", "8.8.8.8:22", "8.8.8.8:65536", "8.8.8.8:x", "example.com:-1"),
]
TAKEN = [
    *("dns.google", "DNS.Google", "8.8.8.8", "1.1.1.1", "8.8.8.8:8443", "[2001:4860:4860::8888]", "[::ffff:8.8.8.8]"),
    *("xn--80ak6aa92e.com", "a-b.example.org:1024", "[64:ff9b::808:808]", "[2002:808:808::1]", "dns.google:80"),
    *("[2a00:1450::200:5efe:808:808]", "172.32.0.1", "100.128.0.1", "9.255.255.255", "11.0.0.1", "_dmarc.example.com"),
]


def test_the_table_holds_the_promised_number_of_forms():
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("host", REFUSED)
def test_no_way_of_writing_a_private_address_is_taken(host):
    with pytest.raises(targets.Unfit):
        targets.read(f"https://{host}/hooks")


@pytest.mark.parametrize("host", TAKEN)
def test_addresses_of_the_public_internet_are_taken(host):
    assert targets.read(f"https://{host}/hooks?a=1").path == "/hooks?a=1"


@pytest.mark.parametrize(
    "url",
    [
        *("http://dns.google/", "http://8.8.8.8/", "ftp://dns.google/", "file:///etc/passwd", "gopher://dns.google/"),
        *("//dns.google/", "dns.google", "https:///x", "https:dns.google", "HTTPS//dns.google", "https://", "", "x"),
        *(
            "https://dns.google/a b",
            "https://dns.google/\n",
            "https://dns.google/#top",
            "https://dns.google/" + "a" * 2000,
        ),
        *("javascript:alert(1)", "https://dns.google/ü", "https://[v1.a]/", "https://dns.google:443:443/"),
    ],
)
def test_only_https_to_a_well_formed_address_is_taken(url):
    with pytest.raises(targets.Unfit):
        targets.read(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/",
        "http://10.1.2.3:25/",
        "https://10.1.2.3/",
        "http://[::ffff:10.1.2.3]/",
        "http://intranet/hooks",
    ],
)
def test_in_a_network_that_the_operator_allows_plain_http_and_any_port_are_taken(url):
    assert targets.read(url, [ip_network("10.0.0.0/8")]).host
    with pytest.raises(targets.Unfit):
        targets.read(
            url.replace("10.1.2.3", "192.168.0.1").replace("intranet", "localhost"), [ip_network("10.0.0.0/8")]
        )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_loopback_is_taken_where_the_operator_allows_both_of_it(host):
    both = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
    assert targets.read(f"http://{host}:8000/", both).port == 8000


def test_of_a_name_with_two_addresses_one_allowed_network_does_not_open_the_other():
    with pytest.raises(targets.Unfit):
        targets.read("http://localhost/", [ip_network("127.0.0.0/8")])


@given(st.ip_addresses())
def test_nothing_passes_that_the_language_knows_as_special(address):
    if addresses.is_global(address):
        assert address.is_global or address in ip_network("64:ff9b::/96") or address in ip_network("2002::/16")
        assert not any((address.is_multicast, address.is_loopback, address.is_link_local, address.is_unspecified))


@given(st.ip_addresses(v=4))
def test_an_address_passes_in_its_carriers_exactly_when_it_passes_itself(address: IPv4Address):
    number = int(address)
    nat64 = int(IPv6Address("64:ff9b::")) | number
    sixtofour = int(IPv6Address("2002::1")) | number << 80
    isatap = int(IPv6Address("2a00:1450::5efe:0:0")) | number
    mapped = int(IPv6Address("::ffff:0:0")) | number
    told = {addresses.is_global(IPv6Address(carrier)) for carrier in (nat64, sixtofour, isatap, mapped)}
    assert told == {addresses.is_global(address)}


def test_an_address_with_a_zone_is_never_global():
    assert not addresses.is_global(ip_address("2001:4860:4860::8888%eth0"))
