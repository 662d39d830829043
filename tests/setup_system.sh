#!/usr/bin/env bash
# Check Python and the system libraries that Qt and RDKit need; install them when that is permitted.
set -u
python=${1:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
    echo "msgui needs Python 3.11 or newer, and '$python' was not found." >&2
    echo "On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "msgui needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1)." >&2
    echo "Try: make run PYTHON=python3.11" >&2
    exit 1
fi

packages=()
command -v ldconfig >/dev/null 2>&1 || PATH="$PATH:/sbin:/usr/sbin"
if [ "$(uname -s)" = Linux ] && command -v ldconfig >/dev/null 2>&1; then
    known=$(ldconfig -p)
    while read -r library package; do
        case "$known" in *"$library"*) ;; *) packages+=("$package") ;; esac
    done <<'LIST'
libEGL.so.1 libegl1
libGL.so.1 libgl1
libfontconfig.so.1 libfontconfig1
libfreetype.so.6 libfreetype6
libglib-2.0.so.0 libglib2.0-0
libdbus-1.so.3 libdbus-1-3
libxkbcommon.so.0 libxkbcommon0
libX11.so.6 libx11-6
libXrender.so.1 libxrender1
libXext.so.6 libxext6
LIST
    # A real display additionally needs the libraries of Qt's xcb plugin.
    if [ -n "${DISPLAY:-}" ]; then
        while read -r library package; do
            case "$known" in *"$library"*) ;; *) packages+=("$package") ;; esac
        done <<'LIST'
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0
libxcb-xkb.so.1 libxcb-xkb1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-image.so.0 libxcb-image0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
LIST
    fi
fi
"$python" -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)

[ ${#packages[@]} -eq 0 ] && exit 0
line="apt-get install --yes --no-install-recommends ${packages[*]}"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        sudo=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo="sudo"
    else
        sudo="ask"
    fi
    if [ "$sudo" != ask ]; then
        echo "Installing missing system libraries: ${packages[*]}"
        if $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo $line -qq >/dev/null; then
            exit 0
        fi
    fi
    echo "These system libraries are missing. Please type this line, then try again:" >&2
    echo "  sudo $line" >&2
else
    echo "These system libraries are missing (Debian's names): ${packages[*]}" >&2
    echo "Please install them with your system's package manager, then try again." >&2
fi
exit 1
