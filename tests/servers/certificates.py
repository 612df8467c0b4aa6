"""The certificates of one test session, in a folder of their own.

ca.pem, ca.der              the authority that the tests trust
other-ca.pem, other-ca.der  one that has signed nothing
good.pem                    key and chain for 127.0.0.1, localhost and ::1
expired.pem                 the same, but out of date
wrong-host.pem              valid, for wrong.example
"""

import datetime
import ssl
import sys
from pathlib import Path

import trustme

LOCAL = ("127.0.0.1", "localhost", "::1")


def make(folder):
    """Write all of them; returns the folder as a Path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    dates = {"not_before": long_ago, "not_after": long_ago + datetime.timedelta(days=30)}
    for name, issued in (
        ("good", authority.issue_cert(*LOCAL)),
        ("expired", authority.issue_cert(*LOCAL, **dates)),
        ("wrong-host", authority.issue_cert("wrong.example")),
    ):
        issued.private_key_and_cert_chain_pem.write_to_path(folder / (name + ".pem"))
    for name, one in ("ca", authority), ("other-ca", trustme.CA()):
        one.cert_pem.write_to_path(folder / (name + ".pem"))
        # MicroPython's load_verify_locations takes DER on more firmware than PEM.
        (folder / (name + ".der")).write_bytes(ssl.PEM_cert_to_DER_cert(one.cert_pem.bytes().decode()))
    return folder


def context(folder, name="good"):
    """A server's context with one of them."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(Path(folder) / (name + ".pem"))
    return made


if __name__ == "__main__":
    make(sys.argv[1])
