// A strict OpenID Connect provider of another maker (npm oidc-provider) as a process: PKCE is required, the redirect URI
// compared at both ends, each code works once, and tokens are signed with a key made at the start.
//   node strict.mjs FOLDER PORT REDIRECT     FOLDER holds node_modules; says "ready" when it listens
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, redirect] = process.argv.slice(2);
const found = createRequire(folder + '/').resolve('oidc-provider');
const { Provider, interactionPolicy } = await import(pathToFileURL(found));

const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'marquee', client_secret: 'the secret of a client of a strict provider', redirect_uris: [redirect],
    grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_post',
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'of this start', use: 'sig', alg: 'RS256' }] },
  pkce: { required: () => true },
  // Google names the address in the token itself.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !id.startsWith('unverified'), name: `${id} elsewhere` }),
  }),
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['of a test'] },
});

// The page that asks who somebody is, and whether they agree: GET ?name=ada agrees, ?no=1 does not.
async function ask(request, response) {
  const said = new URL(request.url, issuer).searchParams;
  const { params } = await provider.interactionDetails(request, response);
  if (said.has('no')) return provider.interactionFinished(request, response, { error: 'access_denied' });
  if (!said.has('name')) return response.end('Who are you?');
  const grant = new provider.Grant({ accountId: said.get('name'), clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const answer = { login: { accountId: said.get('name') }, consent: { grantId: await grant.save() }, select_account: {} };
  return provider.interactionFinished(request, response, answer);
}

const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  ask(request, response).catch((error) => response.writeHead(400).end(String(error)));
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
