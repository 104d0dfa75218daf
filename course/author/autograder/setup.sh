#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: Python, a sandbox, the packages.
set -euo pipefail
umask 022 # answers run as another user, who has to be able to read Python and the packages
cd "$(dirname "${BASH_SOURCE[0]}")"
export DEBIAN_FRONTEND=noninteractive
export STREAMLINGS_VENV="${STREAMLINGS_VENV:-/opt/streamlings}"

will_do() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if will_do "$python"; then return; fi
    done
    return 1
}

install() {
    apt-get install -y -qq --no-install-recommends "$@"
}

if command -v apt-get >/dev/null && ! { find_python && command -v bwrap >/dev/null; }; then
    apt-get update -qq
    install bubblewrap || echo "Without bubblewrap, answers are contained in a weaker way." >&2
    find_python || install python3 python3-venv
    if ! find_python; then # an older Ubuntu, whose own Python is too old
        install software-properties-common
        add-apt-repository -y ppa:deadsnakes/ppa
        install python3.12 python3.12-venv
    fi
fi
if ! find_python; then
    echo "Python 3.11 or newer with its venv module is needed. Choose a newer base image." >&2
    exit 1
fi

"$python" -c 'from course.environment import LEARNER, Environment; Environment().prepare([LEARNER])'
