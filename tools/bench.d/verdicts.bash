# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # code in backticks; variables shared with tools/bench
# Sourced by tools/bench: measurements of verdicts.

# Prints the ratio of a side's verdicts a second to Redis's answers a second.
ratio_to_redis() { # FIGURE SIDE
  calculate "$(median "$1" "$2" per_second) / $(median "$1" redis per_second)"
}

# Measures beside Redis: first both at one fixed rate, while no earlier load has left the daemon work to do;
# then depths and durabilities in turn.
ask_in_turn() {
  local run depth durability repeats=$runs
  [[ -z $quick ]] || repeats=1
  start_daemon "$dir/ledger"
  for ((run = 0; run < runs; ++run)); do
    ask auth_open keyledger "$tcp" --rate "$auth_rate" --exponential
    ask auth_open redis "$redis" --redis --rate "$auth_rate" --exponential
  done
  for ((run = 0; run < runs; ++run)); do
    for depth in 1 16 64; do
      ask "auth_depth_$depth" keyledger "$tcp" --depth "$depth"
      ask "auth_depth_$depth" redis "$redis" --redis --depth "$depth"
      ask "auth_unix_depth_$depth" keyledger "$socket" --depth "$depth"
      ask "auth_unix_depth_$depth" redis "$redis_socket" --redis --depth "$depth"
    done
  done
  stop_daemon
  for durability in "${durabilities[@]}"; do
    start_daemon "$dir/ledger" --durability "$durability"
    for ((run = 0; run < repeats; ++run)); do
      for depth in 1 16 64; do
        ask "auth_depth_$depth" "keyledger_$durability" "$tcp" --depth "$depth"
      done
    done
    stop_daemon
  done
  # Ask about the keys of a ledger in which all keys are assigned to one client.
  fresh_ledger "$keys" 1
  start_daemon "$dir/ledger"
  for ((run = 0; run < repeats; ++run)); do
    ask auth_depth_16 keyledger_client "$tcp" --depth 16 --client client0
  done
  stop_daemon
}

measure_auth() {
  local depth durability percentile auth_rate=10000
  fresh_ledger "$keys"
  start_redis
  ask_in_turn
  stop_redis
  table '50 connections' 'Keyledger `authenticate`' 'Redis `GET`' 'ratio'
  for depth in 1 16 64; do
    row_against "verdicts/s, depth $depth" "auth_depth_$depth" per_second keyledger redis
    figure "auth_depth_${depth}_ratio" "$(ratio_to_redis "auth_depth_$depth" keyledger)" 1.5 higher
  done
  for depth in 1 16 64; do
    row_against "verdicts/s, depth $depth, both over Unix sockets" "auth_unix_depth_$depth" per_second keyledger redis
    figure "auth_unix_depth_${depth}_ratio" "$(ratio_to_redis "auth_unix_depth_$depth" keyledger)" 1.5 higher
  done
  for depth in 1 16 64; do
    row_against "processor time in ns a verdict, depth $depth" "auth_depth_$depth" processor_ns keyledger redis
    figure "auth_depth_${depth}_processor_ratio" "$(calculate "$(median "auth_depth_$depth" redis processor_ns) / \
      $(median "auth_depth_$depth" keyledger processor_ns)")" - -
  done
  for percentile in p50 p99; do
    for depth in 1 16 64; do
      row_against "$percentile in µs, depth $depth" "auth_depth_$depth" "${percentile}_us" keyledger redis
    done
  done
  for percentile in p50 p99 p999; do
    row_against "$percentile in µs at $(readable "$auth_rate") requests/s" auth_open "${percentile}_us" keyledger redis
  done
  row_against 'verdicts/s for a client, depth 16' auth_depth_16 per_second keyledger_client redis
  for durability in "${durabilities[@]}"; do
    for depth in 1 16 64; do
      row_against "verdicts/s, \`$durability\`, depth $depth" "auth_depth_$depth" per_second \
        "keyledger_$durability" redis
      figure "auth_depth_${depth}_${durability}_ratio" \
        "$(ratio_to_redis "auth_depth_$depth" "keyledger_$durability")" - -
    done
  done
  figure auth_depth_16_client_ratio "$(ratio_to_redis auth_depth_16 keyledger_client)" - -
  figure auth_open_p99_ratio "$(calculate "$(median auth_open keyledger p99_us) / $(median auth_open redis p99_us)")" - -
  figure auth_depth_1_p99_ratio \
    "$(calculate "$(median auth_depth_1 keyledger p99_us) / $(median auth_depth_1 redis p99_us)")" 1 lower
}

measure_batch() {
  local run
  fresh_ledger "$keys"
  start_daemon "$dir/ledger"
  for ((run = 0; run < runs; ++run)); do ask batch keyledger "$tcp" --batch 256 --connections 10; done
  stop_daemon
  table 'batches of 256, 10 connections' 'Keyledger' 'aim'
  row_alone '`authenticateMany` of 256, verdicts/s' "$(spread batch keyledger per_second)" '≥ 3,000,000'
  row 'processor time in ns a verdict' "$(spread batch keyledger processor_ns)" -
  row 'p99 of a batch in µs' "$(spread batch keyledger p99_us)" -
  figure batch_processor_ns "$(median batch keyledger processor_ns)" - -
  figure batch_verdicts_per_second "$(median batch keyledger per_second)" 3000000 higher
}

# --- Floods ---

# Notes the growth of the log during a flood: records a second, and bytes a verdict.
flood_of_strangers() {
  local records bytes seconds_before
  records=$(stats records) bytes=$(bytes_of "$dir/ledger/log") seconds_before=$EPOCHREALTIME
  ask flood_sources keyledger "$tcp" --unknown --addresses 100000 --depth 16
  note flood_growth keyledger records_per_second \
    "$(calculate "($(stats records) - $records) / ($EPOCHREALTIME - $seconds_before)")"
  note flood_growth keyledger bytes_per_verdict "$(calculate "($(bytes_of "$dir/ledger/log") - $bytes) / \
    ($(field answers "$dir/answer"))")"
}

# Asks about one key as fast as possible, while other keys are asked about at a steady rate. Both generators
# share a processor; the fast one has idle priority, so that the result measures the server.
hammer_one_key() {
  local hammer
  ask flood_others alone "$tcp" --rate 1000 --skip 1
  chrt --idle 0 "${generator[@]}" "$bin/keyledger_load" --to "$tcp" --tokens "$tokens" ask --only 1 --any --connections 4 \
    --depth 64 --seconds "$(calculate "$seconds + 0.5")" >"$dir/hammer" &
  hammer=$!
  children+=("$hammer")
  ask flood_others hammered "$tcp" --rate 1000 --skip 1
  note flood_others hammered lag_p99_us "$(field lag_p99_us "$dir/answer")"
  wait "$hammer" || fail 'the hammering load did not end well'
  forget "$hammer"
  note flood_hammer keyledger per_second "$(field per_second "$dir/hammer")"
}

# Opens more connections than the daemon's limit.
crowd() {
  local connections=10050
  if (($(ulimit -Hn) < connections + 100)); then
    printf 'Not measured: connections beyond the limit; this process may open %s files.\n' "$(ulimit -Hn)"
    return 0
  fi
  load --to "$socket" crowd --connections "$connections" >"$dir/answer"
  note flood_crowd keyledger answered "$(field answered "$dir/answer")"
  note flood_crowd keyledger refused "$(field refused "$dir/answer")"
  note flood_crowd keyledger silent "$(field silent "$dir/answer")"
  row "of $connections connections: answered" "$(spread flood_crowd keyledger answered)" -
  row "of $connections connections: refused" "$(spread flood_crowd keyledger refused)" -
  figure flood_silent_connections "$(median flood_crowd keyledger silent)" 0 lower
}

measure_flood() {
  local run kind
  fresh_ledger "$keys"
  start_daemon "$dir/ledger"
  for ((run = 0; run < runs; ++run)); do
    ask flood_known keyledger "$tcp" --depth 16
    ask flood_unknown keyledger "$tcp" --unknown --depth 16
    ask flood_mistyped keyledger "$tcp" --mistyped --depth 16
    flood_of_strangers
    hammer_one_key
  done
  table '50 connections, depth 16' 'Keyledger' 'against known tokens'
  row 'known, verdicts/s' "$(spread flood_known keyledger per_second)" 1
  for kind in unknown mistyped sources; do
    note "flood_$kind" keyledger ratio \
      "$(calculate "$(median "flood_$kind" keyledger per_second) / $(median flood_known keyledger per_second)")"
    row "$kind, verdicts/s" "$(spread "flood_$kind" keyledger per_second)" \
      "$(readable "$(median "flood_$kind" keyledger ratio)")"
    figure "flood_${kind}_ratio" "$(median "flood_$kind" keyledger ratio)" 1 higher
  done
  for kind in known unknown mistyped sources; do
    row "$kind, processor time in ns a verdict" "$(spread "flood_$kind" keyledger processor_ns)" \
      "$(readable "$(calculate "$(median "flood_$kind" keyledger processor_ns) / \
        $(median flood_known keyledger processor_ns)")")"
  done
  row 'records a second of 100,000 sources' "$(spread flood_growth keyledger records_per_second)" -
  row 'bytes of log a verdict of those' "$(spread flood_growth keyledger bytes_per_verdict)" -
  row 'p99 in µs of other keys' "$(spread flood_others alone p99_us)" -
  row 'p99 in µs of other keys, one key hammered' "$(spread flood_others hammered p99_us)" -
  row 'verdicts/s of the key that is hammered meanwhile' "$(spread flood_hammer keyledger per_second)" -
  row 'p99 of how late the generator of the others was, in µs' "$(spread flood_others hammered lag_p99_us)" -
  crowd
  stop_daemon
  figure flood_records_per_second "$(median flood_growth keyledger records_per_second)" - -
  figure flood_hammered_p99_us "$(median flood_others hammered p99_us)" - -
}

# --- Slow work beside verdicts ---

# Runs imports, whole histories and states until process $1 has ended; notes how many were completed by then.
disturb() {
  local long count=0 beside=(chrt --idle 0 "${generator[@]}")
  while kill -0 "$1" 2>/dev/null; do
    attend "${beside[@]}" "$bin/keyledger_load" --to "$socket" --tokens "$dir/imported" make-keys --by-import \
      --count "$mixed_keys" --per-import "$mixed_keys" --name "mixed$((mixed_turn++))_" >/dev/null
    ! kill -0 "$1" 2>/dev/null || ((++count))
    for long in 'history --uses' state; do
      # shellcheck disable=SC2086  # words
      attend "${beside[@]}" "$bin/keyledger" --connect "$socket" -o jsonl $long >/dev/null
      ! kill -0 "$1" 2>/dev/null || ((++count))
    done
  done
  note mixed busy finished "$count"
}

measure_mixed() {
  local run name load_pid mixed_turn=0 mixed_keys=200000 rate=5000
  [[ -z $quick ]] || mixed_keys=20000 rate=2000
  fresh_ledger "$keys"
  start_daemon "$dir/ledger"
  for ((run = 0; run < runs; ++run)); do
    ask mixed alone "$tcp" --rate "$rate" --exponential
    "${generator[@]}" "$bin/keyledger_load" --to "$tcp" --tokens "$tokens" ask --rate "$rate" --exponential \
      --seconds "$(calculate "2 * $seconds")" >"$dir/mixed" &
    load_pid=$!
    children+=("$load_pid")
    disturb "$load_pid"
    wait "$load_pid" || fail 'the load did not end well'
    forget "$load_pid"
    for name in per_second p50_us p99_us p999_us lag_p99_us; do
      note mixed busy "$name" "$(field "$name" "$dir/mixed")"
    done
  done
  stop_daemon
  table "$(readable "$rate") requests/s, due at random moments" 'beside slow work' 'alone' 'ratio'
  for name in p50_us p99_us p999_us; do row_against "${name%_us} in µs" mixed "$name" busy alone; done
  row 'p99 of how late the generator was, in µs' "$(spread mixed busy lag_p99_us)" - -
  row 'imports, histories and states that were finished meanwhile' "$(spread mixed busy finished)" - -
  figure mixed_p99_us "$(median mixed busy p99_us)" - -
  figure mixed_p99_ratio "$(calculate "$(median mixed busy p99_us) / $(median mixed alone p99_us)")" - -
}

# --- How cost grows ---

measure_scale() {
  local count connections least most sizes=(10000 1000000 10000000)
  [[ -z $quick ]] || sizes=(10000 100000)
  [[ -z $keys_given ]] || sizes=("$keys")
  table 'keys' 'connections' 'verdicts/s, depth 1' 'p99 in µs' 'verdicts/s, depth 16' 'p99 in µs'
  for count in "${sizes[@]}"; do
    fresh_ledger "$count"
    start_daemon "$dir/ledger"
    note "scale_$count" keyledger rss_bytes "$(rss_of "$daemon")"
    note "scale_$count" keyledger log_bytes "$(bytes_of "$dir/ledger/log")"
    for connections in 1 10 50 500 5000; do
      ask "scale_${count}_${connections}_depth_1" keyledger "$tcp" --connections "$connections"
      ask "scale_${count}_${connections}_depth_16" keyledger "$tcp" --connections "$connections" --depth 16
      row "$(readable "$count")" "$connections" \
        "$(readable "$(median "scale_${count}_${connections}_depth_1" keyledger per_second)")" \
        "$(readable "$(median "scale_${count}_${connections}_depth_1" keyledger p99_us)")" \
        "$(readable "$(median "scale_${count}_${connections}_depth_16" keyledger per_second)")" \
        "$(readable "$(median "scale_${count}_${connections}_depth_16" keyledger p99_us)")"
    done
    stop_daemon
  done
  table 'keys' 'bytes of memory' 'a key' 'bytes of log' 'a key'
  for count in "${sizes[@]}"; do
    row "$(readable "$count")" "$(spread "scale_$count" keyledger rss_bytes)" \
      "$(readable "$(calculate "$(median "scale_$count" keyledger rss_bytes) / $count")")" \
      "$(spread "scale_$count" keyledger log_bytes)" \
      "$(readable "$(calculate "$(median "scale_$count" keyledger log_bytes) / $count")")"
  done
  least=${sizes[0]} most=${sizes[-1]}
  figure scale_most_keys_against_least "$(calculate "$(median "scale_${most}_50_depth_16" keyledger per_second) / \
    $(median "scale_${least}_50_depth_16" keyledger per_second)")" - -
}

# --- The incumbent ---

# Finds the faster way to run gunicorn with two workers a processor, as its documentation advises: workers
# that close every connection, or workers with threads that keep connections open. Tries each way briefly.
choose_gunicorn() {
  local way best=0 found
  for way in 'sync' 'gthread --threads 4 --keep-alive 75'; do
    # shellcheck disable=SC2086  # words
    start_gunicorn --worker-class $way
    load --to "$gunicorn" --tokens "$tokens" ask --http --seconds 1 --warm-up 0.5 >"$dir/answer"
    found=$(field per_second "$dir/answer")
    note incumbent_trial "${way%% *}" per_second "$found"
    if ((found > best)); then best=$found gunicorn_way=$way; fi
    stop "$gunicorn_pid"
  done
}

measure_incumbent() {
  local run count=100000 our_tokens their_tokens gunicorn_way='' generator=()
  [[ -z $quick ]] || count=10000
  fresh_ledger "$keys"
  our_tokens=$tokens their_tokens=$dir/incumbent-tokens tokens=$their_tokens
  start_postgres
  django /usr/bin/python3 "$root/tools/bench.d/incumbent.py" "$count" >"$their_tokens" 2>"$dir/log" ||
    fail "the incumbent's tables: $(tail -n 5 "$dir/log")"
  choose_gunicorn
  # shellcheck disable=SC2086
  start_gunicorn --worker-class $gunicorn_way
  start_daemon "$dir/ledger"
  for ((run = 0; run < runs; ++run)); do
    tokens=$their_tokens
    ask incumbent django "$gunicorn" --http
    tokens=$our_tokens
    ask incumbent keyledger "$socket"
    ask incumbent_depth_64 keyledger "$socket" --depth 64
  done
  stop_daemon
  stop "$gunicorn_pid"
  stop "$postgres_pid"
  note incumbent_depth_64 django per_second "$(median incumbent django per_second)"
  table '50 connections, both over Unix sockets' 'Keyledger `authenticate`, one processor' "Django REST framework, gunicorn \
(${gunicorn_way%% *}), PostgreSQL, $(nproc) processors" 'ratio'
  row_against 'answers/s, one request at a time on a connection' incumbent per_second keyledger django
  row_against 'p99 in µs, the same' incumbent p99_us keyledger django
  row_against 'answers/s, Keyledger at depth 64' incumbent_depth_64 per_second keyledger django
  figure incumbent_depth_64_ratio "$(calculate "$(median incumbent_depth_64 keyledger per_second) / \
    $(median incumbent django per_second)")" - -
  figure incumbent_ratio "$(calculate "$(median incumbent keyledger per_second) / \
    $(median incumbent django per_second)")" 100 higher
}
