"""A short day of the sensor system with its mishaps; the whole one is tests/soak/sensor_day.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import interpreters

DAY = Path(__file__).resolve().parents[1] / "soak" / "sensor_day.py"
CLIENTS = {
    "cpython": sys.executable,
    "mp64": interpreters.micropython(),
    "mp32": interpreters.micropython32(),
}


@pytest.mark.parametrize("unsaved", [1, 10])
@pytest.mark.parametrize("client", [name for name in CLIENTS if CLIENTS[name]])
def test_nothing_is_lost_or_stored_twice(client, unsaved):
    words = "--readings", "1500", "--times", "4", "--unsaved", str(unsaved), "--client", CLIENTS[client]
    done = subprocess.run(
        [sys.executable, DAY, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output
    facts = dict(line.rsplit(None, 1) for line in output.splitlines()[1:])
    assert facts["lost"] == facts["twice"] == "0", output
    assert int(facts["readings on flash or acknowledged"]) == 1500
    # What the test is for did happen: readings came again because their acknowledgement had not arrived.
    assert int(facts["acknowledgements swallowed"]) > 0 and int(facts["known to the server already"]) > 0, (
        output
    )
