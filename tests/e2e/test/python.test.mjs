// python.test.mjs - the Socket.IO client of another language, as Debian has it: python-socketio.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { ask, connectSocketIo, hear } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { until } from '../lib/wait.mjs';

// Debian's, which has the package; another one may be first in the path.
const kPython = '/usr/bin/python3';
const kFixture = fileURLToPath(new URL('../fixtures/python_client.py', import.meta.url));

for (const agent of [false, true]) {
  describe(`python-socketio at ${agent ? 'agent and two nodes' : 'a node'}`, () => {
    const world = new World();
    let push, visitors = 0;

    before(async () => {
      const node = { namespaces: ['/', '/chat'], events: ['gopush', 'rooms', 'echo'], api: { address: '127.0.0.1:0' } };
      push = await startPush(world, { agent, count: agent ? 2 : 1, node });
    });
    after(() => world.close());

    /// Started, and connected to both namespaces.
    async function start(transports) {
      const url = `${push.url}?uid=python-${++visitors}`;
      const child = world.spawn(kPython, [kFixture, url, transports.join(',')], { stdio: ['pipe', 'pipe', 'pipe'] });
      const said = () => child.text.out.split('\n').slice(0, -1).map((line) => JSON.parse(line));
      const python = {
        said,
        tell: (...command) => child.stdin.write(`${JSON.stringify(command)}\n`),
        heard: (event, count = 1) =>
          until(
            () => `python to say ${event}; it said:\n${child.text.out}${child.text.err}`,
            () => {
              const all = said().filter(([name]) => name === event);
              return all.length >= count ? all.map(([, ...args]) => args) : undefined;
            },
          ),
      };
      await python.heard('connected', 2);
      return python;
    }

    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
      describe(`by ${transports.join(' and ')}`, () => {
        it('is greeted, joins, and hears what is published to its room', async () => {
          const python = await start(transports);
          assert.deepEqual((await python.heard('go:push'))[0], ['hello world']);
          const room = `room-${visitors}`;
          python.tell('ask', '/', 'join', room);
          assert.deepEqual(await python.heard('ack'), [[{ ok: true }]]);
          const other = await connectSocketIo(push.url, 'javascript', { inQuery: true });
          await ask(other, 'join', room);

          await ask(other, 'publish', { room, event: 'news', data: { text: 'ü €', bytes: Buffer.from([0, 255, 10]) } });
          assert.deepEqual(await python.heard('news'), [[{ text: 'ü €', bytes: { $bytes: '00ff0a' } }]]);
          const heard = hear(other, 'back');
          python.tell('emit', '/', 'publish', { room, event: 'back', data: [1, { $bytes: '0102' }] });
          assert.deepEqual((await heard)[0], [[1, Buffer.from([1, 2])]]);
          other.disconnect();
          python.tell('disconnect', '/');
          await python.heard('ended');
        });

        it('has acknowledgements and namespaces', async () => {
          const python = await start(transports);
          python.tell('ask', '/chat', 'message-with-ack', 1, 'zwei', { $bytes: 'ff' });
          assert.deepEqual(await python.heard('ack'), [[1, 'zwei', { $bytes: 'ff' }]]);
          python.tell('emit', '/chat', 'message', { deep: [true, null] });
          assert.deepEqual(await python.heard('message-back'), [[{ deep: [true, null] }]]);
          python.tell('transport', '/');
          assert.deepEqual(await python.heard('transport'), [[transports.at(-1)]]);
        });

        if (!agent) return; // only the agent says who it is
        it('answers what is pushed to its user', async () => {
          const python = await start(transports);
          const uid = `python-${visitors}`;
          const { body } = await push.api('/api/v1/push', { uids: [uid], event: 'letter', data: 7 });
          assert.deepEqual(await python.heard('letter'), [[7]]);
          await until('the acknowledgement to be counted', async () => {
            const report = await push.api(`/api/v1/messages/${body.id}`);
            return report.body.users?.[0]?.acknowledged === 1;
          });
        });
      });
    }
  });
}
