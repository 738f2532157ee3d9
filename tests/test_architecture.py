import re
import tomllib
from pathlib import Path

import pytest

from tools import check_sizes

ROOT = Path(__file__).parents[1]
FILES = [path for path in check_sizes.files(ROOT) if path.is_file()]
INDEX = re.compile(r"://|^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links)\b|(?:^|\s)/\w+/", re.MULTILINE)
LOCUST = re.compile(r"^\s*(?:import|from)\s+locust\b", re.MULTILINE)
BY_FOLDER = re.compile(r"^\s*(?:import|from)\s+(?:server|client_sdk)\b", re.MULTILINE)


def of_kind(pattern: str) -> list[Path]:
    found = [path for path in FILES if path.match(pattern)]
    assert found, f"no file matches {pattern}"
    return found


def function_of(lines: int) -> str:
    return "def grow():\n" + "    1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (function_of(40), []),
        (function_of(41), ["grow"]),
        ("async " + function_of(41), ["grow"]),
        ("class Pot:\n" + "".join(f"    {line}\n" for line in function_of(41).splitlines()), ["grow"]),
        ("1\n" * 250, []),
        ("1\n" * 251, [""]),
    ],
)
def test_a_file_over_250_lines_and_a_function_over_40_are_named(tmp_path, source, told):
    (tmp_path / "plant.py").write_text(source)
    assert [excess.name for excess in check_sizes.excesses(tmp_path)] == told


@pytest.mark.parametrize("folder", ["tests", "migrations", ".venv", "build"])
def test_tests_migrations_and_what_is_not_ours_may_be_long(tmp_path, folder):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "plant.py").write_text(function_of(300))
    assert check_sizes.excesses(tmp_path) == []


def test_an_excess_says_its_size_and_fails_the_lint(tmp_path, monkeypatch, capsys):
    (tmp_path / "plant.py").write_text(function_of(41))
    monkeypatch.chdir(tmp_path)
    assert check_sizes.main() == 1
    assert "plant.py:1: function grow has 41 lines, 40 at most" in capsys.readouterr().out
    (tmp_path / "plant.py").write_text(function_of(3))
    assert check_sizes.main() == 0


def test_no_lock_file_names_an_index_a_host_or_a_path_of_a_machine():
    said = {path.name: INDEX.findall(path.read_text()) for path in of_kind("requirements*")}
    assert {name: found for name, found in said.items() if found} == {}


@pytest.mark.parametrize(
    "line",
    ["--index-url x", "  -i x", "--find-links wheels", "a @ https://example.org/a.whl", "# via /srv/prolong/x.in"],
)
def test_the_search_for_hosts_and_paths_finds_them(line):
    assert INDEX.search(f"flask==3.1.3\n{line}\n")


def test_every_locked_file_is_pinned_by_a_hash():
    for path in of_kind("requirements*.txt"):
        pins = re.findall(r"^\S+==\S+.*\\\n +--hash=sha256:", path.read_text(), re.MULTILINE)
        assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", path.read_text(), re.MULTILINE)) > 0


def test_the_servers_lock_and_the_servers_package_name_the_same_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.in").read_text().splitlines()
    assert sorted(project["dependencies"]) == sorted(line for line in lines if line and not line.startswith("#"))


def test_the_server_runs_with_the_versions_that_the_tests_ran_with():
    pins = {path.name: set(re.findall(r"^\S+==\S+", path.read_text(), re.MULTILINE)) for path in of_kind("*.txt")}
    assert pins["requirements.txt"] < pins["requirements-dev.txt"]


def test_there_is_one_kind_of_lock_file():
    assert not [path for path in FILES if path.name in {"uv.lock", "poetry.lock", "Pipfile.lock"}]


def test_locust_which_replaces_the_sockets_is_imported_by_the_load_tests_alone():
    outside = [path for path in of_kind("*.py") if path.relative_to(ROOT).parts[0] != "loadtests"]
    assert [path for path in outside if LOCUST.search(path.read_text())] == []
    assert LOCUST.search("import locust\n")
    assert "locust==" not in (ROOT / "requirements-dev.txt").read_text()


def test_no_package_is_imported_by_the_name_of_its_folder():
    assert [path for path in of_kind("*.py") if BY_FOLDER.search(path.read_text())] == []
    assert BY_FOLDER.search("from server.prolong_server import db\n")
