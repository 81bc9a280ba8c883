// node_protocol.test.mjs - the wire formats, byte by byte: Engine.IO 4 and 3, Socket.IO 5.
//
// What a server has to do is what the public test suites of these protocols ask of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { within } from '../lib/wait.mjs';

const kNode = { namespaces: ['/', '/custom'], events: ['echo'], pingInterval: '300ms', pingTimeout: '200ms' };

/// A WebSocket whose frames are read one by one.
class Frames {
  #waiting = [];
  #frames = [];

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (data, binary) => {
      this.#frames.push(binary ? data : data.toString());
      this.#waiting.shift()?.();
    });
    this.closed = once(socket, 'close');
    socket.on('error', () => {});
  }

  /// The next frame; pings are left out unless `pings`.
  async next({ pings = false } = {}) {
    for (;;) {
      if (this.#frames.length === 0) {
        await within('a frame', new Promise((done) => this.#waiting.push(done)));
      }
      const frame = this.#frames.shift();
      if (pings || frame !== '2') return frame;
      this.send('3');
    }
  }

  send(...frames) {
    frames.forEach((frame) => this.socket.send(frame));
    return this;
  }
}

describe('Engine.IO and Socket.IO on the wire', () => {
  const world = new World();
  const open = [];
  let push;

  before(async () => {
    push = await startPush(world, { node: kNode });
  });
  after(async () => {
    open.forEach(({ socket }) => socket.terminate());
    await world.close();
  });

  const request = (query, options) => fetch(`${push.url}/socket.io/?${query}`, options);
  const post = (sid, body, eio = 4) => request(`EIO=${eio}&transport=polling&sid=${sid}`, { method: 'POST', body });

  async function poll(sid, eio = 4) {
    const response = await within('a poll', request(`EIO=${eio}&transport=polling&sid=${sid}`));
    return { status: response.status, text: await response.text() };
  }

  async function handshake(eio = 4) {
    const response = await request(`EIO=${eio}&transport=polling`);
    assert.equal(response.status, 200);
    const text = await response.text();
    if (eio === 4) return JSON.parse(text.slice(1));
    const length = Number(text.slice(0, text.indexOf(':')));
    return JSON.parse(text.slice(text.indexOf(':') + 2, text.indexOf(':') + 1 + length));
  }

  async function webSocket(query) {
    const socket = new WebSocket(`${push.url.replace('http', 'ws')}/socket.io/?${query}`);
    const frames = new Frames(socket);
    open.push(frames);
    await within('a WebSocket', once(socket, 'open'));
    return frames;
  }

  /// A WebSocket that is connected to the root namespace.
  async function connected(eio = 4) {
    const frames = await webSocket(`EIO=${eio}&transport=websocket`);
    await frames.next();
    if (eio === 4) frames.send('40');
    assert.match(await frames.next(), /^40/);
    if (eio === 4) assert.equal(await frames.next(), '42["auth",{}]');
    return frames;
  }

  describe('Engine.IO 4: handshake', () => {
    it('opens a polling session', async () => {
      const content = await handshake();
      assert.match(content.sid, /^[\w-]{20}$/);
      assert.deepEqual(content.upgrades, ['websocket']);
      assert.equal(content.pingInterval, 300);
      assert.equal(content.pingTimeout, 200);
      assert.equal(content.maxPayload, 1_000_000);
    });

    it('opens a WebSocket session, without upgrades', async () => {
      const frames = await webSocket('EIO=4&transport=websocket');
      const first = await frames.next();
      assert.equal(first[0], '0');
      assert.deepEqual(JSON.parse(first.slice(1)).upgrades, []);
    });

    for (const [what, query, options] of [
      ['no transport', 'EIO=4'],
      ['an unknown transport', 'EIO=4&transport=pigeon'],
      ['an unknown session', 'EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa'],
      ['something that is no session id', 'EIO=4&transport=polling&sid=x'],
      ['a POST without a session', 'EIO=4&transport=polling', { method: 'POST', body: '4' }],
      ['another method', 'EIO=4&transport=polling', { method: 'PUT', body: '4' }],
    ]) {
      it(`refuses ${what} with 400`, async () => {
        const response = await request(query, options);
        assert.equal(response.status, 400);
        assert.equal(typeof JSON.parse(await response.text()).code, 'number');
      });
    }

    it('refuses a WebSocket of an unknown session', async () => {
      const socket = new WebSocket(`${push.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=aaaaaaaaaaaaaaaaaaaa`);
      const [error] = await within('a refusal', once(socket, 'error'));
      assert.match(error.message, /400/);
    });
  });

  describe('Engine.IO 4: heartbeat and end', () => {
    it('pings, and keeps who answers', async () => {
      const { sid } = await handshake();
      await post(sid, '40');
      for (let pings = 0; pings < 3; ) {
        const { status, text } = await poll(sid);
        assert.equal(status, 200);
        if (!text.split('\x1e').includes('2')) continue;
        pings += 1;
        assert.equal((await post(sid, '3')).status, 200);
      }
    });

    it('ends a WebSocket session that does not answer', async () => {
      const frames = await webSocket('EIO=4&transport=websocket');
      await within('the end', frames.closed);
    });

    it('ends a polling session that does not answer', async () => {
      const { sid } = await handshake();
      for (;;) {
        const { status } = await poll(sid);
        if (status === 400) return;
      }
    });

    it('forgets a polling session that says goodbye, and ends its open poll', async () => {
      const { sid } = await handshake();
      const [polled, posted] = await Promise.all([poll(sid), post(sid, '1')]);
      assert.equal(posted.status, 200);
      assert.equal(await posted.text(), 'ok');
      assert.deepEqual(polled, { status: 200, text: '6' });
      assert.equal((await poll(sid)).status, 400);
    });

    it('closes a WebSocket session that says goodbye', async () => {
      const frames = await webSocket('EIO=4&transport=websocket');
      frames.send('1');
      await within('the end', frames.closed);
    });

    it('ends both of two polls at once', async () => {
      const { sid } = await handshake();
      const statuses = (await Promise.all([poll(sid), poll(sid)])).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, 400]);
      assert.equal((await poll(sid)).status, 400);
    });

    it('ends a session with a payload that it cannot read', async () => {
      const { sid } = await handshake();
      assert.equal((await post(sid, 'abc')).status, 400);
      assert.equal((await poll(sid)).status, 400);
      const frames = await webSocket('EIO=4&transport=websocket');
      await frames.next();
      frames.send('abc');
      await within('the end', frames.closed);
    });
  });

  describe('Engine.IO 4: upgrade', () => {
    async function probe(sid) {
      const frames = await webSocket(`EIO=4&transport=websocket&sid=${sid}`);
      assert.equal(await frames.send('2probe').next({ pings: true }), '3probe');
      return frames;
    }

    it('goes from polling to WebSocket, ending the open poll with a noop', async () => {
      const { sid } = await handshake();
      const polling = poll(sid);
      const frames = await probe(sid);
      assert.deepEqual(await polling, { status: 200, text: '6' });
      frames.send('5', '40');
      assert.match(await frames.next(), /^40{"sid":/);
      assert.equal((await poll(sid)).status, 400, 'no poll after the upgrade');
    });

    it('carries what was queued during the upgrade', async () => {
      const { sid } = await handshake();
      await post(sid, '40');
      const frames = await probe(sid);
      await post(sid, '42["message","while probing"]');
      frames.send('5');
      const all = [];
      while (!all.includes('42["message-back","while probing"]')) all.push(await frames.next());
      assert.equal(new Set(all).size, all.length, 'nothing twice');
    });

    it('ignores a second WebSocket', async () => {
      const { sid } = await handshake();
      const frames = await probe(sid);
      frames.send('5');
      const second = new WebSocket(`${push.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
      second.on('error', () => {});
      await within('it to be closed', new Promise((done) => second.on('close', done)));
      assert.match(await frames.send('40').next(), /^40{"sid":/);
    });
  });

  describe('Engine.IO 3', () => {
    it('opens a polling session with lengths, and the root namespace at once', async () => {
      const response = await request('EIO=3&transport=polling');
      const text = await response.text();
      assert.match(text, /^\d+:0\{"sid":"[\w-]{20}"/);
      assert.match(text, /2:4013:42\["auth",\{\}\]$/);
    });

    it('counts characters, not bytes', async () => {
      const { sid } = await handshake(3);
      const packet = '42["message","€😀"]';
      assert.equal((await post(sid, `${packet.length}:${packet}`, 3)).status, 200);
      const back = '42["message-back","€😀"]';
      let all = '';
      while (!all.includes(back)) all += (await poll(sid, 3)).text;
      assert.ok(all.includes(`${back.length}:${back}`), all);
    });

    it('lets the client ping', async () => {
      const frames = await connected(3);
      assert.equal(await frames.next(), '42["auth",{}]');
      assert.equal(await frames.send('2').next({ pings: true }), '3');
    });

    it('sends binaries with the packet type in front', async () => {
      const frames = await connected(3);
      await frames.next();
      frames.send('451-["message",{"_placeholder":true,"num":0}]', Buffer.from([4, 1, 2, 3]));
      assert.equal(await frames.next(), '451-["message-back",{"_placeholder":true,"num":0}]');
      assert.deepEqual([...(await frames.next())], [4, 1, 2, 3]);
    });
  });

  describe('Socket.IO 5', () => {
    it('connects to the root namespace, with auth', async () => {
      const frames = await webSocket('EIO=4&transport=websocket');
      await frames.next();
      frames.send('40{"token":"123"}');
      assert.match(await frames.next(), /^40\{"sid":"[\w-]{20}"/);
      assert.equal(await frames.next(), '42["auth",{"token":"123"}]');
    });

    it('connects to a namespace, with auth and with a query', async () => {
      for (const hello of ['40/custom,', '40/custom,{"token":"abc"}']) {
        const frames = await webSocket('EIO=4&transport=websocket');
        await frames.next();
        assert.match(await frames.send(hello).next(), /^40\/custom,\{"sid":"[\w-]{20}"/);
        assert.equal(await frames.next(), `42/custom,["auth",${hello.slice(10) || '{}'}]`);
      }
    });

    it('refuses an unknown namespace', async () => {
      const frames = await webSocket('EIO=4&transport=websocket');
      await frames.next();
      assert.equal(await frames.send('40/random').next(), '44/random,{"message":"Invalid namespace"}');
    });

    for (const [what, frame] of [
      ['something else than a connect first', '4abc'],
      ['an event before the connect', '42["message"]'],
      ['a binary before the connect', Buffer.from([1])],
    ]) {
      it(`ends a session that sends ${what}`, async () => {
        const frames = await webSocket('EIO=4&transport=websocket');
        await frames.next();
        frames.send(frame);
        await within('the end', frames.closed);
      });
    }

    for (const frame of ['4abc', '42{}', '42[}', '42abc', '42["disconnect"]', '42[]', '42[{}]', '4-1', '49["x"]', '451-["x",{"_placeholder":true,"num":1}]', '52-["x"']) {
      it(`ends a session that sends ${frame}`, async () => {
        const frames = await connected();
        frames.send(frame);
        await within('the end', frames.closed);
      });
    }

    it('disconnects from a namespace, and keeps the connection', async () => {
      const frames = await connected();
      frames.send('40/custom');
      assert.match(await frames.next(), /^40\/custom,/);
      await frames.next();
      frames.send('41/custom,', '42["message","root still there"]');
      assert.equal(await frames.next(), '42["message-back","root still there"]');
      frames.send('42/custom,["message","nobody"]');
      await within('the end, for an event in a namespace that it has left', frames.closed);
    });

    it('echoes plain, binary and acknowledged events', async () => {
      const frames = await connected();
      assert.equal(await frames.send('42["message",1,"2",{"3":[true]}]').next(), '42["message-back",1,"2",{"3":[true]}]');

      frames.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6]));
      assert.equal(await frames.next(), '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      assert.deepEqual([...(await frames.next())], [1, 2, 3]);
      assert.deepEqual([...(await frames.next())], [4, 5, 6]);

      assert.equal(await frames.send('42456["message-with-ack",1,"2",{"3":[false]}]').next(), '43456[1,"2",{"3":[false]}]');
      frames.send('451-789["message-with-ack",{"_placeholder":true,"num":0}]', Buffer.from([7]));
      assert.equal(await frames.next(), '461-789[{"_placeholder":true,"num":0}]');
      assert.deepEqual([...(await frames.next())], [7]);
    });
  });
});
