"""The programs in README.md and docs/ run on every interpreter; links and markers are right."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]
# A comment before a block keeps it from being run, and must say why.
BLOCK = re.compile(r"(?:<!-- not run: ([^\n]+) -->\n)?```python\n(.*?)^```$", re.M | re.S)
# How many blocks our own pages have, and how many of them are not run: none is to get lost.
COUNTS = {
    "README.md": (3, 0),
    "requests.md": (3, 0),
    "guide.md": (23, 4),
    "reference.md": (4, 0),
    "sensor.md": (2, 0),
    "http-server.md": (4, 1),
    "asyncio.md": (6, 0),
}


def blocks(page):
    """(line, reason not to run it, program) of each block."""
    text = page.read_text(encoding="utf-8")
    return [(text[: found.start(2)].count("\n"), *found.groups()) for found in BLOCK.finditer(text)]


PROGRAMS = [
    pytest.param(program, id="%s:%d" % (page.name, line))
    for page in PAGES
    for line, reason, program in blocks(page)
    if not reason
]


def free_port():
    """A port for the servers of the pages; the usual one may be taken."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return str(sock.getsockname()[1])


@pytest.mark.parametrize("one", INTERPRETERS, ids=lambda one: one.name)
@pytest.mark.parametrize("program", PROGRAMS)
def test_block(program, one, pytestconfig, tmp_path):
    library = pytestconfig.suite.player.compiled() if one.small_heap else str(ROOT)
    local = program.replace("http://httpbin.org", os.environ["HTTPBIN_URL"]).replace("8080", free_port())
    (tmp_path / "block.py").write_text(local, encoding="utf-8")
    done = subprocess.run(
        [*one.command, "block.py"],
        cwd=tmp_path,
        env=interpreters.finding(library),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output
    # Recipes catch what may go wrong on a real network; here nothing may.
    assert "no answer" not in output and "not sent" not in output


@pytest.mark.parametrize("name", COUNTS)
def test_no_block_got_lost(name):
    (page,) = [page for page in PAGES if page.name == name]
    found = blocks(page)
    assert (len(found), sum(bool(reason) for _, reason, _ in found)) == COUNTS[name]
    assert len(found) == page.read_text(encoding="utf-8").count("```python")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            assert anchor in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], (
                target
            )


def test_the_readme_has_a_place_for_the_footprint():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- footprint -->") == text.count("<!-- /footprint -->") == 1
    assert text.index("<!-- footprint -->") < text.index("<!-- /footprint -->")
