// reload.test.mjs - who moves when the router table gains a node, and does anybody notice?

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { connectWebSocket, get, users, whoAnswers } from '../lib/clients.mjs';
import { EchoingUsers } from '../lib/echoing.mjs';
import { product, startNode, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, until } from '../lib/wait.mjs';

const kUsers = 300;

/// Where each user's *new* connections go.
async function nodeOfNewConnections(agent, uids) {
  const nodes = await inParallel(uids, 40, async (uid) => {
    const socket = await connectWebSocket(agent.port, uid);
    const { node } = await whoAnswers(socket);
    socket.terminate();
    return node;
  });
  return new Map(uids.map((uid, index) => [uid, nodes[index]]));
}

for (const [how, afterReplacing] of [
  ['a replaced file', () => {}],
  ['a replaced file and SIGHUP', (agent) => agent.signal('SIGHUP')],
]) {
  describe(`A table with one node more, loaded under load by ${how}`, () => {
    const world = new World();
    const uids = users(kUsers, 'reload');
    let nodes, agent, echoing, moved;

    before(async () => {
      nodes = await startNodes(world, 'ws', 4);
      agent = await startAgent(world, { default: product(nodes.slice(0, 3)) });
      echoing = new EchoingUsers(agent.port);
      world.defer(() => echoing.close());
      await echoing.open(uids);
    });
    after(() => world.close());

    it('takes effect on new connections', async () => {
      agent.replaceRouter({ default: product(nodes) });
      afterReplacing(agent);

      await until('the agent to serve node-4', () => agent.serves('node-4'));
      const nodeOf = await nodeOfNewConnections(agent, uids);
      moved = uids.filter((uid) => nodeOf.get(uid) !== echoing.nodeOf.get(uid));

      assert.ok(moved.length > 0);
      assert.ok(moved.every((uid) => nodeOf.get(uid) === 'node-4'), 'users move only to the new node');
    });

    it('moves about a quarter of the users and no more', () => {
      const share = moved.length / kUsers;

      assert.ok(share > 0.15 && share < 0.35, `${share} moved`);
    });

    it('closes no open tunnel', () => echoing.keepEchoing(echoing.all));

    it('moves exactly those users back when the node is taken out again, and closes no tunnel', async () => {
      agent.replaceRouter({ default: product(nodes.slice(0, 3)) });
      afterReplacing(agent);

      await until('the agent to forget node-4', async () => !(await agent.serves('node-4')));

      assert.deepEqual(await nodeOfNewConnections(agent, uids), echoing.nodeOf);
      await echoing.keepEchoing(echoing.all);
    });

    it('is refused whole if it is wrong: the old table stays and the log says why', async () => {
      agent.replaceRouter({ default: [{ ip: '127.0.0.1', portz: [1] }] });
      afterReplacing(agent);

      await until('the log to name the wrong key', () => agent.log.includes('portz'));

      const nodeOf = await nodeOfNewConnections(agent, uids.slice(0, 30));
      for (const [uid, node] of nodeOf) assert.equal(node, echoing.nodeOf.get(uid), uid);
      await echoing.keepEchoing(echoing.all);
    });
  });
}

describe('SIGHUP alone', () => {
  const world = new World();
  after(() => world.close());

  it('reads the files again, although they are as they were', async () => {
    const node = await startNode(world, 'http', 'node-1');
    const agent = await startAgent(world, { default: product([node]) });
    const reloads = async () =>
      Number(/reloads_total\{result="done"\} (\d+)/.exec(await (await agent.admin('/metrics')).text())?.[1]);
    assert.equal(await reloads(), 0);

    agent.signal('SIGHUP');

    await until('the agent to reload', async () => (await reloads()) === 1);
    assert.equal((await get(agent.port, 'ann')).status, 200);
  });
});
