// express_session.test.mjs - does the recipe know the users of a real Express application?

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { startAgent } from '../lib/agent.mjs';
import { product, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { within } from '../lib/wait.mjs';

const kHook = fileURLToPath(new URL('../../../hooks/recipes/express-session/agent.lua', import.meta.url));
const kSecret = 'keyboard cat'; // of secrets.lua beside it
const kNobody = '127.0.0.1'; // those without a session are spread by address

describe('sessions of Express, known to the agent', () => {
  const world = new World();
  let nodes, agent;

  before(async () => {
    const redis = await startRedis(world);
    nodes = await startNodes(world, 'express', 2, [redis.config.port, kSecret]);
    agent = await startAgent(
      world,
      { default: product(nodes) },
      { hooks: { agent: kHook }, identity: { uid: [], missingUid: 'clientIp', redis: redis.config } },
    );
  });
  after(() => world.close());

  /// What `url` answers, and the cookie that it sets.
  async function get(url, cookie) {
    const response = await fetch(url, { headers: cookie ? { cookie } : {} });
    return { text: await response.text(), cookie: response.headers.getSetCookie()[0]?.split(';')[0] };
  }
  const who = async (cookie) => JSON.parse((await get(`${agent.url}/who`, cookie)).text);
  const login = async (user, url = agent.url) => (await get(`${url}/login?user=${encodeURIComponent(user)}`)).cookie;

  it('knows nobody before the login', async () => {
    const { agent: uid, session } = await who();

    assert.deepEqual([uid, session], [kNobody, null]);
  });

  it('knows everybody after it, and keeps each on one node', async () => {
    for (const user of Array.from({ length: 30 }, (_, index) => `user ${index}`)) {
      const cookie = await login(user);
      const answers = [await who(cookie), await who(cookie)];

      assert.deepEqual([answers[0].agent, answers[0].session], [user, user]);
      assert.deepEqual(answers[1], answers[0]);
    }
  });

  it('knows them in a WebSocket handshake', async () => {
    const socket = new WebSocket(agent.url.replace('http', 'ws'), { headers: { cookie: await login('alice') } });
    const [message] = await within('the greeting', once(socket, 'message'));
    socket.close();

    assert.equal(String(message), 'alice');
  });

  it('knows nobody by a session without a user, nor by one that has ended', async () => {
    const direct = `http://${nodes[0].address}`;
    const guest = (await get(`${direct}/cart`)).cookie;
    const gone = await login('bob', direct);
    await get(`${direct}/logout`, gone);

    assert.match(guest, /^connect\.sid=s%3A/);
    assert.equal((await who(guest)).agent, kNobody);
    assert.equal((await who(gone)).agent, kNobody);
  });

  it('believes no cookie that the application has not signed', async () => {
    const signed = await login('alice');
    const [id] = signed.split('.').slice(1);

    for (const cookie of [`connect.${id}`, `connect.${id}.${'A'.repeat(43)}`, signed.slice(0, -4), 'uid=alice']) {
      assert.equal((await who(cookie)).agent, kNobody, cookie);
    }
    assert.equal((await who(signed)).agent, 'alice');
  });
});
