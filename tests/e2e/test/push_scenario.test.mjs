// push_scenario.test.mjs - the agent's whole scenario again, with push nodes of our own behind it: every agent and every
// node is a process.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startAgent } from '../lib/agent.mjs';
import { connectSocketIo, connectWebSocket, get, hear, kTransports, TakingTurns, users } from '../lib/clients.mjs';
import { product } from '../lib/nodes.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { Talkers } from '../lib/talkers.mjs';
import { inParallel, until, within } from '../lib/wait.mjs';

const kEvents = ['gopush', 'rooms', 'echo'];
const kNames = ['node-1', 'node-2', 'node-3'];

/// Session ids begin with a tag of their node.
const tagOf = (sid) => Buffer.from(sid, 'base64url').readUInt16BE(0);
const sidOf = (payload) => /"sid":"([\w-]{20})"/.exec(payload)[1];

/// Three push nodes, each a process of its own. `nodeOf` tells from a session's id which one it is on.
async function startPushNodes(world, config = {}) {
  const start = (name) => startPush(world, { count: 1, config, node: { name, events: kEvents, api: { address: '127.0.0.1:0' } } });
  const nodes = await Promise.all(kNames.map(start));
  const names = new Map();
  for (const [index, node] of nodes.entries()) {
    node.name = kNames[index];
    node.address = `127.0.0.1:${node.port}`;
    const { body } = await get(node.port, undefined, { path: '/socket.io/?EIO=4&transport=polling' });
    names.set(tagOf(sidOf(body)), node.name);
  }
  assert.equal(names.size, kNames.length, 'each node has a tag of its own');
  nodes.nodeOf = (socket) => names.get(tagOf(socket.io.engine.id));
  nodes.named = (name) => nodes.find((node) => node.name === name);
  return nodes;
}

describe("gopush's own scenario, with push nodes", () => {
  const world = new World();
  let nodes, table, agent;
  const servers = (...list) => list.map(({ port }) => ({ ip: '127.0.0.1', ports: [port] }));

  before(async () => {
    nodes = await startPushNodes(world);
    table = { test: servers(nodes[0]), test2: servers(nodes[1], nodes[2]), default: servers(nodes[1]) };
    agent = await startAgent(world, table, { hash: 'modulo', identity: { appendUidToQuery: true, agentInfoCookie: true } });
  });
  after(() => world.close());

  const connect = (uid, productName, transport) =>
    connectSocketIo(agent.url, uid, { generation: 2, inQuery: true, query: { product: productName }, transports: [transport] });

  /// gopush's hash: times 31, truncated to 32 bits by the shift alone, then the magnitude.
  const hashOf = (key) => Math.abs([...key].reduce((hash, char) => (hash << 5) - hash + char.charCodeAt(0), 0));

  for (const transport of ['websocket', 'polling']) {
    it(`leads every product to its node, by ${transport}`, async () => {
      const expected = (uid) => ({ test: 'node-1', test2: ['node-2', 'node-3'][hashOf(uid) % 2], '': 'node-2', constructor: 'node-2' });
      for (const uid of ['test1@gmail.com', 'test@gmail.com', 'a', 'b']) {
        for (const [name, node] of Object.entries(expected(uid))) {
          const socket = await connect(uid, name, transport);
          assert.equal(nodes.nodeOf(socket), node, `${uid} of product ${name}`);
          socket.disconnect();
        }
      }
    });

    it(`greets and carries the words of a room, by ${transport}`, async () => {
      const [ann, bob] = await Promise.all(['ann', 'bob'].map((uid) => connect(uid, 'test', transport)));
      assert.equal(await within("gopush's greeting", ann.hello), 'hello world');
      ann.emit('room', { room: 'lobby', noBroadcast: true });
      await until('Ann to be in the room', async () => (await nodes[0].api('/api/v1/rooms/room%3Alobby')).body.count === 1);
      const heard = hear(ann, 'word');
      bob.emit('room', { room: 'lobby', event: 'word', text: 'hello' });
      assert.deepEqual(await heard, [[{ room: 'lobby', event: 'word', text: 'hello' }]]);
      [ann, bob].forEach((socket) => socket.disconnect());
    });
  }
});

describe('Users of three push nodes behind two agents', () => {
  const world = new World();
  const kUsers = 60;
  const firstSeen = new Map();
  const open = [];
  let nodes, agents, turns;

  before(async () => {
    nodes = await startPushNodes(world);
    agents = await Promise.all([1, 2].map(() => startAgent(world, { default: product(nodes) })));
    turns = new TakingTurns(agents.map(({ port }) => port));
  });
  after(async () => {
    open.forEach((socket) => socket.disconnect());
    await world.close();
  });

  const isWhereItWas = (uid, node) => {
    assert.ok(node, `${uid} is on a node that nobody knows`);
    assert.equal(node, firstSeen.get(uid) ?? node, `${uid} moved`);
    firstSeen.set(uid, node);
  };
  const refused = async () => {
    const counts = await Promise.all(nodes.map((node) => node.metric('pushgate_node_handshakes_refused_total')));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  for (const generation of [4, 2]) {
    for (const [name, transports] of Object.entries(kTransports)) {
      it(`stay where they are with Socket.IO ${generation}, ${name}, by either agent in turn`, async () => {
        await inParallel(users(kUsers), 20, async (uid, index) => {
          const options = { generation, transports, agent: turns, inQuery: index % 2 === 1 };
          const socket = await connectSocketIo(agents[index % 2].url, uid, options);
          open.push(socket);
          isWhereItWas(uid, nodes.nodeOf(socket));
          const heard = hear(socket, 'message-back');
          socket.emit('message', uid, 1);
          assert.deepEqual(await heard, [[uid, 1]]);
        });
      });
    }
  }

  it('are known to their node by their names, six times each, and to no other', async () => {
    assert.equal(new Set(firstSeen.values()).size, 3);
    await inParallel(users(kUsers), 10, async (uid) => {
      for (const node of nodes) {
        const { body } = await node.api(`/api/v1/users/${encodeURIComponent(uid)}`);
        assert.equal(body.devices.length, firstSeen.get(uid) === node.name ? 6 : 0, `${uid} on ${node.name}`);
      }
    });
    assert.equal(await refused(), 0, 'nobody met an unknown session');
  });

  it('meet one another by plain WebSocket, each user on his node', async () => {
    await inParallel(users(12), 6, async (uid) => {
      const path = `/ws?room=${encodeURIComponent(`of ${uid}`)}`;
      const [one, two] = [await connectWebSocket(agents[0].port, uid, { path }), await connectWebSocket(agents[1].port, uid, { path })];
      const heard = new Promise((resolve) => two.once('message', (data) => resolve(data.toString())));
      one.send(`hello ${uid}`);
      assert.equal(await within('the other tab', heard), `hello ${uid}`);
      [one, two].forEach((socket) => socket.terminate());
    });
  });

  it('poll by curl, each request a process and a connection, by either agent in turn', async () => {
    const curl = async (turn, uid, query, ...more) => {
      const url = `${agents[turn % 2].url}/socket.io/?EIO=4&transport=polling${query}`;
      const { stdout } = await promisify(execFile)('curl', ['-sS', '--fail-with-body', '-b', `uid=${encodeURIComponent(uid)}`, ...more, url]);
      return stdout;
    };
    await inParallel(users(6), 3, async (uid) => {
      const sid = sidOf(await curl(0, uid, ''));
      assert.equal(await curl(1, uid, `&sid=${sid}`, '--data-binary', '40'), 'ok');
      let said = await curl(0, uid, `&sid=${sid}`);
      assert.equal(await curl(1, uid, `&sid=${sid}`, '--data-binary', `42["message",${JSON.stringify(uid)}]`), 'ok');
      while (!said.includes('message-back')) said += await curl(0, uid, `&sid=${sid}`);
      assert.ok(said.includes(`42["message-back",${JSON.stringify(uid)}]`), said);
      assert.ok(said.startsWith('40{"sid":'), said);
    });
    assert.equal(await refused(), 0);
  });

  it('would meet unknown sessions without an agent', async () => {
    const direct = new TakingTurns(nodes.map(({ port }) => port));
    const options = { transports: ['polling'], agent: direct, timeout: 2000 };
    const attempts = users(6).map((uid) => connectSocketIo(nodes[0].url, uid, options).then((socket) => open.push(socket), () => {}));
    await until('a node to meet an unknown session', async () => (await refused()) > 0);
    await Promise.all(attempts);
  });
});

describe('Under load, with push nodes', () => {
  const world = new World();
  const kUsers = 120;
  let nodes, agent, talkers;

  before(async () => {
    nodes = await startPushNodes(world);
    agent = await startAgent(world, { default: product(nodes) }, { drainLead: '1s', drainTimeout: '2m' });
    talkers = new Talkers(agent.url, nodes.nodeOf);
    world.defer(() => talkers.close());
    await talkers.open(users(kUsers, 'load'));
  });
  after(() => world.close());

  /// The node that a new connection of this user reaches.
  async function nodeOfNewConnection(uid) {
    const socket = await connectSocketIo(agent.url, uid, { transports: ['websocket'] });
    const node = nodes.nodeOf(socket);
    socket.disconnect();
    return node;
  }
  const some = (list) => list.slice(0, 8);
  const isSecondChoice = async ({ uid, node }) => assert.equal(node, (await agent.choices(uid)).find((id) => nodes.alive.has(id)), uid);

  it('a table with a node less takes effect on new connections of its users alone, and closes none', async () => {
    const affected = talkers.on('node-3');
    assert.ok(affected.length > kUsers / 6);
    agent.replaceRouter({ default: product(nodes.slice(0, 2)) });
    await until('the agent to forget node-3', async () => !(await agent.serves('node-3')));

    for (const { uid } of some(affected)) assert.equal(await nodeOfNewConnection(uid), (await agent.choices(uid))[0], uid);
    for (const { uid, node } of some(talkers.on('node-1'))) assert.equal(await nodeOfNewConnection(uid), node, uid);
    await talkers.keepTalking(talkers.all);
    assert.equal(talkers.on('node-3').length, affected.length, 'they stay where they are');

    agent.replaceRouter({ default: product(nodes) });
    await until('the agent to serve node-3', () => agent.serves('node-3'));
    for (const { uid } of some(affected)) assert.equal(await nodeOfNewConnection(uid), 'node-3', uid);
    await talkers.keepTalking(talkers.all);
    assert.deepEqual(talkers.ends(), [], 'nobody was disconnected');
  });

  for (const [victim, how, end] of [
    ['node-2', 'killed with SIGKILL', (node) => node.killHard()],
    ['node-3', 'ended with SIGTERM', (node) => node.signal('SIGTERM')],
  ]) {
    it(`users of a node that is ${how} go on where \`pushgate route\` says, and nobody else notices`, async () => {
      const affected = talkers.on(victim);
      const others = talkers.all.filter((talker) => !affected.includes(talker));
      talkers.forgetEnds();
      nodes.alive = new Set((nodes.alive ? [...nodes.alive] : kNames).filter((name) => name !== victim));

      await end(nodes.named(victim));

      await until('them to be back', () => affected.every(({ ends, socket }) => ends.length > 0 && socket.connected));
      await talkers.keepTalking(talkers.all);
      await inParallel(affected, 8, isSecondChoice);
      assert.deepEqual(others.filter(({ ends }) => ends.length > 0).map(({ uid }) => uid), []);
      if (how.includes('SIGTERM')) assert.deepEqual(await nodes.named(victim).ended(), { code: 0, signal: null });
    });
  }

  it('the agent says good-bye in order: not ready, new ones refused, open ones served, and an end when the last has gone', async () => {
    talkers.forgetEnds();
    assert.equal((await agent.admin('/readyz')).status, 200);

    agent.signal('SIGTERM');

    await until('/readyz to answer 503', async () => (await agent.admin('/readyz')).status === 503);
    const refused = () => get(agent.port, 'ann', { path: '/' }).then(() => false, (error) => error.code === 'ECONNREFUSED');
    await until('the listener to close', refused);
    await talkers.keepTalking(talkers.all);
    assert.deepEqual(talkers.ends(), [], 'open sessions go on');
    talkers.close();
    assert.deepEqual(await agent.ended(), { code: 0, signal: null });
  });
});
