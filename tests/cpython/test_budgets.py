"""The budgets of the design, as benchmarks/run.py --short measures them: none above its ceiling."""

import os
import subprocess
import sys
from pathlib import Path

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]


def test_budgets():
    env = dict(os.environ, **interpreters.environment())
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--short"],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "heap kept by import, core alone" in done.stdout
