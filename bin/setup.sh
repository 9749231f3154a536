# Sourced by the other commands: makes .venv and installs the pinned requirements into it.
# Does nothing when they are installed already.

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
python="$here/.venv/bin/python"

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in ${FINLO_PYTHON:-} python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed and was not found. Name one with FINLO_PYTHON."
    return 1
}

make_environment() {
    if "$python" -c 'import sys' 2>/dev/null; then
        return
    fi
    local base
    base="$(find_python)"
    say "Making .venv with $("$base" --version)"
    # An environment that was moved, or whose Python is gone, is of no use.
    rm -rf "$here/.venv"
    if ! "$base" -m venv "$here/.venv"; then
        rm -rf "$here/.venv"
        say "$base cannot make virtual environments. On Debian: apt-get install python3-venv"
        return 1
    fi
}

# install_requirements FILE: only when FILE is not the one that was installed last time.
install_requirements() {
    local file="$here/$1" stamp="$here/.venv/.installed-$1" wanted
    wanted="$(sha256sum <"$file")"
    if [[ -f "$stamp" && "$(cat "$stamp")" == "$wanted" ]]; then
        return
    fi
    say "Installing $1"
    rm -f "$here"/.venv/.installed-*
    if ! { uv --version >/dev/null 2>&1 \
        && uv pip install --quiet --python "$python" --require-hashes --only-binary :all: -r "$file"; }; then
        "$python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes --only-binary :all: -r "$file"
    fi
    printf '%s' "$wanted" >"$stamp"
    # The development set holds the other one, at the same versions.
    if [[ "$1" == requirements-dev.txt ]]; then
        sha256sum <"$here/requirements.txt" >"$here/.venv/.installed-requirements.txt"
    fi
}

# set_up FILE: one at a time, should bin/run and bin/test be started together.
set_up() {
    # This file itself is the lock: it is there, and nothing has to be ignored or removed.
    exec 9<"${BASH_SOURCE[0]}"
    if command -v flock >/dev/null; then
        flock 9
    fi
    make_environment
    install_requirements "$1"
    exec 9<&-
}
