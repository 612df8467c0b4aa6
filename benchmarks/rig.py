"""Interpreters, compiled libraries and scripts: what every measurement stands on."""

import ast
import contextlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent

# The files of a peer that a plain GET loads on MicroPython: (package, files). Tests, command lines and the
# adapters of other platforms are left out: a peer is not charged for what nobody copies to a board.
PEER_FILES = {
    "uhttp": [("uhttp", ["client"])],
    "chumicro": [
        ("chumicro_requests", ["__init__", "_wire", "client"]),
        (
            "chumicro_sockets",
            ["__init__", "_connector", "sockets_factory", "_adapters/__init__", "_adapters/mp"],
        ),
        ("chumicro_timing", ["__init__", "deadline", "ticks"]),
    ],
}


class Failed(Exception):
    """A script did not end well; the text is the last line it said."""


def progress(text):
    print("  " + text, file=sys.stderr, flush=True)


def interpreter(variable):
    """The program named by an environment variable, or None."""
    return shutil.which(os.environ.get(variable) or "")


def client_source(platform, client, names):
    """The imports of clients/PLATFORM/CLIENT.py and the functions `names` with what they call, no more."""
    tree = ast.parse((HERE / "clients" / platform / (client + ".py")).read_text())
    kinds = ast.FunctionDef, ast.AsyncFunctionDef
    functions = {node.name: node for node in tree.body if isinstance(node, kinds)}
    wanted, queue = set(), list(names)
    while queue:
        name = queue.pop()
        if name in functions and name not in wanted:
            wanted.add(name)
            queue += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]
    if not set(names) <= wanted:
        return None
    kept = [node for node in tree.body[1:] if not isinstance(node, kinds) or node.name in wanted]
    return "\n".join(map(ast.unparse, kept)) + "\n"


def imports_of(client):
    """The import statements of a MicroPython client, as one line."""
    tree = ast.parse((HERE / "clients" / "micropython" / (client + ".py")).read_text())
    found = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return "; ".join(map(ast.unparse, found))


def compile_file(source, target, level=0):
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [interpreter("MPY_CROSS"), "-O%d" % level, "-o", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed((done.stderr or done.stdout).strip()[-200:])


def peer_sources(client):
    """[(file, its path below the library folder)] of a peer that is installed with pip; [] when it is not."""
    found = []
    for package, names in PEER_FILES[client]:
        spec = importlib.util.find_spec(package)
        if spec is None:
            return []
        folder = pathlib.Path(list(spec.submodule_search_locations)[0])
        found += [(folder / (name + ".py"), package + "/" + name) for name in names]
    return found


def requests_sources():
    """micropython-lib's requests where REQUESTS_SOURCE names its folder; [] uses the frozen copy."""
    folder = os.environ.get("REQUESTS_SOURCE")
    if not folder:
        return []
    return [(path, "requests/" + path.stem) for path in sorted(pathlib.Path(folder).glob("*.py"))]


def package_sources():
    return [
        (path, path.relative_to(ROOT).with_suffix("").as_posix())
        for path in sorted((ROOT / "mrequests").rglob("*.py"))
        if path.stem != "__main__"
    ]


def siblings():
    """The optional modules, to lie beside a core that was copied alone; loaded where a call needs one."""
    files = sorted((ROOT / "mrequests").glob("*.py"))
    return [(path, path.stem) for path in files if path.stem not in ("__init__", "__main__", "mrequests")]


def sources(client):
    """What has to be copied to a board for this client."""
    if client in ("mrequests", "aio"):
        return [(ROOT / "mrequests" / "mrequests.py", "mrequests")]
    if client in ("package", "door"):
        return package_sources()
    if client == "requests":
        return requests_sources()
    return peer_sources(client) if client in PEER_FILES else []


def compile_client(client, folder, level=0, more=()):
    """Compile a client's files into folder; return the bytes of .mpy."""
    total = 0
    for source, below in [*sources(client), *more]:
        target = folder / (below + ".mpy")
        compile_file(source, target, level)
        total += target.stat().st_size
    return total


@contextlib.contextmanager
def one_cpu():
    """Keep this process, and those it starts meanwhile, on one processor.

    In a small exchange each side waits for the other. Waking a processor takes as long as the whole exchange
    and varies by half; on the same one, the next process simply goes on.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Bench:
    """A folder with compiled libraries, one folder for each client, and scripts run in it."""

    def __init__(self):
        self.keeper = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.keeper.name)
        self.built = {}

    def close(self):
        self.keeper.cleanup()

    def library(self, client):
        if client not in self.built:
            folder = self.folder / "lib" / client
            folder.mkdir(parents=True)
            compile_client(client, folder, more=siblings() if client in ("mrequests", "aio") else ())
            if client == "uhttp":
                for shim in (HERE / "shims").glob("*.py"):
                    compile_file(shim, folder / (shim.stem + ".mpy"))
            self.built[client] = folder
        return self.built[client]

    def run(self, program, client, source, heap=None, timeout=120, wrap=()):
        """Run source (compiled) on a MicroPython with the client's library; return its output."""
        script = self.folder / "task.py"
        script.write_text(source)
        compile_file(script, script.with_suffix(".mpy"))
        script.unlink()
        return self.again(program, client, heap, timeout, wrap)

    def again(self, program, client, heap=None, timeout=120, wrap=()):
        """Run the script of the last run() once more."""
        return self.start([*wrap, program], ["-m", "task"], client, heap, timeout)

    def run_source(self, program, client, source, heap=None, timeout=120):
        """Run source as it is: compiled on the spot, so that nothing of it comes from a file."""
        return self.start([program], ["-c", source], client, heap, timeout)

    def start(self, program, arguments, client, heap, timeout):
        size = ["-X", "heapsize=%d" % heap] if heap else []
        environment = dict(os.environ, MICROPYPATH="%s:.frozen" % self.library(client))
        return execute([*program, *size, *arguments], self.folder, environment, timeout)

    def run_cpython(self, client, source, timeout=120):
        folder = self.folder / "cpython"
        folder.mkdir(exist_ok=True)
        for path, name in sources("mrequests") + siblings():
            shutil.copy(path, folder / (name + ".py"))
        script = folder / "task.py"
        script.write_text(source)
        return execute([sys.executable, str(script)], folder, dict(os.environ), timeout)


def execute(command, folder, environment, timeout):
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise Failed("no end after %d s" % timeout) from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "exit status %d" % done.returncode).splitlines()
        raise Failed(said[-1][:120])
    return done.stdout
