// socketio_suite.mjs - the promise of the agent, for one generation of Socket.IO: whatever the
// transport and whichever agent a connection goes through, a user's requests reach one node.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAgent } from './agent.mjs';
import { ask, connectSocketIo, kTransports, TakingTurns, users } from './clients.mjs';
import { nodeOfEachUid, product, startNodes } from './nodes.mjs';
import { inParallel, until } from './wait.mjs';
import { World } from './processes.mjs';

const kUsers = 200;
const kAtOnce = 40;
const kUnknownSession = 1;

/// What the nodes refused, by Engine.IO error code, all nodes together.
async function refusals(nodes) {
  const total = {};
  for (const node of nodes) {
    for (const [code, count] of Object.entries((await node.seen()).rejected)) {
      total[code] = (total[code] ?? 0) + count;
    }
  }
  return total;
}

/// Connects every user, lets each say something, and tells on which node each was.
async function visit(names, open) {
  const nodeOf = new Map();
  await inParallel(names, kAtOnce, async (uid, index) => {
    const socket = await open(uid, index);
    const { node } = await ask(socket, 'whoami');
    for (let turn = 0; turn < 3; ++turn) assert.equal(await ask(socket, 'echo', `${uid} ${turn}`), `${uid} ${turn}`);
    nodeOf.set(uid, node);
    assert.ok(socket.connected, `${uid} is still connected`);
    socket.disconnect();
  });
  return nodeOf;
}

/// Declares the tests. `generation` is 4 or 2, of servers and clients alike.
export function socketIoSuite(generation) {
  describe(`Socket.IO ${generation} behind the agent`, { concurrency: false }, () => {
    const world = new World();
    const firstSeen = new Map();
    let nodes, agents, turns;

    before(async () => {
      nodes = await startNodes(world, 'socketio', 3, [generation]);
      const router = { default: product(nodes) };
      agents = await Promise.all([startAgent(world, router), startAgent(world, router)]);
      turns = new TakingTurns(agents.map((agent) => agent.port));
    });
    after(() => world.close());

    const sameNodeAsBefore = (nodeOf) => {
      for (const [uid, node] of nodeOf) {
        assert.equal(node, firstSeen.get(uid) ?? node, `${uid} moved`);
        firstSeen.set(uid, node);
      }
    };

    for (const [name, transports] of Object.entries(kTransports)) {
      it(`keeps ${kUsers} users on their nodes with transports: ${transports ?? 'default'}`, async () => {
        const open = (uid, index) =>
          connectSocketIo(agents[0].url, uid, { generation, transports, inQuery: index % 2 === 1 });
        sameNodeAsBefore(await visit(users(kUsers), open));
      });

      it(`keeps them there when ${name} connections alternate between two agents`, async () => {
        const open = (uid, index) =>
          connectSocketIo(agents[1].url, uid, { generation, transports, agent: turns, inQuery: index % 2 === 0 });
        sameNodeAsBefore(await visit(users(kUsers), open));
      });
    }

    it('let every node see only its own users, and none met an unknown session', async () => {
      const nodeOf = await nodeOfEachUid(nodes);

      assert.deepEqual(await refusals(nodes), {});
      assert.deepEqual(new Map([...nodeOf].sort()), new Map([...firstSeen].sort()));
      for (const node of nodes) {
        const share = [...nodeOf.values()].filter((name) => name === node.name).length;
        assert.ok(share > kUsers / 6, `${node.name} has ${share} of ${kUsers} users`);
      }
    });

    it('is what makes the difference: without it the same clients meet unknown sessions', async () => {
      const direct = new TakingTurns(nodes.map((node) => node.port));
      const open = (uid) =>
        connectSocketIo(agents[0].url, uid, { generation, transports: ['polling'], agent: direct, timeout: 2000 });

      const attempts = users(6).map((uid) => open(uid).then((socket) => socket.disconnect(), () => {}));

      await until('a node to meet an unknown session', async () => (await refusals(nodes))[kUnknownSession] > 0);
      await Promise.all(attempts);
    });
  });
}
