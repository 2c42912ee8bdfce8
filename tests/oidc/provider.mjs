// A real OpenID Connect provider for tests: `oidc-provider`, with people and faults that tests choose.
//
//   node tests/oidc/provider.mjs PORT REDIRECT_ORIGIN
//
// PUT /test/people takes {login: claims}; whoever signs in is asked for a login, and any password will do. PUT
// /test/faults takes what is to be wrong with each ID token: claims to replace, and "signed_by": "stranger".
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, importJWK, decodeJwt, SignJWT } from "jose";
import { Provider } from "oidc-provider";

const [port, origin] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;
let people = {};
let faults = {};
const logouts = [];

async function signingKey(kid) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

const own = await signingKey("own");
const stranger = await signingKey("own");
const redirect = {
  redirect_uris: [`${origin}/sign-in/oidc/callback`],
  post_logout_redirect_uris: [`${origin}/sign-in`],
  backchannel_logout_uri: `${origin}/sign-in/oidc/backchannel-logout`,
};
const sessionless = { client_id: "sessionless", client_secret: "dashboard-secret", ...redirect };

async function sent(url, { dispatcher, ...options }) {
  // Its own way of connecting refuses this machine's addresses.
  if (!String(url).endsWith("/backchannel-logout")) return fetch(url, options);
  logouts.push(new URLSearchParams(options.body).get("logout_token"));
  // Without a port nobody listens there: the test delivers it itself.
  return new URL(url).port ? fetch(url, options) : new Response(null, { status: 200 });
}

const provider = new Provider(issuer, {
  clients: [
    { client_id: "dashboard", client_secret: "dashboard-secret", backchannel_logout_session_required: true, ...redirect },
    sessionless,
    { client_id: "posting", client_secret: "a secret:&+", token_endpoint_auth_method: "client_secret_post", ...redirect },
    { client_id: "odd", client_secret: "a secret:&+%", ...redirect },
    { client_id: "public", token_endpoint_auth_method: "none", ...redirect },
  ],
  jwks: { keys: [own] },
  cookies: { keys: ["for tests alone"] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "groups", "realm_access", "hd"],
  },
  scopes: ["openid", "email", "profile"],
  features: { backchannelLogout: { enabled: true } },
  fetch: sent,
  pkce: { required: () => true },
  findAccount: (_ctx, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  ttl: { AccessToken: 600, AuthorizationCode: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
});

// After everything else: replaces the ID token by one that has the faults.
provider.use(async (ctx, next) => {
  await next();
  if (!ctx.body?.id_token || !Object.keys(faults).length) return;
  const { signed_by, ...claims } = faults;
  const id_token = await signed({ claims: { ...decodeJwt(ctx.body.id_token), ...claims }, signed_by });
  ctx.body = { ...ctx.body, id_token };
});

async function signed({ claims, header = {}, signed_by }) {
  const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "own", ...header });
  return token.sign(await importJWK(signed_by === "stranger" ? stranger : own, "RS256"));
}

const answer = provider.callback();

async function told(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || "{}");
}

createServer(async (request, response) => {
  if (request.method === "PUT" && request.url === "/test/people") people = await told(request);
  else if (request.method === "PUT" && request.url === "/test/faults") faults = await told(request);
  else if (request.url === "/test/logouts") {
    response.end(JSON.stringify(logouts));
    return;
  } else if (request.url === "/test/signed") {
    response.end(await signed(await told(request)));
    return;
  } else {
    await answer(request, response);
    return;
  }
  response.end("{}");
}).listen(port, "127.0.0.1", () => console.log("ready"));
