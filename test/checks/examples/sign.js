// Makes key pairs and signs JSON Web Tokens with them, without the library that the example uses.
//
// Standard input: { keys: { name: type }, tokens: [{ key, header, claims }] }; type is "ed25519",
// "rsa" or "secret". Standard output: { jwks, tokens }, the public keys by their names.
const crypto = require('node:crypto');
const { readFileSync } = require('node:fs');

const { keys, tokens } = JSON.parse(readFileSync(0, 'utf8'));
const base64url = (value) => Buffer.from(value).toString('base64url');
const pairs = {};
const jwks = [];
for (const [name, type] of Object.entries(keys)) {
	if (type === 'secret') {
		pairs[name] = { alg: 'HS256', secret: crypto.randomBytes(32) };
		continue;
	}
	const alg = type === 'rsa' ? 'RS256' : 'EdDSA';
	const { publicKey, privateKey } = crypto.generateKeyPairSync(type, { modulusLength: 2048 });
	pairs[name] = { alg, privateKey };
	jwks.push({ ...publicKey.export({ format: 'jwk' }), kid: name, alg, use: 'sig' });
}

function sign({ key, header, claims }) {
	const pair = pairs[key];
	const input = [{ alg: pair.alg, kid: key, ...header }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
	const signature = pair.secret ? crypto.createHmac('sha256', pair.secret).update(input).digest()
		: crypto.sign(pair.alg === 'RS256' ? 'sha256' : null, Buffer.from(input), pair.privateKey);
	return `${input}.${base64url(signature)}`;
}
console.log(JSON.stringify({ jwks: { keys: jwks }, tokens: tokens.map(sign) }));
