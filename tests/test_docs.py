"""The guides speak of what is there: files, commands, settings, decisions."""

import re
from pathlib import Path

import click
import pytest

from prolong_server.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("client_sdk/**/*.md"), *ROOT.glob("loadtests/*.md")]
)
README = (ROOT / "README.md").read_text("utf-8")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_VARIABLE = re.compile(r"PROLONG_[A-Z]+(?:_[A-Z]+)*")
_READ = re.compile(r'(?:env\.\w+\(|_keys\(env, )"([A-Z_]+)"')
_PROGRAM = re.compile(r"prolong-server ((?:[a-z]+ ?)+)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page):
    targets = [link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link]
    lost = [link for link in targets if not (page.parent / link.partition("#")[0]).exists()]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_a_page_names_exists(page):
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))) <= known


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_a_page_names_exists(page):
    for words in _PROGRAM.findall(page.read_text("utf-8")):
        assert is_command(words.split()), words


def is_command(words: list[str]) -> bool:
    """Whether the words begin with a command; a group alone is none, what follows a command is its arguments."""
    found: click.Command = main
    for word in words:
        if not isinstance(found, click.Group):
            return True
        if word not in found.commands:
            return False
        found = found.commands[word]
    return not isinstance(found, click.Group)


def test_the_readme_names_every_command():
    lines = README.replace("`", " ")
    for name, command in main.commands.items():
        names = command.commands if isinstance(command, click.Group) else [""]
        for sub in names:
            assert f"prolong-server {name} {sub}".strip() in lines


def test_the_readme_names_every_setting_and_no_other():
    table = re.findall(r"^\| `(PROLONG_[A-Z_]+)` \|", README, re.MULTILINE)
    assert sorted(table) == sorted(settings())
    assert set(_VARIABLE.findall(README)) == set(table)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_setting_that_is_not_read(page):
    others = [*ROOT.glob("loadtests/*.py"), *ROOT.glob("client_sdk/prolong/*.py")]
    read = {name for file in others for name in _VARIABLE.findall(file.read_text("utf-8"))}
    assert set(_VARIABLE.findall(page.read_text("utf-8"))) <= settings() | read


def settings() -> set[str]:
    """The variables that the server reads."""
    config = (ROOT / "server/prolong_server/config.py").read_text("utf-8")
    return {f"PROLONG_{name}" for name in _READ.findall(config)}


def test_every_decision_has_its_own_number_and_is_listed():
    files = sorted(page for page in (ROOT / "docs/adr").glob("*.md") if page.name != "README.md")
    assert [page.name[:4] for page in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text("utf-8")) == [
        page.name for page in files
    ]
    assert all(page.read_text("utf-8").startswith(f"# {page.name[:4]}: ") for page in files)
