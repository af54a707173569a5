# Sourced by ./run and ./test: installs the missing Debian packages. Nothing is removed or replaced, no service is
# left running or enabled that was not before. Expects to be sourced from the project's root.

say() { printf '%s\n' "$*"; }
heading() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
if [ ! -t 1 ]; then heading() { printf '\n== %s\n' "$*"; }; fi

# packages_of SECTION...: the names in those sections of tests/packages.txt
packages_of() {
  awk -v wanted=" $* " '/^\[/ { section = substr($0, 2, length($0) - 2); next }
    /^[^#]/ && index(wanted, " " section " ") { print $1 }' tests/packages.txt
}

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# can_sudo: sudo is there and would ask nobody, or has somebody to ask
can_sudo() { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }

# as_root COMMAND...: by sudo when we are not root
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# While packages are installed their services must not start: policy-rc.d is Debian's word for that. One that is
# there already is put back afterwards.
forbid_services() {
  [ -e /usr/sbin/policy-rc.d ] && as_root mv /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.before-alignd
  printf '#!/bin/sh\nexit 101\n' | as_root sh -c 'cat > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d'
}
allow_services() {
  as_root rm -f /usr/sbin/policy-rc.d
  [ -e /usr/sbin/policy-rc.d.before-alignd ] && as_root mv /usr/sbin/policy-rc.d.before-alignd /usr/sbin/policy-rc.d
  return 0
}

# install_missing SECTION...: exit 77 when it cannot be done here
install_missing() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is no Debian system: the packages listed in tests/packages.txt are taken for granted."
    return 0
  fi
  missing=""
  for package in $(packages_of "$@"); do installed "$package" || missing="$missing $package"; done
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" -ne 0 ] && ! can_sudo; then
    say "Missing packages, and no way to become root. Please run:"
    say "  sudo apt-get install --no-install-recommends$missing"
    exit 77
  fi
  heading "Installing:$missing"
  services=""
  for service in nsd unbound logrotate.timer; do
    case "$missing " in *" ${service%.timer} "*) services="$services $service" ;; esac
  done
  trap 'allow_services' EXIT
  trap 'exit 130' INT TERM
  forbid_services
  as_root apt-get -q update || say "apt-get update did not work; going on with the package lists that are here"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing
  status=$?
  allow_services
  trap - EXIT INT TERM
  # What is newly installed is for the laboratory only: not at the next boot either.
  if [ -n "$services" ] && command -v systemctl >/dev/null; then
    for service in $services; do as_root systemctl disable "$service" >/dev/null 2>&1; done
  fi
  if [ $status -ne 0 ]; then
    say "apt-get install ended with status $status."
    exit 1
  fi
}
