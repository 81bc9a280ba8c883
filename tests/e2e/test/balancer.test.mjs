// balancer.test.mjs - do agents behind an L4 balancer agree, and do they know who the client is?

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startAgent } from '../lib/agent.mjs';
import { ask, connectSocketIo, connectWebSocket, get, users, whoAnswers } from '../lib/clients.mjs';
import { startBalancer } from '../lib/haproxy.mjs';
import { nodeOfEachUid, product, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, within } from '../lib/wait.mjs';

const kListener = { listeners: [{ address: '127.0.0.1:0', proxyProtocol: 'required' }] };

describe('Two agents behind HAProxy with send-proxy-v2', () => {
  const world = new World();
  let webNodes, socketIoNodes, agents, balancer;

  before(async () => {
    webNodes = await startNodes(world, 'ws', 3);
    socketIoNodes = await startNodes(world, 'socketio', 3, [4]);
    const router = { default: product(webNodes), chat: product(socketIoNodes) };
    agents = await Promise.all([startAgent(world, router, kListener), startAgent(world, router, kListener)]);
    balancer = await startBalancer(world, agents.map((agent) => agent.port));
  });
  after(() => world.close());

  const clientAddress = (index) => `127.0.0.${2 + (index % 200)}`;

  it("show the node the client's own address, over HTTP and WebSocket", async () => {
    await inParallel(users(100, 'l4'), 20, async (uid, index) => {
      const socket = await connectWebSocket(balancer.port, uid, { localAddress: clientAddress(index) });
      const { headers } = await whoAnswers(socket);
      assert.equal(headers['x-forwarded-for'], clientAddress(index));
      socket.terminate();
    });
  });

  it('send a user to one node, through whichever agent', async () => {
    await inParallel(users(100, 'l4'), 20, async (uid, index) => {
      for (let round = 0; round < 2; ++round) {
        const { status } = await get(balancer.port, uid, { localAddress: clientAddress(index) });
        assert.equal(status, 200);
      }
    });

    const nodeOf = await nodeOfEachUid(webNodes);

    assert.equal(nodeOf.size, 100);
  });

  it('carry Socket.IO with default transports', async () => {
    const url = `http://127.0.0.1:${balancer.port}`;
    await inParallel(users(100, 'l4'), 20, async (uid) => {
      const socket = await connectSocketIo(url, uid, { query: { product: 'chat' } });
      assert.equal((await ask(socket, 'whoami')).product, 'chat');
      socket.disconnect();
    });

    await nodeOfEachUid(socketIoNodes);
    for (const node of socketIoNodes) assert.deepEqual((await node.seen()).rejected, {});
  });

  it('close a connection that begins without a PROXY header, unanswered', async () => {
    const socket = net.connect(agents[0].port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk)).on('error', () => {});

    socket.write('GET / HTTP/1.1\r\nHost: a\r\nCookie: uid=ann\r\n\r\n');

    await within('the agent to close the connection', once(socket, 'close'));
    assert.equal(answer, '');
  });
});
