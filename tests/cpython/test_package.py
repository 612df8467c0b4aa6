"""What is handed out: the package, the core copied alone, the exported names."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mrequests
from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mrequests"
INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))
GET = "import mrequests; r = mrequests.get('%s/get', timeout=10); print(r.status_code, r.json()['url'])"
# What README.md and docs/reference.md describe.
VERBS = {"delete", "get", "head", "options", "patch", "post", "put", "request"}
NAMES = VERBS | {"Connection", "RequestContext", "Response", "encode_basic_auth", "parse_url"}


def get(command, folder, library):
    """Have an interpreter GET something with the library in that folder; what it prints."""
    program = GET % os.environ["HTTPBIN_URL"]
    environ = interpreters.finding(library)
    done = subprocess.run(
        [*command, "-c", program], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


# --- Installing ---


def test_pip_installs_the_package(tmp_path):
    # pip builds in the source tree: give it one to litter.
    source, target, away = tmp_path / "source", tmp_path / "target", tmp_path / "away"
    away.mkdir()
    shutil.copytree(PACKAGE, source / "mrequests", ignore=shutil.ignore_patterns("__pycache__"))
    for name in "setup.cfg", "pyproject.toml", "README.md", "LICENSE":
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--target", target, source], cwd=away, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    installed = {path.name for path in (target / "mrequests").iterdir() if path.is_file()}
    assert installed == {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert (target / "LICENSE").exists() or list(target.glob("*.dist-info/**/LICENSE"))
    assert get([sys.executable], away, target) == "200 %s/get\n" % os.environ["HTTPBIN_URL"]


@pytest.mark.parametrize("one", INTERPRETERS, ids=lambda one: one.name)
def test_the_core_works_alone(one, tmp_path, pytestconfig):
    (tmp_path / "lib").mkdir()
    compiled = Path(pytestconfig.suite.player.compiled()) if one.small_heap else ROOT
    core = compiled / "mrequests" / ("mrequests.mpy" if one.small_heap else "mrequests.py")
    shutil.copy(core, tmp_path / "lib")
    output = get(one.command, tmp_path, tmp_path / "lib")
    assert output == "200 %s/get\n" % os.environ["HTTPBIN_URL"]


def test_a_missing_file_is_named(tmp_path):
    shutil.copy(PACKAGE / "mrequests.py", tmp_path)
    program = "import mrequests; mrequests.get('http://127.0.0.1:1', params={'a': 1})"
    for one in INTERPRETERS[:3]:
        environ = interpreters.finding(tmp_path)
        done = subprocess.run([*one.command, "-c", program], cwd=tmp_path, env=environ, capture_output=True)
        assert b"ImportError" in done.stderr + done.stdout or b"ModuleNotFoundError" in done.stderr
        assert b"keywords" in done.stderr + done.stdout


# --- Names ---


def test_exported_names():
    # In a process of its own: here the optional modules have been loaded, and are attributes.
    program = "import mrequests; print(*[name for name in dir(mrequests) if name[0] != '_'])"
    output = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)
    assert set(output.split()) == NAMES | {"mrequests"}
    assert (PACKAGE / "py.typed").exists()


def test_names_are_documented():
    for page in "README.md", "docs/reference.md":
        text = (ROOT / page).read_text(encoding="utf-8")
        members = [name for name in dir(mrequests.Response) if name[0] != "_"]
        for name in [*NAMES, *members, *inspect.signature(mrequests.request).parameters]:
            assert name == "more" or re.search(r"\b%s\b" % name, text), "%s lacks %s" % (page, name)


def test_keywords_are_documented():
    from mrequests import keywords

    for page in "README.md", "docs/reference.md":
        text = (ROOT / page).read_text(encoding="utf-8")
        assert [name for name in keywords._KNOWN if "`%s`" % name not in text] == []


def test_defaults_are_documented():
    table = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.M))
    for name, parameter in inspect.signature(mrequests.request).parameters.items():
        if parameter.default is not parameter.empty:
            default = parameter.default
            assert table.pop(name) == (default.__name__ if inspect.isclass(default) else repr(default))
    assert table == {}


def test_every_module_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in MODULES if "| `%s.py` |" % name not in text] == []


# --- The repository ---


def tracked():
    """The files of the repository, with those that are not in it yet but would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_folder_of_this_machine():
    # The checkout, its parent, the home; written so that this file does not match. "/" is everywhere.
    here = {str(ROOT), str(ROOT.parent), str(Path.home())}
    here = "|".join(re.escape(path) for path in here if path.count("/") > 1)
    usual = "/hom" + "e/|/Use" + "rs/|/roo" + r"t/|[A-Z]:\\\\?Use" + "rs"
    pattern = re.compile(usual + ("|" + here if here else ""))
    found = [
        "%s:%d" % (path.relative_to(ROOT), number)
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
