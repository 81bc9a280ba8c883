// failover.test.mjs - who notices that a node was killed?

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { ask, connectSocketIo, connectWebSocket, get, users, whoAnswers } from '../lib/clients.mjs';
import { EchoingUsers } from '../lib/echoing.mjs';
import { product, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, until } from '../lib/wait.mjs';

const kUsers = 240;
const kVictim = 'node-2';

/// Users who request pages over and over until told to stop; `failures` lists what went wrong.
function keepRequesting(port, uids) {
  const failures = [];
  let going = true;
  const lane = async (uid) => {
    while (going) {
      const status = await get(port, uid).then((answer) => answer.status, (error) => error.message);
      if (status !== 200) failures.push(`${uid}: ${status}`);
    }
  };
  const lanes = Promise.all(uids.map(lane));
  return {
    stop() {
      going = false;
      return lanes.then(() => failures);
    },
  };
}

describe('A node killed with SIGKILL under load', () => {
  const world = new World();
  const uids = users(kUsers, 'failover');
  let nodes, chatNodes, agent, echoing, sockets, chatters, requesting, victims, others;

  before(async () => {
    nodes = await startNodes(world, 'ws', 3);
    chatNodes = await startNodes(world, 'socketio', 3, [4]);
    agent = await startAgent(world, { default: product(nodes), chat: product(chatNodes) });
    echoing = new EchoingUsers(agent.port);
    world.defer(() => echoing.close());
    await echoing.open(uids);
    victims = echoing.on(kVictim);
    others = echoing.all.filter(({ node }) => node !== kVictim);
    chatters = new Map();
    sockets = await inParallel(uids.slice(0, 60), 20, (uid) => connectChatter(uid));
    world.defer(() => sockets.forEach((socket) => socket.disconnect()));
    requesting = keepRequesting(agent.port, others.slice(0, 8).map(({ uid }) => uid));
  });
  after(async () => {
    await requesting?.stop();
    await world.close();
  });

  /// A Socket.IO user of product chat who reconnects by itself, as browsers do.
  async function connectChatter(uid) {
    const socket = await connectSocketIo(agent.url, uid, {
      query: { product: 'chat' },
      reconnection: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 500,
    });
    const chatter = { uid, socket, disconnects: 0, node: (await ask(socket, 'whoami')).node };
    socket.on('disconnect', () => (chatter.disconnects += 1));
    chatters.set(uid, chatter);
    return socket;
  }

  it('ends the tunnels of its own users at once', async () => {
    assert.ok(victims.length > kUsers / 6);
    await nodes.find(({ name }) => name === kVictim).killHard();

    await until('their tunnels to close', () => victims.every(({ closed }) => closed));
  });

  it('sends each of them to their own next choice, which `pushgate route` foretells', async () => {
    await inParallel(victims, 20, async ({ uid }) => {
      const socket = await connectWebSocket(agent.port, uid);
      const { node } = await whoAnswers(socket);
      socket.terminate();
      const [first, second] = await agent.choices(uid);
      assert.equal(first, kVictim, uid);
      assert.equal(node, second, uid);
      const page = JSON.parse((await get(agent.port, uid)).body);
      assert.equal(page.node, second, `${uid} by HTTP`);
    });
  });

  it('spreads them over the nodes that are left', async () => {
    const seconds = await inParallel(victims, 20, async ({ uid }) => (await agent.choices(uid))[1]);

    assert.deepEqual([...new Set(seconds)].sort(), ['node-1', 'node-3']);
  });

  it('is not noticed by anybody else: no tunnel closes, no request fails, nobody moves', async () => {
    await echoing.keepEchoing(others);
    assert.deepEqual(await requesting.stop(), []);

    await inParallel(others, 20, async ({ uid, node }) => {
      assert.equal(JSON.parse((await get(agent.port, uid)).body).node, node, uid);
    });
  });

  it('lets Socket.IO users of a killed node reconnect by themselves, and others not notice', async () => {
    const struck = [...chatters.values()].filter(({ node }) => node === kVictim);
    const spared = [...chatters.values()].filter(({ node }) => node !== kVictim);

    await chatNodes.find(({ name }) => name === kVictim).killHard();

    const isBack = ({ disconnects, socket }) => disconnects > 0 && socket.connected;
    await until('them to reconnect', () => struck.every(isBack));
    await inParallel(struck, 20, async ({ uid, socket }) => {
      assert.equal((await ask(socket, 'whoami')).node, (await agent.choices(uid, 'chat'))[1], uid);
    });
    assert.deepEqual(spared.filter(({ disconnects }) => disconnects > 0).map(({ uid }) => uid), []);
    for (const node of chatNodes.filter(({ name }) => name !== kVictim)) {
      const { rejected } = await node.seen();
      assert.ok(Object.keys(rejected).every((code) => code === '1'), JSON.stringify(rejected));
    }
  });
});
