# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # code in backticks; variables shared with tools/bench
# Sourced by tools/bench: prints the results as tables, as figures with their targets, and as JSON.
#
# A sample is a line of $dir/samples with the value from one run: figure, side (keyledger or a rival), field, value.
# A figure is a line of $dir/figures: name, value, target or "-", and the better direction, "higher" or "lower".

# note FIGURE SIDE FIELD VALUE
note() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$dir/samples"; }

# Prints the number in a field of a JSON file; nothing if the field is missing.
field() { sed -n "s/.*\"$1\": \(-\{0,1\}[0-9][0-9.]*\).*/\1/p" "$2" | head -n 1; }

# summary FIGURE SIDE FIELD: prints "median min max" of the samples.
summary() {
  awk -F '\t' -v figure="$1" -v side="$2" -v field="$3" '$1 == figure && $2 == side && $3 == field { print $4 }' \
    "$dir/samples" | sort -g | awk -v OFMT=%.10g '{ all[NR] = $1 }
      END { if (NR == 0) exit 1
            median = NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2
            print median, all[1], all[NR] }'
}

median() { summary "$@" | cut -d ' ' -f 1; }

most() { summary "$@" | cut -d ' ' -f 3; }

calculate() { awk -v OFMT=%.10g "BEGIN { print $1 }"; }

# figure NAME VALUE TARGET BETTER: adds a figure; without a target, the last two are "-".
figure() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$dir/figures"; }

# --- Tables: printed, and kept for README ---

say() { printf '%s\n' "$1" | tee -a "$dir/tables"; }

table() { # HEAD...
  local column line='|' rule='|'
  for column in "$@"; do line+=" $column |" rule+='---|'; done
  say ''
  say "$line"
  say "$rule"
}

# Prints 1234567.8 as 1,234,568; a number below 100 keeps one or two decimals.
readable() {
  awk -v x="$1" 'BEGIN {
    if (x < 0) { sign = "-"; x = -x }
    if (x < 10) { printf "%s%.2f", sign, x; exit }
    if (x < 100) { printf "%s%.1f", sign, x; exit }
    text = sprintf("%.0f", x)
    while (length(text) > 3) { rest = "," substr(text, length(text) - 2) rest; text = substr(text, 1, length(text) - 3) }
    printf "%s%s%s", sign, text, rest }'
}

# Prints "median (least to most)", or only the median if all runs agree.
spread() {
  local median least most
  read -r median least most < <(summary "$@") || { printf -- '-'; return; }
  if [[ $least == "$most" ]]; then
    readable "$median"
  else
    printf '%s (%s to %s)' "$(readable "$median")" "$(readable "$least")" "$(readable "$most")"
  fi
}

row() { # CELL...
  local cell line='|'
  for cell in "$@"; do line+=" $cell |"; done
  say "$line"
}

# row_against TITLE FIGURE FIELD OURS THEIRS: prints a row with both sides and their ratio.
row_against() {
  local ratio
  ratio=$(calculate "$(median "$2" "$4" "$3") / $(median "$2" "$5" "$3")")
  row "$1" "$(spread "$2" "$4" "$3")" "$(spread "$2" "$5" "$3")" "$(readable "$ratio")"
}

# row_alone TITLE CELL AIM: a row that --readme also writes, in one table with all others of its kind.
row_alone() {
  row "$@"
  tail -n 1 -- "$dir/tables" >>"$dir/readme-rows"
}

# --- Machine, versions, configuration ---

# Each prints lines of name, tab, value.
machine() {
  printf 'processor\t%s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  printf 'processors\t%s\n' "$(nproc)"
  printf 'memory_mib\t%s\n' "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)"
  printf 'kernel\t%s\n' "$(uname -sr)"
  printf 'file_system\t%s\n' "$(stat -f -c %T -- "$dir")"
}

package_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || printf 'unknown'; }

versions() {
  printf 'keyledger\t%s\n' "$("$bin/keyledger" --version | awk '{ print $2 }')"
  printf 'commit\t%s\n' "$(git -C "$root" rev-parse --short HEAD 2>/dev/null || printf 'unknown')"
  printf 'redis\t%s\n' "$(redis-server --version 2>/dev/null | sed -n 's/.* v=\([^ ]*\) .*/\1/p')"
  printf 'rocksdb\t%s\n' "$(package_version librocksdb7.8)"
  printf 'capnproto\t%s\n' "$(package_version capnproto)"
  if [[ " $wanted " == *' incumbent '* ]]; then
    printf 'django\t%s\n' "$(package_version python3-django)"
    printf 'djangorestframework\t%s\n' "$(package_version python3-djangorestframework)"
    printf 'gunicorn\t%s\n' "$(package_version gunicorn)"
    printf 'postgresql\t%s\n' "$(package_version postgresql-15)"
  fi
}

configuration() {
  printf 'keys\t%s\n' "$keys"
  printf 'daemon_flags\t%s\n' "${daemon_flags[*]:-none}"
  printf 'repetitions\t%s\n' "$runs"
  printf 'seconds_each\t%s\n' "$seconds"
  printf 'server_pinned_to\t%s\n' "${server[*]:+processor 0}"
  printf 'generator_pinned_to\t%s\n' "${generator[*]:+processor 1}"
}

print_surroundings() {
  local part
  for part in machine versions configuration; do
    printf '%s: %s\n' "$part" "$("$part" | awk -F '\t' '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')"
  done
}

# --- At the end ---

# Prints the figures without a target first, then the others, the one that is farthest from its target last.
print_figures() {
  awk -F '\t' '{
    worth = 1e300
    if ($3 != "-" && $4 == "higher") worth = $3 > 0 ? $2 / $3 : $2 + 1
    if ($3 != "-" && $4 == "lower") worth = $3 > 0 ? ($2 > 0 ? $3 / $2 : 1e200) : 1 / (1 + $2)
    printf "%.9g\t%s %s %s\n", worth, $1, sprintf($2 < 1000 ? "%.4g" : "%.0f", $2), $3 }' "$dir/figures" | sort -g -r -s | cut -f 2
}

json_object() { # of name TAB value lines
  awk -F '\t' '{
    gsub(/["\\]/, "\\\\&", $2)
    value = $2 ~ /^[0-9]+(\.[0-9]+)?$/ ? $2 : "\"" $2 "\""
    printf "%s\"%s\": %s", sep, $1, value; sep = ", " }'
}

# Prints one object: the surroundings, every sample with its median, and the figures with their targets.
print_json() {
  local part figure side name
  printf '{\n'
  for part in machine versions configuration; do printf '  "%s": {%s},\n' "$part" "$("$part" | json_object)"; done
  printf '  "samples": ['
  cut -f 1-3 "$dir/samples" | awk '!seen[$0]++' | {
    local separator=$'\n'
    while IFS=$'\t' read -r figure side name; do
      printf '%s    {"figure": "%s", "side": "%s", "field": "%s", "median": %s, "values": [%s]}' "$separator" \
        "$figure" "$side" "$name" "$(median "$figure" "$side" "$name")" \
        "$(awk -F '\t' -v a="$figure" -v b="$side" -v c="$name" '$1 == a && $2 == b && $3 == c {
          printf "%s%s", sep, $4; sep = ", " }' "$dir/samples")"
      separator=$',\n'
    done
  }
  printf '\n  ],\n  "figures": [\n'
  awk -F '\t' '{
    target = $3 == "-" ? "null" : $3
    met = $3 == "-" ? "null" : ($4 == "higher" ? $2 >= $3 : $2 <= $3) ? "true" : "false"
    better = $4 == "-" ? "null" : "\"" $4 "\""
    printf "%s    {\"name\": \"%s\", \"value\": %s, \"target\": %s, \"better\": %s, \"met\": %s}", sep, $1, $2, target, better, met
    sep = ",\n" }
    END { printf "\n" }' "$dir/figures"
  printf '  ]\n}\n'
}

# replace_measured FILE TEXT: puts TEXT between the marks in FILE.
replace_measured() {
  awk -v text="$2" '
    /^<!-- measured: / { print; print ""; while ((getline line < text) > 0) print line; print ""; skip = 1; next }
    /^<!-- \/measured -->/ { skip = 0 }
    !skip { print }' "$1" >"$dir/replaced"
  cat -- "$dir/replaced" >"$1"
}

# select_rows TITLES: prints the text on standard input, but of its tables only the heads and the rows that have one of
# TITLES (a line each) as the first cell.
select_rows() {
  awk -v titles="$1" '
    BEGIN { count = split(titles, lines, "\n"); for (i = 1; i <= count; i++) wanted["| " lines[i]] = 1 }
    !/^\|/ { print; row = 0; next }
    { title = substr($0, 1, index($0, " | ") - 1); gsub(/[0-9]+(,[0-9]+)+/, "N", title) }
    ++row <= 2 || title in wanted { print }'
}

write_readme() {
  local text=$dir/readme
  {
    printf 'Measured by `tools/bench all` on %s, %s processors, %s, with %s keys; medians of %s runs of %s s each (least to most); Keyledger %s, Redis %s.\n' \
      "$(machine | sed -n 's/^processor\t//p')" "$(nproc)" "$(uname -sr)" "$(readable "$keys")" "$runs" "$seconds" \
      "$(versions | sed -n 's/^keyledger\t//p')" "$(versions | sed -n 's/^redis\t//p')" | fmt -w 118
    cat -- "$dir/readme-tables"
    printf '\n| | Keyledger | aim |\n|---|---|---|\n'
    cat -- "$dir/readme-rows"
  } >"$text"
  replace_measured docs/performance.md "$text"
  select_rows "$readme_titles" <"$text" >"$dir/readme-selected"
  replace_measured README.md "$dir/readme-selected"
}
