# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # code in backticks; variables shared with tools/bench
# Sourced by tools/bench: measurements of the log, of starting, and of memory.

# Prints the size of a directory on disk, in bytes of whole blocks.
bytes_of() { du -s --block-size=1 -- "$1" | cut -f 1; }

# Prints the size of the log in $dir/ledger; 0 without a log.
bytes_of_log() {
  if [[ -d $dir/ledger/log ]]; then bytes_of "$dir/ledger/log"; else printf '0\n'; fi
}

# Prints the resident memory of a process, in bytes.
rss_of() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$1/status"; }

# Notes the time of one synced write of 4 KiB, first at the end of a growing file, as the log writes, then
# over existing bytes.
probe_syncs() {
  local way
  for way in appended overwritten; do
    LC_ALL=C dd if=/dev/zero of="$dir/probe" bs=4096 count=200 oflag=dsync conv=notrunc 2>"$dir/log"
    note create_sync "$way" us \
      "$(sed -n 's/.* copied, \([0-9.e-]*\) s,.*/\1/p' "$dir/log" | awk '{ print $1 / 200 * 1e6 }')"
  done
}

measure_create() {
  local run count=200000
  [[ -z $quick ]] || count=10000
  [[ -z $keys_given ]] || count=$keys
  for ((run = 0; run < runs; ++run)); do
    probe_syncs
    rm -rf -- "$dir/probe" "$dir/created"
    start_daemon "$dir/created"
    load --to "$tcp" --tokens "$dir/created-tokens" make-keys --count "$count" --in-flight 256 >"$dir/answer"
    note create keyledger per_second "$(field per_second "$dir/answer")"
    stop_daemon
  done
  rm -rf -- "$dir/created"
  table "$(readable "$count") keys" 'Keyledger' 'aim'
  row_alone 'durable `key create`, 256 in flight, keys/s' "$(spread create keyledger per_second)" \
    '≥ 30,000 where a sync takes 200 µs'
  row_alone 'one synced write of 4 KiB there, appended, in µs' "$(spread create_sync appended us)" -
  row 'the same, overwritten, in µs' "$(spread create_sync overwritten us)" -
  figure create_sync_appended_us "$(median create_sync appended us)" - -
  figure create_sync_overwritten_us "$(median create_sync overwritten us)" - -
  figure create_per_second "$(median create keyledger per_second)" 30000 higher
}

# Makes in $dir/ledger a ledger of COUNT uses over 10,000 keys, a few of them used most, as a daemon leaves
# it. Sets $uses to the number of uses, and $base_bytes to the size of the log before the uses. Uses
# keyledger_fill if it was built; otherwise loads a daemon for SECONDS.
ledger_of_uses() { # COUNT SECONDS [USES_PER_BLOCK]
  local before count
  rm -rf -- "$dir/ledger"
  if [[ -x $bin/keyledger_fill ]]; then
    uses=$1
    for count in 0 "$uses"; do
      base_bytes=$(bytes_of_log)
      rm -rf -- "$dir/ledger"
      attend "$bin/keyledger_fill" --data "$dir/ledger" --keys 10000 --uses "$count" --uses-per-block "${3:-50}" --seed 1 \
        >"$dir/answer"
      # Start and stop a daemon once, because a start may tidy up the files before their size is measured.
      start_daemon "$dir/ledger"
      stop_daemon
    done
    return
  fi
  fresh_ledger 10000
  base_bytes=$(bytes_of_log)
  start_daemon "$dir/ledger"
  before=$(stats position)
  load --to "$tcp" --tokens "$tokens" ask --batch 256 --connections 10 --zipf 1.1 --seconds "$2" >"$dir/answer"
  uses=$(($(stats position) - before))
  stop_daemon
}

measure_disk() {
  local uses base_bytes count=100000000 load_seconds=60
  [[ -z $quick ]] || count=1000000 load_seconds=3
  ledger_of_uses "$count" "$load_seconds"
  note disk keyledger uses "$uses"
  note disk keyledger bytes_per_use "$(calculate "($(bytes_of_log) - $base_bytes) / $uses")"
  table 'uses over 10,000 keys, Zipf' 'Keyledger' 'aim'
  row 'uses' "$(spread disk keyledger uses)" -
  row_alone "bytes of disk a use, indexes included, $(readable "$uses") uses" \
    "$(spread disk keyledger bytes_per_use)" '≤ 12'
  figure disk_bytes_per_use "$(median disk keyledger bytes_per_use)" 12 lower
}

measure_replay() {
  local run uses base_bytes block count=20000000 load_seconds=20 key_count=$keys
  [[ -z $quick ]] || count=5000000 load_seconds=3 key_count=100000
  [[ -z $keys_given ]] || key_count=$keys
  table 'one processor' 'Keyledger' 'aim'
  for block in 50 1000; do
    ledger_of_uses "$count" "$load_seconds" "$block"
    for ((run = 0; run < runs; ++run)); do
      attend "${server[@]}" "$bin/keyledger" --data "$dir/ledger" -o json replay >"$dir/answer"
      note "replay_uses_$block" keyledger per_second "$(field events_per_second "$dir/answer")"
    done
    row_alone "replay, uses/s, $(readable "$uses") uses, $block to a record" \
      "$(spread "replay_uses_$block" keyledger per_second)" '≥ 20,000,000'
  done
  base_ledger "$key_count"
  for ((run = 0; run < runs; ++run)); do
    attend "${server[@]}" "$bin/keyledger" --data "$base" -o json replay >"$dir/answer"
    note replay_keys keyledger per_second "$(field events_per_second "$dir/answer")"
  done
  row_alone "replay, key events/s, $(readable "$key_count") keys" "$(spread replay_keys keyledger per_second)" \
    '≥ 1,000,000'
  figure replay_small_blocks_uses_per_second "$(median replay_uses_50 keyledger per_second)" 20000000 higher
  figure replay_uses_per_second "$(median replay_uses_1000 keyledger per_second)" 20000000 higher
  figure replay_key_events_per_second "$(median replay_keys keyledger per_second)" 1000000 higher
}

# Notes the seconds from the start of the program to its first verdict. The files are in the system's cache,
# as when a daemon is restarted.
time_start() { # WAY [DAEMON_FLAG...]
  local begun ended way=$1 socket=unix:$dir/keyledger.sock
  shift
  begun=$EPOCHREALTIME
  "${server[@]}" "$bin/keyledgerd" --data "$dir/ledger" --listen "$socket" "${daemon_flags[@]}" "$@" >"$dir/log" 2>&1 &
  daemon=$!
  children+=("$daemon")
  load --to "$socket" --tokens "$tokens" first --patience 900 >"$dir/answer" ||
    fail "keyledgerd does not answer: $(tail -n 5 "$dir/log")"
  ended=$EPOCHREALTIME
  note start "$way" seconds "$(calculate "$ended - $begun")"
  stop_daemon
}

measure_start() {
  local run key_count=10000000
  [[ -z $quick ]] || key_count=100000
  [[ -z $keys_given ]] || key_count=$keys
  fresh_ledger "$key_count"
  # The daemon that made the keys left a snapshot when it stopped.
  for ((run = 0; run < runs; ++run)); do time_start snapshot; done
  rm -rf -- "$dir/ledger/snapshots"
  for ((run = 0; run < runs; ++run)); do time_start fold --snapshot-every 0; done
  table "$(readable "$key_count") keys" 'Keyledger' 'aim'
  row_alone "from the start of the daemon to its first verdict, with a snapshot, $(readable "$key_count") keys, seconds" \
    "$(spread start snapshot seconds)" '≤ 3'
  row_alone "the same without one, every event folded, seconds" "$(spread start fold seconds)" -
  figure start_without_snapshot_seconds "$(median start fold seconds)" - -
  figure start_seconds "$(median start snapshot seconds)" 3 lower
}

# Prints the longest distance between two successive snapshots of $dir/ledger, in events.
longest_gap() {
  find "$dir/ledger/snapshots" -name '*.state' -printf '%f\n' | sort |
    awk '{ position = $1 + 0; if (position - before > longest) longest = position - before; before = position }
      END { printf "%d\n", longest }'
}

# A daemon without all its snapshots writes the missing ones while it runs.
has_no_gap() { (($(longest_gap) <= 2 * 8000000 + 1000)); }

# Asks for the position just before each snapshot, because the fold to such a position is the longest.
measure_past() {
  local uses base_bytes count=100000000 load_seconds=60 snapshot position way begun
  [[ -z $quick ]] || count=5000000 load_seconds=3
  ledger_of_uses "$count" "$load_seconds" 50
  start_daemon "$dir/ledger"
  wait_for "$daemon" keyledgerd has_no_gap
  for snapshot in "$dir/ledger/snapshots"/*.state; do
    position=$((10#$(basename -- "$snapshot" .state) - 1))
    for way in daemon directory; do
      local -a from=(--connect "$socket")
      [[ $way == daemon ]] || from=(--data "$dir/ledger")
      begun=$EPOCHREALTIME
      attend "$bin/keyledger" "${from[@]}" -o json state --position "$position" >"$dir/answer"
      note past "$way" seconds "$(calculate "$EPOCHREALTIME - $begun")"
    done
  done
  stop_daemon
  table "$(readable "$uses") uses over 10,000 keys, 50 to a record" 'Keyledger' 'aim'
  row 'longest way from one snapshot to the next, events' "$(readable "$(longest_gap)")" -
  row_alone "a whole state of the past, from a daemon, $(readable "$uses") uses, seconds" \
    "$(spread past daemon seconds)" '≤ 2'
  row_alone "the same from the directory, without a daemon, seconds" "$(spread past directory seconds)" '≤ 2'
  figure past_state_offline_seconds_at_most "$(most past directory seconds)" 2 lower
  figure past_state_seconds_at_most "$(most past daemon seconds)" 2 lower
}

measure_memory() {
  local count hot empty sizes=(1000000 10000000)
  [[ -z $quick ]] || sizes=(100000)
  [[ -z $keys_given ]] || sizes=("$keys")
  start_daemon "$dir/empty"
  empty=$(rss_of "$daemon")
  stop_daemon
  table 'memory' 'Keyledger' 'aim'
  for count in "${sizes[@]}"; do
    fresh_ledger "$count"
    start_daemon "$dir/ledger"
    note "memory_$count" keyledger rss_bytes_per_key "$(calculate "($(rss_of "$daemon") - $empty) / $count")"
    hot=$(stats hot_state_bytes)
    stop_daemon
    [[ -z $hot ]] || note "memory_$count" keyledger hot_bytes_per_key "$(calculate "$hot / $count")"
    row_alone "resident bytes a key, $(readable "$count") keys" \
      "$(spread "memory_$count" keyledger rss_bytes_per_key)" -
    [[ -z $hot ]] || row_alone "bytes of hot state a key, $(readable "$count") keys" \
      "$(spread "memory_$count" keyledger hot_bytes_per_key)" '≤ 160'
    figure "memory_${count}_keys_rss_bytes_per_key" "$(median "memory_$count" keyledger rss_bytes_per_key)" - -
    [[ -z $hot ]] ||
      figure "memory_${count}_keys_hot_bytes_per_key" "$(median "memory_$count" keyledger hot_bytes_per_key)" 160 lower
  done
}

measure_micro() {
  local name time repetitions=5 least=0.2 filter=.
  if [[ ! -x $bin/keyledger_benchmarks ]]; then
    [[ $what == all ]] || fail "there is no program $bin/keyledger_benchmarks: leave --bin out to have it built"
    printf 'tools/bench: no micro-benchmarks without %s/keyledger_benchmarks\n' "$bin" >&2
    return 0
  fi
  # Leave out the states of a million keys, because making them takes long.
  [[ -z $quick ]] || repetitions=3 least=0.02 filter='-/1000000$'
  attend "${server[@]}" "$bin/keyledger_benchmarks" --benchmark_filter="$filter" --benchmark_repetitions="$repetitions" \
    --benchmark_min_time="$least" --benchmark_out="$dir/micro.json" --benchmark_out_format=json >"$dir/log" 2>&1 ||
    fail "keyledger_benchmarks: $(tail -n 5 "$dir/log")"
  awk -F '"' '/"run_type"/ { kind = $4 } /"run_name"/ { name = $4 }
    /"cpu_time"/ && kind == "iteration" { gsub(/[^0-9.e+]/, "", $3); printf "%s\t%.10g\n", name, $3 }' \
    "$dir/micro.json" | while IFS=$'\t' read -r name time; do note "micro_$name" keyledger ns "$time"; done
  table 'micro-benchmark' 'nanoseconds'
  cut -f 1 "$dir/samples" | grep '^micro_' | awk '!seen[$0]++' >"$dir/micro-names"
  while IFS= read -r name; do
    row "${name#micro_}" "$(spread "$name" keyledger ns)"
    figure "${name}_ns" "$(median "$name" keyledger ns)" - -
  done <"$dir/micro-names"
}
