"""PROLONG_SMTP_URL and PROLONG_MAIL_FROM: what they mean, and the sentence for what they cannot mean."""

from pathlib import Path

import pytest

from prolong_server import config
from prolong_server.config import MailSecurity, MailServer, Settings, WrongSetting
from prolong_server.operations import mail_transports

FROM = "Soft Renewals <renewal@soft.example>"


def read(monkeypatch: pytest.MonkeyPatch, url: str = "", sender: str = "") -> Settings:
    monkeypatch.setenv("PROLONG_SMTP_URL", url)
    monkeypatch.setenv("PROLONG_MAIL_FROM", sender)
    monkeypatch.setenv("PROLONG_BASE_URL", "https://renew.example")
    return config.read()


def test_without_a_mail_server_no_mail_is_sent(monkeypatch):
    assert mail_transports.of(read(monkeypatch)) is None


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, MailSecurity.STARTTLS)),
        ("smtp://u:p%40w@mail.example:2525", MailServer("mail.example", 2525, MailSecurity.STARTTLS, "u", "p@w")),
        ("smtps://u:p@mail.example", MailServer("mail.example", 465, MailSecurity.TLS, "u", "p")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, MailSecurity.PLAIN)),
        ("smtp://u:p@localhost", MailServer("localhost", 587, MailSecurity.PLAIN, "u", "p")),
        ("smtp://[::1]:1025", MailServer("::1", 1025, MailSecurity.PLAIN)),
        ("smtp+plain://relay.internal", MailServer("relay.internal", 25, MailSecurity.PLAIN)),
        ("file:///var/lib/prolong/mail", Path("/var/lib/prolong/mail")),
        ("file:///with%20blank", Path("/with blank")),
    ],
)
def test_an_address_says_where_mail_goes_and_how_the_line_is_kept_safe(monkeypatch, url, meant):
    settings = read(monkeypatch, url, FROM)
    assert settings.mail_to == meant
    assert str(settings.mail_from) == FROM
    assert mail_transports.of(settings) is not None


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example", "http://mail.example", "smtp://", "smtp://host:0", "smtp://host:x", "smtp://host/path"),
        *("smtp://host?tls=1", "smtp://host#1", "file://host/folder", "file:///", "file:", "smtp://[::1"),
    ],
)
def test_what_is_no_mail_server_stops_the_start_with_a_sentence(monkeypatch, url):
    with pytest.raises(WrongSetting, match="PROLONG_SMTP_URL must be the address of a mail server"):
        read(monkeypatch, url, FROM)


def test_a_password_is_never_sent_in_clear_over_a_network(monkeypatch):
    with pytest.raises(WrongSetting, match="PROLONG_SMTP_URL sends a password in clear") as told:
        read(monkeypatch, "smtp+plain://u:secret-word@mail.example", FROM)
    assert "secret-word" not in str(told.value)


def test_a_mail_server_needs_a_sender_and_a_folder_has_one(monkeypatch):
    with pytest.raises(WrongSetting, match="PROLONG_MAIL_FROM is missing"):
        read(monkeypatch, "smtp://mail.example")
    assert str(read(monkeypatch, "file:///mail").mail_from) == "prolong@localhost"


@pytest.mark.parametrize(
    "sender",
    ["nobody", "a@b.example, c@d.example", "@soft.example", "a@", "a@b\r\nBcc: c@d.example", "пошта@soft.example"],
)
def test_a_sender_is_one_mail_address(monkeypatch, sender):
    with pytest.raises(WrongSetting, match="PROLONG_MAIL_FROM must be one mail address"):
        read(monkeypatch, "smtp://mail.example", sender)


def test_no_password_is_shown(monkeypatch):
    settings = read(monkeypatch, "smtps://user:secret-word@mail.example", FROM)
    assert "secret-word" not in repr(settings)
    assert "secret-word" not in repr(mail_transports.of(settings))


def test_letters_that_go_out_never_link_to_an_address_that_nobody_has_named(monkeypatch):
    monkeypatch.setenv("PROLONG_SMTP_URL", "smtp://mail.example")
    monkeypatch.setenv("PROLONG_MAIL_FROM", FROM)
    monkeypatch.delenv("PROLONG_BASE_URL", raising=False)
    with pytest.raises(WrongSetting, match="PROLONG_BASE_URL is missing"):
        config.read()
    monkeypatch.setenv("PROLONG_SMTP_URL", "file:///var/lib/prolong/mail")
    assert config.read().base_url == "http://127.0.0.1:8000"
