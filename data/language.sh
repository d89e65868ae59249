# shellcheck shell=sh
# The language that a run speaks: its locale and its letters. Sourced from the top folder, after
# data/setup.sh.

# translation_of LIST: the first language of a list like “pt_BR:de” that Inkling speaks, if any.
translation_of() {
  for wanted in $(echo "$1" | tr : ' '); do
    wanted=${wanted%%[.@]*}
    if grep -qx -e "$wanted" -e "${wanted%_*}" data/po/LINGUAS; then
      echo "$wanted"
      return
    fi
  done
}

# Whether a locale is there, and not one without a language.
speaks() {
  case $1 in
  "" | C | C.* | POSIX) false ;;
  *) [ "$(LC_ALL=$1 locale charmap 2>/dev/null)" != ANSI_X3.4-1968 ] ;;
  esac
}

install_chinese_font() {
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 0
  if [ -z "$(fc-list :lang=zh-cn 2>/dev/null)" ]; then
    (install_packages fonts-noto-cjk) || echo "Without a Chinese font the window shows boxes." >&2
  fi
}

# make_locale NAME FOLDER: compiles one that the system lacks, without touching the system.
make_locale() {
  if [ ! -e "$2/$1" ]; then
    definition=${1%.UTF-8}
    [ -e "/usr/share/i18n/locales/$definition" ] || (install_packages locales) || true
    mkdir -p "$2"
    localedef -c -i "$definition" -f UTF-8 "$2/$1" >/dev/null 2>&1 || true
  fi
  [ -e "$2/$1" ]
}

# speak_language FOLDER: prepares the language that the environment asks for. LANGUAGE alone is not
# enough: gettext takes no notice of it in the C locale (from glibc 2.39 on in C.UTF-8 neither), nor
# in a locale that is not installed, and numbers are written as the locale has it. FOLDER keeps
# what is made.
speak_language() {
  current=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  language=$(translation_of "${LANGUAGE:-$current}")
  case $language in
  "") return ;;
  zh_CN) install_chinese_font ;;
  *_*) ;;
  *) language=${language}_$(echo "$language" | tr '[:lower:]' '[:upper:]') ;;
  esac
  if speaks "$current"; then
    return
  fi
  chosen=$language.UTF-8
  if ! speaks "$chosen"; then
    if ! make_locale "$chosen" "$1"; then
      echo "The locale $chosen is not here and could not be made; text may be in English." >&2
      export LC_ALL=C.UTF-8
      return
    fi
    export LOCPATH="$1"
  fi
  export LC_ALL="$chosen"
}
