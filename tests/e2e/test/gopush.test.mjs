// gopush.test.mjs - can the agent stand in for gopush's without anybody moving?
//
// The scenario is gopush's own test: Socket.IO clients of generation 2 name product and uid in the
// query and expect a node's port, by WebSocket and by polling.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { connectSocketIo, get, users } from '../lib/clients.mjs';
import { startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, within } from '../lib/wait.mjs';

const kGopush = { appendUidToQuery: true, agentInfoCookie: true };

/// gopush's hash, restated: times 31, truncated to 32 bits by the shift alone, then the magnitude.
function hashOf(key) {
  let hash = 0;
  for (const unit of key.split('').map((char) => char.charCodeAt(0))) hash = (hash << 5) - hash + unit;
  return Math.abs(hash);
}

/// gopush takes the same hash twice: first for the server, then for one of its ports.
function portOf(uid, servers) {
  const { ports } = servers[hashOf(uid) % servers.length];
  return ports[hashOf(uid) % ports.length];
}

const servers = (...groups) => groups.map((nodes) => ({ ip: '127.0.0.1', ports: nodes.map(({ port }) => port) }));

/// Keys as people have them; ASCII, because gopush hashed UTF-16 units where bytes are hashed here.
const kKeys = users(80, 'gopush').filter((uid) => /^[ -~]+$/.test(uid));

describe("gopush's own scenario", () => {
  const world = new World();
  let nodes, router, agent;

  before(async () => {
    nodes = await startNodes(world, 'socketio', 4, [2]);
    router = {
      test: servers([nodes[0]]),
      test2: servers([nodes[2], nodes[3]]),
      default: servers([nodes[1]]),
    };
    agent = await startAgent(world, router, { hash: 'modulo', identity: kGopush });
  });
  after(() => world.close());

  /// The port that the node itself reports to a fresh client.
  async function portSeenBy(uid, productName, transport) {
    const socket = await connectSocketIo(agent.url, uid, {
      generation: 2,
      inQuery: true,
      query: { product: productName },
      transports: [transport],
    });
    const port = await within('the node to report its port', socket.port);
    socket.disconnect();
    return port;
  }

  for (const transport of ['websocket', 'polling']) {
    it(`routes product test to its one port, by ${transport}`, async () => {
      assert.equal(await portSeenBy('test1@gmail.com', 'test', transport), nodes[0].port);
    });

    it(`routes product test2 to the port that its hash names, by ${transport}`, async () => {
      await inParallel(kKeys.slice(0, 20), 10, async (uid) => {
        assert.equal(await portSeenBy(uid, 'test2', transport), portOf(uid, router.test2));
      });
    });

    it(`routes an empty product to the default, by ${transport}`, async () => {
      assert.equal(await portSeenBy('test@gmail.com', '', transport), nodes[1].port);
    });

    it(`routes an unknown product to the default, by ${transport}`, async () => {
      assert.equal(await portSeenBy('test@gmail.com', 'constructor', transport), nodes[1].port);
    });
  }
});

describe('The modulo policy over two servers with two ports each', () => {
  const world = new World();
  let nodes, table, agent;

  before(async () => {
    nodes = await startNodes(world, 'http', 4);
    table = servers([nodes[0], nodes[1]], [nodes[2], nodes[3]]);
    agent = await startAgent(world, { default: table }, { hash: 'modulo', identity: kGopush });
  });
  after(() => world.close());

  it('chooses the port that gopush chooses, for every user', async () => {
    await inParallel(kKeys, 20, async (uid) => {
      const { body } = await get(agent.port, uid);
      const { node } = JSON.parse(body);
      assert.equal(nodes.find(({ name }) => name === node).port, portOf(uid, table), uid);
    });
  });

  it('names the port in the agent-info cookie', async () => {
    const { headers } = await get(agent.port, 'test1@gmail.com');

    const cookie = headers['set-cookie'].find((value) => value.startsWith('agent-info='));
    assert.equal(cookie.split(/[=;]/)[1], String(portOf('test1@gmail.com', table)));
  });

  it('appends the uid to the query, encoded, whether there is one or not', async () => {
    const urls = await inParallel(['/page', '/page?a=1'], 1, async (path) => {
      const { body } = await get(agent.port, 'a b&c=d', { path });
      return JSON.parse(body).url;
    });

    for (const url of urls) assert.equal(new URL(url, 'http://node').searchParams.get('uid'), 'a b&c=d');
    assert.equal(new URL(urls[1], 'http://node').searchParams.get('a'), '1');
    assert.equal(new URL(urls[1], 'http://node').searchParams.get('c'), null);
  });
});
