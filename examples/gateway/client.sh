#!/bin/sh
# Calls a model API through the gateway with an access token.
#
#	TOKEN=mapi_... ./client.sh URL MODEL_API_ID [sync|async] < request.json
#
# sync needs HTTP Basic with the token as user name and as password, async needs Bearer. curl
# encodes the pair. (Linux's "base64" breaks lines at 76 columns, which makes the header
# malformed; "base64 -w 0" does not.) The secret is passed to curl on standard input, because
# other users can list command lines.
set -eu
url=$1 model_api=$2 mode=${3:-sync}
body=$(mktemp)
trap 'rm -f "$body"' EXIT
cat >"$body"
case $mode in
sync) printf 'user = "%s:%s"\n' "$TOKEN" "$TOKEN" ;;
async) printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" ;;
*)
	echo "usage: TOKEN=... $0 URL MODEL_API_ID [sync|async]" >&2
	exit 2
	;;
esac | curl --silent --show-error --fail-with-body --config - --header 'Content-Type: application/json' \
	--data-binary "@$body" "$url/model-apis/$model_api/predict"
