#!/bin/bash
# Imports and exports beside a living platform, as an operator types them. Each check prints a line; the script
# ends with status 1 if any check failed. Needs keyledgerd and keyledger in PATH. All data is invented.
set -u

failed=0
check() { # NAME EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: expected '$2', got '$3'"; failed=1; fi
}

T1=1111111111111111111111111111111111111111111111111111111111111111
T2=2222222222222222222222222222222222222222222222222222222222222222
dig() { printf '%s' "$1" | sha512sum | cut -d' ' -f1; }
u() { printf '{"model":"%s","pk":%s,"fields":{"username":"%s","is_staff":true,"is_active":%s}}' "${4:-auth.user}" "$1" "$2" "${3:-true}"; }
k() { printf '{"model":"%s","pk":"%s","fields":{"token_key":"%s","user":%s,"created":"2026-10-02T09:00:00Z","expiry":%s}}' "${4:-knox.authtoken}" "$(dig $1)" "${1:0:15}" "$2" "${3:-null}"; }
up() { L=$(mktemp -d)/ledger; keyledgerd --data "$L" --log-level warn 2>"$L.log" & D=$!; export KEYLEDGER_CONNECT="unix:$L/keyledger.sock"; until keyledger log stats >/dev/null 2>&1; do sleep 0.1; done; }
down() { kill $D; wait $D; }
why() { keyledger auth -o jsonl "$@" | grep -o '"reason":"[a-z_]*"' | cut -d'"' -f4; }
# Runs a command silently, and prints the exit status.
status() { "$@" >/dev/null 2>&1; echo $?; }
# Prints "object field ledger dump danger" of each difference.
rows() { keyledger import django "$@" --diff -o jsonl 2>/dev/null | sed 's/.*"danger":\("[a-z_]*"\|null\),"object":"\([^"]*\)".*"field":"\([^"]*\)","ledger":\("[^"]*"\|null\),"dump":\("[^"]*"\|null\).*/\2 \3 \4 \5 \1/' | tr -d '"' | paste -sd';'; }

cd "$(mktemp -d)"

# A platform with accounts, clients and assignments.
M='"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","description":"","version":"1.0.0","annotations":[]'
base="$(u 1 ann),{\"model\":\"account.account\",\"pk\":1,\"fields\":{$M,\"name\":\"acme\",\"account_number\":\"1111-2222-3333\",\"company_name\":\"Acme\",\"is_active\":true}},{\"model\":\"account.userprofile\",\"pk\":1,\"fields\":{$M,\"name\":\"p\",\"user\":1,\"account\":1}},$(k $T1 1),{\"model\":\"drf.smarterauthtoken\",\"pk\":\"$(dig $T1)\",\"fields\":{$M,\"name\":\"prod\",\"key_id\":\"0b2a5c1e-6f0c-4a6e-9b0e-0f5d0d6a1c11\",\"last_used_at\":null,\"is_active\":true,\"tags\":[],\"user_profile\":1}}"
client() { printf '{"model":"llm_client.llmclient","pk":%s,"fields":{%s,"name":"%s","user_profile":1}}' "$1" "$M" "$2"; }
assigned() { printf '{"model":"llm_client.llmclientapikey","pk":%s,"fields":{"llm_client":%s,"api_key":"%s"}}' "$1" "$1" "$(dig $T1)"; }
echo "[$base,$(client 2 beta)]" > monday.json
echo "[$base,$(client 2 beta),$(assigned 2)]" > tuesday.json

# A1: a later dump brings the assignment of a known key.
up
check "A1 first import" 0 "$(status keyledger import django monday.json)"
check "A1 public before" allowed "$(why --client beta)"
answer=$(keyledger import django tuesday.json -o jsonl)
check "A1 second import" 0 $?
check "A1 counts" '"accounts_added":0,"accounts_known":1,"users_added":0,"users_known":1,"clients_added":0,"clients_known":1,"keys_added":0,"keys_known":1,"assignments_added":1,"assignments_known":0' \
  "$(echo "$answer" | grep -o '"accounts_added.*"assignments_known":[0-9]*')"
check "A1 requires a key" key_required "$(why --client beta)"
check "A1 the key may use the client" allowed "$(why --client beta $T1)"
check "A1 nothing is left" 0 "$(status keyledger import django tuesday.json --diff)"
keyledger unassign --key prod --client beta >/dev/null
check "A1 unassigned stays so" 1 "$(status keyledger import django tuesday.json)"
check "A1 unassigned is denied" not_assigned "$(why --client beta $T1)"
check "A1 unassigned is a row" "key ann/prod client null beta works_there" "$(rows tuesday.json)"
check "A1 ignored" 0 "$(status keyledger import django tuesday.json --ignore assignments)"
check "A1 taken" 0 "$(status keyledger import django tuesday.json --take assignments)"
check "A1 assigned again" allowed "$(why --client beta $T1)"
check "A1 ended there" 1 "$(status keyledger import django monday.json)"
check "A1 ended there is a row" "client 1111-2222-3333/beta access requires a key public works_there;key ann/prod client beta null works_here" \
  "$(rows monday.json | tr ';' '\n' | sort | paste -sd';')"
down

# A2: a user who left does not refuse the dump.
echo "[$(u 1 ann),$(u 2 bob),$(k $T1 1)]" > a.json
echo "[$(u 1 ann),$(u 2 bob false),$(k $T1 1),$(k $T2 1)]" > b.json
up
check "A2 first import" 0 "$(status keyledger import django a.json)"
check "A2 second import" 1 "$(status keyledger import django b.json)"
check "A2 new key" allowed "$(why $T2)"
check "A2 row" "user bob active true false works_here" "$(rows b.json)"
check "A2 diff is read only" "$(keyledger log stats -o jsonl | grep -o '"position":[0-9]*')" \
  "$(keyledger import django b.json --diff --take flags >/dev/null; keyledger log stats -o jsonl | grep -o '"position":[0-9]*')"
check "A2 ignored" 0 "$(status keyledger import django b.json --ignore flags)"
check "A2 taken" 0 "$(status keyledger import django b.json --take flags)"
check "A2 history" "import b.json" "$(keyledger history --user bob -o jsonl | grep UserActiveChanged | grep -o '"actor":"[^"]*"' | cut -d'"' -f4)"
check "A2 empty" 0 "$(status keyledger import django b.json --diff)"
keyledger user remove bob >/dev/null
check "A2 removed" 1 "$(status keyledger import django a.json --ignore removals)"
check "A2 removed is a row" "user bob removed true false works_there" "$(rows a.json --ignore removals)"
check "A2 removed and inactive there" 0 "$(status keyledger import django b.json)"
check "A2 gone" "key ann/knox5_20261002_2 deleted false gone works_here" "$(rows a.json --ignore returns)"
check "A2 gone is taken" 0 "$(status keyledger import django a.json --take removals --ignore returns)"
check "A2 gone is denied" deleted "$(why $T2)"
down

# G1: a removed client stays removed.
up
keyledger import django monday.json >/dev/null
keyledger client remove beta >/dev/null
check "G1 import" 1 "$(status keyledger import django monday.json)"
check "G1 denied" 1 "$(status keyledger auth --client beta)"
check "G1 row" "client 1111-2222-3333/beta removed true false works_there" "$(rows monday.json)"
check "G1 taken" 0 "$(status keyledger import django monday.json --take returns)"
check "G1 back" allowed "$(why --client beta)"
down

# G2: an older export does not open what was closed since, and does not change the policy.
up
keyledger account open --number 1111-2222-3333 --name Acme >/dev/null
keyledger user add --account 1111-2222-3333 --username ann --staff >/dev/null
keyledger client add --account 1111-2222-3333 --name bot >/dev/null
S=$(keyledger key create --account 1111-2222-3333 --username ann --name prod -q)
keyledger assign --key prod --client bot >/dev/null
keyledger client open-to-public bot >/dev/null
keyledger export > old.jsonl
check "G2 no commands" 0 "$(grep -c '"command"' old.jsonl)"
keyledger client close-to-public bot >/dev/null
keyledger policy set --lifetime enforce >/dev/null
check "G2 apply" 1 "$(status keyledger apply -f old.jsonl)"
check "G2 closed" key_required "$(why --client bot)"
check "G2 policy" enforce "$(keyledger policy show -o jsonl | grep -o '"lifetime":"[a-z]*"' | cut -d'"' -f4)"
check "G2 ignored" 0 "$(status keyledger apply -f old.jsonl --ignore access,policy)"
check "G2 taken" 0 "$(status keyledger apply -f old.jsonl --take access,policy)"
check "G2 open" allowed "$(why --client bot)"
keyledger client close-to-public bot >/dev/null
keyledger account open --number 2222-2222-2222 --name Closed >/dev/null
keyledger account close 2222-2222-2222 >/dev/null
keyledger client open-to-public bot >/dev/null
keyledger export > now.jsonl
down
# An empty ledger is restored whole.
up
check "G2 restore" 0 "$(status keyledger apply -f now.jsonl)"
check "G2 restored" "" "$(keyledger export | diff - now.jsonl)"
check "G2 restored and open" allowed "$(why --client bot)"
check "G2 restored key" allowed "$(why --client bot "$S")"
check "G2 restored and closed" true "$(keyledger account show 2222-2222-2222 -o jsonl | grep -o '"closed":[a-z]*' | cut -d: -f2)"
check "G2 again" 0 "$(status keyledger apply -f now.jsonl)"

# An export of an earlier version ends with a command that opens the client, and with the closed account.
B=$(keyledger client show bot -o jsonl | grep -o '"client_id":"[^"]*"' | cut -d'"' -f4)
sed 's/,"opened":[a-z]*//; s/"closed":true/"closed":false/' now.jsonl > older.jsonl
echo "{\"command\":\"client.open-to-public\",\"client\":\"$B\"}" >> older.jsonl
grep '"closed":true' now.jsonl >> older.jsonl
down
up
check "G2 older export" 0 "$(status keyledger apply -f older.jsonl)"
check "G2 older export is restored" "" "$(keyledger export | diff - now.jsonl)"
keyledger client close-to-public bot >/dev/null
check "G2 older export again" 1 "$(status keyledger apply -f older.jsonl)"
check "G2 older export does not open" key_required "$(why --client bot)"
keyledger client open-to-public bot >/dev/null

# G3: a copy learns that a key was rotated.
copy=$KEYLEDGER_CONNECT copy_pid=$D
up
keyledger apply -f now.jsonl >/dev/null
N=$(keyledger key rotate prod -q)
keyledger export > rotated.jsonl
down
export KEYLEDGER_CONNECT=$copy
D=$copy_pid
check "G3 status" 1 "$(status keyledger apply -f rotated.jsonl)"
check "G3 row" left "$(keyledger apply -f rotated.jsonl -o jsonl 2>/dev/null | grep '"record key"' | grep -o '"result":"[a-z]*"' | cut -d'"' -f4)"
check "G3 old secret" allowed "$(why --client bot "$S")"
check "G3 taken" 0 "$(status keyledger apply -f rotated.jsonl --take secrets)"
check "G3 new secret" allowed "$(why --client bot "$N")"
check "G3 old secret ended" expired "$(why --client bot "$S")"
down

exit $failed
