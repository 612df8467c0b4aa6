"""The asynchronous client repeats little of the core, and works beside a core that was copied alone."""

import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from tools import interpreters

INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]
PROGRAM = """
import asyncio
import aio
async def main(url):
    async with aio.Session(timeout=10) as session:
        async with session.get(url) as r:
            print(r.status, (await r.json())["url"])
    print(await (await aio.get(url, timeout=10)).save("saved"))
asyncio.run(main(%r))
"""
PACKAGE = Path(__file__).resolve().parents[2] / "mrequests"
# Lines that any two programs share.
COMMON = re.compile(
    r"(try|else|finally|while True|return|break|pass|raise):?|except \w+( as e)?:|[)\]}]+|import .*|from .*"
    r"|const = str|.*_CPYTHON.*"
)


def lines(name):
    """The lines of code of a module, without comments, docstrings and what makes a function asynchronous."""
    source = (PACKAGE / name).read_text(encoding="utf-8")
    rows = source.splitlines()
    code = set()
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            continue
        if token.type != tokenize.NEWLINE and not (
            token.type == tokenize.STRING and before == tokenize.NEWLINE
        ):
            code.update(range(token.start[0], token.end[0] + 1))
        before = token.type
    found = [
        re.sub(r"\b(async|await) ", "", rows[n - 1].split("  #")[0].strip())
        for n in sorted(code)
        if n <= len(rows)
    ]
    return [line for line in found if line]


def echoes(name):
    """Of all lines of a module, how many are also in the core."""
    core = set(lines("mrequests.py"))
    mine = [line for line in lines(name) if not COMMON.fullmatch(line)]
    return sum(line in core for line in mine), len(mine)


def test_little_of_the_core_is_repeated():
    for name in "aio.py", "aioextras.py", "aiosession.py":
        same, all_lines = echoes(name)
        print(name, same, all_lines)
        assert same <= 0.4 * all_lines, "%s: %d of %d lines" % (name, same, all_lines)


@pytest.mark.parametrize("one", INTERPRETERS[:3], ids=lambda one: one.name)
def test_it_works_beside_the_core(one, tmp_path):
    library = tmp_path / "lib"
    library.mkdir()
    for path in PACKAGE.glob("*.py"):
        if path.stem != "__init__":
            shutil.copy(path, library)
    url = os.environ["HTTPBIN_URL"] + "/get"
    output = subprocess.check_output(
        [*one.command, "-c", PROGRAM % url], cwd=tmp_path, env=interpreters.finding(library), text=True
    )
    size = (tmp_path / "saved").stat().st_size
    assert output == "200 %s\n%d\n" % (url, size) and size > 100
