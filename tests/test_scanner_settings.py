"""PROLONG_SCANNER_URL: what it means, and the sentence for what it cannot mean."""

from pathlib import Path

import pytest

from prolong_server import config
from prolong_server.config import WrongSetting


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("", None),
        ("tcp://127.0.0.1:3310", ("127.0.0.1", 3310)),
        ("tcp://clamav.internal:3310/", ("clamav.internal", 3310)),
        ("tcp://[::1]:3310", ("::1", 3310)),
        ("unix:/run/clamav/clamd.ctl", Path("/run/clamav/clamd.ctl")),
        ("unix:///run/clamav/clamd.ctl", Path("/run/clamav/clamd.ctl")),
    ],
)
def test_an_address_says_where_the_scanner_listens(monkeypatch, url, meant):
    monkeypatch.setenv("PROLONG_SCANNER_URL", url)
    assert config.read().scanner == meant


@pytest.mark.parametrize(
    "url",
    [
        *("127.0.0.1:3310", "tcp://127.0.0.1", "tcp://:3310", "tcp://host:0", "tcp://host:99999", "tcp://host:3310/x"),
        *("unix:", "unix:/", "unix://host/path", "http://127.0.0.1:3310", "tcp://a:b@host:1", "tcp://[::1", "clamd"),
    ],
)
def test_what_is_no_scanner_stops_the_start_with_a_sentence(monkeypatch, url):
    monkeypatch.setenv("PROLONG_SCANNER_URL", url)
    with pytest.raises(WrongSetting, match="PROLONG_SCANNER_URL must be the socket of a clamd"):
        config.read()
