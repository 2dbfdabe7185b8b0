# What script/check and script/demo share: packages, a scratch folder, build, staged install, throw-away server.
# Sourced, never run. Works on Debian as root and as a plain user with sudo; PG_MAJOR chooses the server version.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_MAJOR=${PG_MAJOR:-15}
pg_home=/usr/lib/postgresql/$PG_MAJOR
export PG_CONFIG=$pg_home/bin/pg_config
export LC_ALL=C.UTF-8
umask 022 # user postgres reads what root stages and generates

build_packages=(g++ make pkg-config libicu-dev "postgresql-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR")

die() {
    echo "$0: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "needs root or sudo to run: $*"
        sudo "$@"
    fi
}

# initdb and postgres refuse root: root's server belongs to the user postgres.
as_server_user() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

# install_packages NAME... installs those that are missing; with none missing neither root nor network is needed.
install_packages() {
    local missing=() name
    for name; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "not a Debian system; please install the equivalent of: ${missing[*]}"

    echo "Installing ${missing[*]}"
    as_root apt-get update -qq
    # A server package makes and starts a cluster named main when it is new. We want its programs only, so for
    # the time of the installation we say no in the folder that Debian has for such settings.
    local settings=/etc/postgresql-common/createcluster.d
    as_root mkdir -p "$settings"
    as_root sh -c "echo 'create_main_cluster = false' > $settings/store_uptime.conf"
    local status=0
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null || status=$?
    as_root rm -f "$settings/store_uptime.conf"
    [ $status = 0 ] || die "apt-get could not install: ${missing[*]}"
}

# make_scratch sets $scratch, a folder that lives as long as the script; a server running in it is stopped first.
make_scratch() {
    scratch=$(mktemp -d -t store_uptime.XXXXXX)
    chmod 755 "$scratch"
    stage=$scratch/stage
    trap leave EXIT
    trap 'exit 130' HUP INT TERM
}

leave() {
    local jobs
    jobs=$(jobs -p)
    # shellcheck disable=SC2086 # a list
    [ -z "$jobs" ] || kill $jobs 2>/dev/null || true
    [ ! -e "$scratch/data/postmaster.pid" ] || stop_server
    rm -rf "$scratch"
}

# copy_sources FOLDER copies what the extension is built from, and nothing that was built, so that the project's folder
# stays as it is.
copy_sources() {
    mkdir "$1"
    local part
    for part in Makefile META.json store_uptime.control src sql doc; do
        [ ! -e "$project/$part" ] || cp -r "$project/$part" "$1"
    done
    find "$1" -name '*.[od]' -delete
}

# build_extension FOLDER [MAKE-VARIABLE...] builds the sources in FOLDER and installs them under $stage.
build_extension() {
    local folder=$1
    shift
    make -s -C "$folder" -j "$(nproc)" "$@"
    make -s -C "$folder" install DESTDIR="$stage" "$@"
}

# Settings for any server that shall find the staged extension.
stage_settings() {
    echo "extension_destdir = '$stage'"
    echo "dynamic_library_path = '$stage$pg_home/lib:$pg_home/lib'"
}

# start_server [SETTING...] starts a server in $scratch that only this script's user (or root) can reach, by a
# socket in a closed folder, and points psql and its kin at it.
start_server() {
    install -d "$scratch/log"
    install -d -m 700 "$scratch/data" "$scratch/socket"
    [ "$(id -u)" != 0 ] || chown postgres "$scratch"/{log,data,socket}
    export PGHOST=$scratch/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    unset PGSERVICE PGPASSWORD PGOPTIONS PGHOSTADDR
    export PATH=$pg_home/bin:$PATH
    (
        cd "$scratch" # a folder that user postgres may enter
        as_server_user initdb --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --no-sync >log/initdb
        {
            stage_settings
            echo "listen_addresses = ''"
            echo "unix_socket_directories = '$PGHOST'"
            echo "fsync = off"
            printf '%s\n' "$@"
        } | as_server_user tee -a data/postgresql.conf >/dev/null
        as_server_user pg_ctl --pgdata=data --log=log/server --wait --silent start
    ) || die "the server did not start: $(cat "$scratch"/log/* 2>/dev/null | tail -n 20)"
}

stop_server() {
    (cd "$scratch" && as_server_user pg_ctl --pgdata=data --mode=immediate --wait --silent stop)
}
