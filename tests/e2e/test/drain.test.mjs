// drain.test.mjs - does the agent say good-bye in order?

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { connectWebSocket, get, roundTrip } from '../lib/clients.mjs';
import { product, startNode } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { until, within } from '../lib/wait.mjs';

const kLead = { drainLead: '1s', drainTimeout: '3s' };

describe('SIGTERM', () => {
  const world = new World();
  let pageNode, tunnelNode, agent;

  before(async () => {
    pageNode = await startNode(world, 'http', 'pages');
    tunnelNode = await startNode(world, 'ws', 'tunnels');
    agent = await startAgent(world, { default: product([pageNode]), ws: product([tunnelNode]) }, kLead);
  });
  after(() => world.close());

  it('ends an agent in order: not ready, requests finish, tunnels get their time, code 0', async () => {
    const tunnel = await connectWebSocket(agent.port, 'ann', { path: '/?product=ws' });
    let tunnelClosed = false;
    tunnel.on('close', () => (tunnelClosed = true));
    const page = get(agent.port, 'ann', { path: '/hold' });
    await until('the page to begin', async () => (await pageNode.seen()).requests === 1);
    assert.equal((await agent.admin('/readyz')).status, 200);

    agent.signal('SIGTERM');

    await until('/readyz to answer 503', async () => (await agent.admin('/readyz')).status === 503);
    assert.equal((await agent.admin('/healthz')).status, 200, 'it is alive all the same');
    assert.equal((await get(agent.port, 'bob')).status, 200, 'during the lead it still serves');
    assert.equal((await roundTrip(tunnel, 'still here')).data.toString(), 'still here');
    await until('the listener to close', () => refusesConnections(agent.port));
    assert.equal((await roundTrip(tunnel, 'and here')).data.toString(), 'and here');
    await get(pageNode.port, 'ann', { path: '/release' });
    const { status, body } = await within('the page to finish', page);
    assert.equal(status, 200);
    assert.equal(body, 'begun and finished');
    assert.equal(tunnelClosed, false, 'the tunnel outlives the request');
    assert.deepEqual(await agent.ended(), { code: 0, signal: null });
    await until('the tunnel to close', () => tunnelClosed);
  });
});

describe('A second SIGTERM', () => {
  const world = new World();
  after(() => world.close());

  it('ends the agent at once, whatever is open', async () => {
    const node = await startNode(world, 'ws', 'tunnels');
    const agent = await startAgent(world, { default: product([node]) }, { drainTimeout: '10m' });
    const tunnel = await connectWebSocket(agent.port, 'ann');
    agent.signal('SIGTERM');
    await until('the agent to drain', () => refusesConnections(agent.port));
    assert.equal((await roundTrip(tunnel, 'still here')).data.toString(), 'still here');

    agent.signal('SIGTERM');

    assert.deepEqual(await agent.ended(), { code: 0, signal: null });
  });
});

const refusesConnections = (port) => get(port, 'ann').then(() => false, (error) => error.code === 'ECONNREFUSED');
