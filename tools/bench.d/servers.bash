# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # code in backticks; variables shared with tools/bench
# Sourced by tools/bench: starts servers, and stops them by process id, however the script ends.

children=()
directories=()

forget() {
  local pid kept=()
  for pid in "${children[@]}"; do [[ $pid == "$1" ]] || kept+=("$pid"); done
  children=("${kept[@]}")
}

# Stops a process started here and waits until the process has ended.
stop() {
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  forget "$1"
}

cleanup() {
  local pid
  for pid in "${children[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
  children=()
  ((${#directories[@]} == 0)) || rm -rf -- "${directories[@]}"
}

# Runs a program in the background and waits for the end, so that a signal ends the script at once.
attend() {
  local status=0
  "$@" &
  children+=("$!")
  wait "$!" || status=$?
  forget "$!"
  return "$status"
}

fail() {
  printf '\ntools/bench: %s\n' "$1" >&2
  exit 1
}

# wait_for PID WHAT COMMAND...: repeats the command until the command succeeds; fails if the process ends
# before.
wait_for() {
  local pid=$1 what=$2 deadline=$((SECONDS + 900))
  shift 2
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || fail "$what ended; it said:
$(tail -n 20 -- "$dir/log" 2>/dev/null)"
    ((SECONDS < deadline)) || fail "$what does not answer"
    sleep 0.05
  done
}

# --- Keyledger ---

daemon='' tcp='' socket='' redis='' redis_socket=''
# start_daemon DATA [FLAG...]: sets $tcp and $socket to the daemon's addresses.
start_daemon() {
  local data=$1
  shift
  socket=unix:$dir/keyledger.sock
  "${server[@]}" "$bin/keyledgerd" --data "$data" --listen "$socket" --listen tcp:127.0.0.1:0 "${daemon_flags[@]}" \
    "$@" >"$dir/log" 2>&1 &
  daemon=$!
  children+=("$daemon")
  wait_for "$daemon" keyledgerd "$bin/keyledger" --connect "$socket" log stats
  tcp=$(sed -n 's/.*listening on \(tcp:[0-9.:]*\).*/\1/p' "$dir/log" | head -n 1)
}

stop_daemon() {
  [[ -n $daemon ]] || return 0
  stop "$daemon"
  daemon=''
}

# Prints a field of `log stats` from the running daemon.
stats() {
  "$bin/keyledger" --connect "$socket" -o json log stats >"$dir/stats"
  field "$1" "$dir/stats"
}

load() { attend "${generator[@]}" "$bin/keyledger_load" "$@"; }

# Makes a ledger of COUNT keys in $dir/base-COUNT-CLIENTS and the keys' tokens in $dir/tokens-COUNT-CLIENTS,
# once a run. With CLIENTS, also makes CLIENTS clients and assigns the keys to the clients in turn.
base_ledger() { # COUNT [CLIENTS]
  base=$dir/base-$1-${2:-0} tokens=$dir/tokens-$1-${2:-0}
  [[ ! -d $base ]] || return 0
  start_daemon "$base"
  load --to "$socket" --tokens "$tokens" make-keys --by-import --count "$1" --users "$((1 + $1 / 100))" \
    --clients "${2:-0}" >"$dir/answer"
  stop_daemon
}

# Copies the base ledger to $dir/ledger; its tokens are in $tokens.
fresh_ledger() { # COUNT [CLIENTS]
  base_ledger "$@"
  rm -rf -- "$dir/ledger"
  cp -a --reflink=auto -- "$base" "$dir/ledger"
}

# Prints the processor time used so far by all threads of a process, in nanoseconds.
processor_time() { awk -v hz="$(getconf CLK_TCK)" '{ printf "%.0f", ($14 + $15) / hz * 1e9 }' "/proc/$1/stat"; }

# ask FIGURE SIDE TO [OPTION...]: runs the load once and notes its results as samples. For Keyledger and
# Redis, also notes the server's processor time a verdict, because other programs on the machine hardly change
# this time.
ask() {
  local name side=$2 figure=$1 to=$3 process='' before
  shift 3
  case $to in
    "$tcp" | "$socket") process=$daemon ;;
    "${redis:-none}" | "${redis_socket:-none}") process=$redis_pid ;;
  esac
  [[ -z $process ]] || before=$(processor_time "$process")
  load --to "$to" --tokens "$tokens" ask --seconds "$seconds" --warm-up 0.2 "$@" >"$dir/answer" ||
    fail "the load did not end well: ask $*"
  [[ -z $process ]] || note "$figure" "$side" processor_ns \
    "$(calculate "($(processor_time "$process") - $before) / $(field answers "$dir/answer")")"
  for name in per_second p50_us p99_us p999_us busy; do
    note "$figure" "$side" "$name" "$(field "$name" "$dir/answer")"
  done
}

# --- Redis ---

# Starts Redis with a value for each token of $tokens; sets $redis and $redis_socket to its addresses.
start_redis() {
  local port tries
  for ((tries = 0; tries < 5; ++tries)); do
    # Redis cannot choose a port: try random ports until a port is free.
    port=$((20000 + RANDOM % 20000))
    "${server[@]}" redis-server --port "$port" --bind 127.0.0.1 --unixsocket "$dir/redis.sock" --save '' \
      --appendonly no --dir "$dir" >"$dir/log" 2>&1 &
    redis_pid=$!
    children+=("$redis_pid")
    sleep 0.2
    if kill -0 "$redis_pid" 2>/dev/null; then break; fi
    forget "$redis_pid"
  done
  wait_for "$redis_pid" Redis redis-cli -s "$dir/redis.sock" ping
  redis=tcp:127.0.0.1:$port redis_socket=unix:$dir/redis.sock
  awk '{ print "SET " $1 " 1" }' "$tokens" | redis-cli -s "$dir/redis.sock" --pipe >/dev/null
}

stop_redis() { stop "$redis_pid"; }

# --- The incumbent: Django behind gunicorn on PostgreSQL ---

# Runs a program as the user postgres, because PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi
}

# Starts PostgreSQL on a new cluster in $cluster, listening only on a Unix socket in $cluster.
start_postgres() {
  local programs
  programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  cluster=$(mktemp -d)
  directories+=("$cluster")
  chmod 0755 "$cluster"
  ((EUID != 0)) || chown postgres: "$cluster"
  as_postgres "$programs/initdb" --pgdata "$cluster/data" --auth trust --username postgres --no-sync --encoding UTF8 \
    --locale C >"$dir/log" 2>&1 || fail "initdb: $(tail -n 5 "$dir/log")"
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$programs/postgres" -D "$cluster/data" -k "$cluster" \
      -c listen_addresses= -c max_connections=100 -c shared_buffers=1GB >"$dir/log" 2>&1 &
  else
    "$programs/postgres" -D "$cluster/data" -k "$cluster" -c listen_addresses= -c max_connections=100 \
      -c shared_buffers=1GB >"$dir/log" 2>&1 &
  fi
  postgres_pid=$!
  children+=("$postgres_pid")
  wait_for "$postgres_pid" PostgreSQL "$programs/psql" -h "$cluster" -U postgres -c 'select 1'
}

django() { INCUMBENT_DATABASE=$cluster PYTHONDONTWRITEBYTECODE=1 "$@"; }

# start_gunicorn OPTION...: sets $gunicorn to the address of gunicorn.
start_gunicorn() {
  INCUMBENT_DATABASE=$cluster PYTHONDONTWRITEBYTECODE=1 /usr/bin/gunicorn --chdir "$root/tools/bench.d" \
    --workers "$((2 * $(nproc)))" --bind "unix:$dir/gunicorn.sock" --log-level warning --worker-tmp-dir "$dir" \
    "$@" incumbent:application >"$dir/log" 2>&1 &
  gunicorn_pid=$!
  children+=("$gunicorn_pid")
  gunicorn=unix:$dir/gunicorn.sock
  wait_for "$gunicorn_pid" gunicorn "$bin/keyledger_load" --to "$gunicorn" --tokens "$tokens" ask --http \
    --connections 1 --seconds 0.05
}
