-- How to call a model API: request_examples.
--
-- Each example is a template. A line that begins with a word in brackets is there only for
-- some model APIs: [basic] where the token is sent by HTTP Basic, [bearer] where it is sent as
-- a bearer token, [token] for both. {url} is the address of the endpoint, and $TOKEN stands
-- for the token.

CREATE FUNCTION modelapi_acl_internal.request_templates()
	RETURNS TABLE (place integer, language text, template text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	VALUES (1, 'curl', $code$curl '{url}' \
[basic]  --user "$TOKEN:$TOKEN" \
[bearer]  --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' \
  --data '{"data": {"x": 1}}'
$code$),
	(2, 'Python', $code$[basic]import base64
import json
import urllib.request

[token]token = "$TOKEN"
[basic]credentials = base64.b64encode(f"{token}:{token}".encode()).decode()
request = urllib.request.Request(
    "{url}",
    data=json.dumps({"data": {"x": 1}}).encode(),
    headers={
        "Content-Type": "application/json",
[basic]        "Authorization": f"Basic {credentials}",
[bearer]        "Authorization": f"Bearer {token}",
    },
)
with urllib.request.urlopen(request) as response:
    print(response.read().decode())
$code$),
	(3, 'R', $code$library(httr2)

[token]token <- "$TOKEN"
response <- request("{url}") |>
[basic]  req_auth_basic(token, token) |>
[bearer]  req_auth_bearer_token(token) |>
  req_body_raw('{"data": {"x": 1}}', "application/json") |>
  req_perform()
cat(resp_body_string(response), "\n")
$code$),
	(4, 'JavaScript', $code$[token]const token = "$TOKEN";
fetch("{url}", {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
[basic]    Authorization: "Basic " + btoa(token + ":" + token),
[bearer]    Authorization: "Bearer " + token,
  },
  body: JSON.stringify({ data: { x: 1 } }),
}).then(async (response) => {
  console.log(response.status, await response.text());
});
$code$),
	(5, 'Java', $code$import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
[basic]import java.util.Base64;

public class Predict {
    public static void main(String[] args) throws Exception {
[token]        String token = "$TOKEN";
[basic]        String pair = token + ":" + token;
        HttpRequest request = HttpRequest.newBuilder(URI.create("{url}"))
            .header("Content-Type", "application/json")
[basic]            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes()))
[bearer]            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString("{\"data\": {\"x\": 1}}"))
            .build();
        HttpResponse<String> response = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body());
    }
}
$code$);
END;
COMMENT ON FUNCTION modelapi_acl_internal.request_templates() IS
'The templates of request_examples';

-- A URL that passes this has no character that could end a string in any of the languages.
CREATE FUNCTION modelapi_acl_internal.is_request_url(url text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT $1 ~ ('^[Hh][Tt][Tt][Pp][Ss]?://'
		|| '([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?'
		|| '([/?#][!#%&(-\[\]^_a-z{|}~-]*)?$');
END;
COMMENT ON FUNCTION modelapi_acl_internal.is_request_url(text) IS
'Whether request_examples accepts a URL';

-- Java takes only a URL whose characters are escaped where they have to be; browsers and
-- curl escape them. The fragment is not sent.
CREATE FUNCTION modelapi_acl_internal.escaped_url(url text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT u.origin || replace(replace(replace(replace(replace(replace(replace(replace(
			regexp_replace(u.rest, '%(?![0-9A-Fa-f]{2})', '%25', 'g'),
			'<', '%3C'), '>', '%3E'), '[', '%5B'), ']', '%5D'), '^', '%5E'),
			'{', '%7B'), '|', '%7C'), '}', '%7D')
	FROM (SELECT substring($1 FROM '^[^:]+://[^/?#]+') AS origin,
		substring($1 FROM '^[^:]+://[^/?#]+([^#]*)') AS rest) AS u;
END;
COMMENT ON FUNCTION modelapi_acl_internal.escaped_url(text) IS
'A URL without its fragment, and with the characters escaped that a URL may not have';

CREATE FUNCTION modelapi_acl.request_examples(model_api_id uuid, url text)
	RETURNS TABLE (language text, code text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'view');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'url is missing');
	SELECT modelapi_acl_internal.require(modelapi_acl_internal.is_request_url($2), '22023', 'url is not valid',
		'It starts with http:// or https:// and a host, without a user name, and has only printable ASCII characters other than quotes, backslashes, backticks, dollar signs and spaces.');
	WITH kept AS (
		SELECT CASE
			WHEN m.authorization_mode = 'unrestricted' THEN 'none'
			WHEN m.invocation_mode = 'sync' THEN 'basic|token'
			ELSE 'bearer|token' END AS tags
		FROM modelapi_acl.model_apis AS m
		WHERE m.id = $1)
	SELECT t.language, replace(regexp_replace(regexp_replace(
			t.template, '^\[(?!(' || k.tags || ')\])\w+\].*\n', '', 'gn'), '^\[\w+\]', '', 'gn'),
			'{url}', modelapi_acl_internal.escaped_url($2))
	FROM kept AS k
		CROSS JOIN modelapi_acl_internal.request_templates() AS t
	ORDER BY t.place;
END;
COMMENT ON FUNCTION modelapi_acl.request_examples(uuid, text) IS
'How to call a model API whose endpoint has this URL: working code in curl, Python, R, JavaScript and Java. $TOKEN stands for an access token, where the model API needs one';
