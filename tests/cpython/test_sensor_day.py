"""A short day of the sensor system with its mishaps; the whole one is tests/soak/sensor_day.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import interpreters

DAY = Path(__file__).resolve().parents[1] / "soak" / "sensor_day.py"
# Each with another number of readings that may be in memory only.
CLIENTS = {
    "cpython": (sys.executable, 1),
    "mp64": (interpreters.micropython(), 10),
    "mp32": (interpreters.micropython32(), 1),
}


@pytest.mark.parametrize("name", [name for name in CLIENTS if CLIENTS[name][0]])
def test_nothing_is_lost_or_stored_twice(name):
    client, unsaved = CLIENTS[name]
    words = "--readings", "1500", "--times", "4", "--unsaved", str(unsaved), "--client", client
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
