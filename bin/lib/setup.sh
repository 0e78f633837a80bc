# Shared by bin/demo, bin/test and bin/messages: the environment in .venv. POSIX sh; sourced, not run.

fail() { printf '%s\n' "$*" >&2; exit 1; }

# The first Python that runs and is new enough. It is started, not only looked up: a version manager
# leaves names on the path that refuse to run.
find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

make_environment() {
    if [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null; then return 0; fi
    python=$(find_python) || fail "Python 3.11 or newer is missing. Install it: sudo apt-get install -y python3 python3-venv"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing. Install it: sudo apt-get install -y python3-venv"
    echo "Making the environment .venv with $("$python" --version) …"
    "$python" -m venv --clear .venv || fail "The environment .venv could not be made; see the lines above."
}

fingerprint() { cat requirements.txt "$1" constraints.txt | cksum; }

installed() { [ -f ".venv/.installed-$1" ] && [ "$(cat ".venv/.installed-$1")" = "$(fingerprint "$1")" ]; }

# install FILE: brings .venv to what FILE and constraints.txt say; nothing to do when neither has changed.
install() {
    if installed "$1"; then return 0; fi
    echo "Installing the packages that $1 pins …"
    .venv/bin/python -m pip install -q --disable-pip-version-check -r "$1" -c constraints.txt ||
        fail "The packages of $1 could not be installed; see the lines above. A second start tries again."
    # What the tests need includes what the product needs.
    for file in requirements.txt "$1"; do fingerprint "$file" > ".venv/.installed-$file"; done
}

# A checkout signs with a key of its own; it is made once and stays.
make_secret_key() {
    data=${XIAOHAO_DATA_DIR:-var}
    if [ -s "$data/secret_key" ] || [ -n "${XIAOHAO_SECRET_KEY:-}" ]; then return 0; fi
    (umask 077 && mkdir -p "$data" && .venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(64))' > "$data/secret_key")
}

# set_up FILE: everything that must be there before manage.py can run.
set_up() {
    make_environment
    install "$1"
    make_secret_key
    .venv/bin/python -m config.catalogue compile
}
