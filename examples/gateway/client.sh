#!/bin/sh
# Calls a model API through the gateway with an access token.
#
#	TOKEN=mapi_... ./client.sh URL MODEL_API_ID [sync|async] < request.json
#
# sync takes HTTP Basic with the token as user name and as password, async takes Bearer. curl
# encodes the pair itself: "base64" of Linux breaks it at 76 columns, and the header is then
# refused as malformed (with "base64 -w 0" it does not). The secret is passed on standard
# input of curl's configuration, not on the command line, which other users can list.
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
