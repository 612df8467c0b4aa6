"""Put Debian's 32-bit MicroPython into a folder, without root and without touching the system.

A 32-bit build has the word size of a board, which is what memory budgets are about.
"""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RELEASE = "trixie"
WRAPPER = """#!/bin/sh
# Runs with the libraries beside it, so that nothing 32-bit need be installed.
root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/root
lib=$root/usr/lib/i386-linux-gnu
exec "$lib/ld-linux.so.2" --library-path "$lib" "$root/usr/bin/micropython" "$@"
"""


class Unavailable(Exception):
    """This machine cannot have it; the message says why and what would help."""


def install(folder):
    """Make `folder`/micropython, or raise Unavailable."""
    mirror = _mirror()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _download(folder, mirror)
        for package in sorted((folder / "apt/cache/archives").glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(folder / "root")])
        shutil.rmtree(folder / "apt")
        # Written last, and moved into place once it runs: it marks the installation as complete.
        wrapper = folder / "micropython.new"
        wrapper.write_text(WRAPPER)
        wrapper.chmod(0o755)
        _run([str(wrapper), "-c", "pass"])
        wrapper.rename(folder / "micropython")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _mirror():
    """The Debian mirror this machine already uses."""
    if platform.machine() not in ("x86_64", "i686"):
        raise Unavailable("a %s machine cannot run it" % platform.machine())
    for tool in "apt-get", "dpkg-deb":
        if not shutil.which(tool):
            raise Unavailable("there is no %s; it is unpacked from a Debian package" % tool)
    if not KEYRING.exists():
        raise Unavailable("there is no %s; install debian-archive-keyring" % KEYRING)
    if os.getenv("DEBIAN_MIRROR"):
        return os.environ["DEBIAN_MIRROR"]
    # Unlike `apt-get indextargets` this needs no package lists, which a fresh machine does not have yet.
    sources = _run(["apt-get", "--print-uris", "-o", "Debug::NoLocking=1", "update"])
    mirror = re.search(r"'(https?://\S+/debian)/dists/", sources)
    if mirror:
        return mirror.group(1)
    raise Unavailable("apt has no Debian mirror; name one in DEBIAN_MIRROR (a URL that ends in /debian)")


def _download(folder, mirror):
    """Download the package and what it depends on, with a private apt state for the i386 architecture."""
    apt = folder / "apt"
    for part in "state/lists/partial", "cache/archives/partial":
        (apt / part).mkdir(parents=True)
    (apt / "status").write_text("")  # nothing counts as installed
    source = "deb [arch=i386 signed-by=%s] %s %s main\n" % (KEYRING, mirror, RELEASE)
    (apt / "sources.list").write_text(source)
    settings = {
        "APT::Architecture": "i386",
        "APT::Architectures::": "i386",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",  # the sandbox user of apt may not enter this folder
        "Acquire::http::Timeout": "20",
        "APT::Update::Error-Mode": "any",  # or it would only warn when the mirror cannot be reached
    }
    options = [word for name, value in settings.items() for word in ("-o", "%s=%s" % (name, value))]
    _run(["apt-get", *options, "update"])
    _run(["apt-get", *options, "--no-install-recommends", "-d", "-y", "install", "micropython:i386"])


def _run(command):
    """Output of a command; Unavailable with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-2:]
        raise Unavailable("%s failed: %s" % (Path(command[0]).name, " / ".join(words)))
    return done.stdout
