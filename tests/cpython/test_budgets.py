"""The budgets of the design, as benchmarks/run.py --short measures them: none above its ceiling."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]


def test_budgets(tmp_path):
    table = tmp_path / "table.json"
    env = dict(os.environ, **interpreters.environment())
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--short", "--json", str(table)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "heap kept by import, core alone" in done.stdout
    heap = {row["key"]: row["values"].get("mrequests") for row in json.loads(table.read_text())["rows"]}
    if heap.get("heap_get"):  # there is a 32-bit interpreter
        # A file takes hardly more memory than a plain GET, the code for it included.
        assert heap["heap_upload"] <= heap["heap_get"] + 2048
        assert heap["heap_multipart"] <= heap["heap_get"] + 7168
