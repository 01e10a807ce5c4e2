// A real provider of OpenID Connect on a free port of 127.0.0.1, over TLS, for the tests of single
// sign-on: who signs in, and how, is what PUT /as said last; no page asks.
// usage: node provider.mjs NODE_MODULES CERT KEY REDIRECT_URI      prints its issuer
import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [modules, cert, key, back] = process.argv.slice(2);
const require = createRequire(modules + '/');
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

let who = { email: 'ann@example.org', email_verified: true, amr: ['pwd'], alg: 'RS256' };
const jwk = (kid, type, options) =>
	({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, use: 'sig' });
const keys = [jwk('r1', 'rsa', { modulusLength: 2048 }), jwk('e1', 'ec', { namedCurve: 'P-256' })];
const client = (id, alg) => ({
	client_id: id, client_secret: 'a secret: of/ours+ 32 characters long', redirect_uris: [back],
	response_types: ['code'], grant_types: ['authorization_code'], id_token_signed_response_alg: alg,
});

const server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `https://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
	clients: [client('lynchpin', 'RS256'), client('lynchpin-es', 'ES256')],
	jwks: { keys },
	enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
	claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'] },
	conformIdTokenClaims: false, // else the address is at another place
	pkce: { required: () => true },
	features: { devInteractions: { enabled: false } },
	interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
	findAccount: (ctx, id) => ({
		accountId: id,
		claims: () => ({ sub: id, email: who.email, email_verified: who.email_verified }),
	}),
	loadExistingGrant: async (ctx) => {
		const grant = new ctx.oidc.provider.Grant(
			{ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
		grant.addOIDCScope('openid email');
		await grant.save();
		return grant;
	},
	cookies: { keys: ['not', 'secret'] },
});
const answer = provider.callback();
server.on('request', async (req, res) => {
	if (req.method === 'PUT' && req.url === '/as') {
		let said = '';
		for await (const piece of req) said += piece;
		who = { ...who, ...JSON.parse(said) };
		return res.end();
	}
	if (req.url.startsWith('/interaction/')) {
		const result = who.refuse ? { error: 'access_denied', error_description: 'not you' }
			: { login: { accountId: `of ${who.email}`, amr: who.amr, acr: who.acr, remember: false } };
		return provider.interactionFinished(req, res, result);
	}
	return answer(req, res);
});
console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
