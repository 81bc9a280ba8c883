// room.js - a room on all nodes, made of the events join, leave and publish. No server code.
//
// Who is here is told by the members themselves: each publishes `here` every two seconds, which also
// measures how long an acknowledgement takes.

const kBeatMs = 2000;
const kForgetMs = 3 * kBeatMs + 500;
const kFlood = 300;
const kAtOnce = 20;

export class Room extends EventTarget {
  #socket;
  #name;
  #self;
  #members = new Map(); // socket id -> {name, node, heard}
  #floods = 0;

  /// `self` is {name, node}; the node is filled in once it is known.
  constructor(socket, name, self) {
    super();
    this.#socket = socket;
    this.#name = name;
    this.#self = self;
    socket.on('say', (said) => this.#tell('say', said));
    socket.on('here', (member) => this.#heard(member));
    socket.on('bye', ({ id }) => this.#forget(id));
    socket.on('presence', ({ room, left = [] }) => room === name && left.forEach((one) => this.#forget(one.socket)));
    socket.on('flood', (drop) => this.#tell('flood', drop));
    setInterval(() => this.#beat(), kBeatMs);
    addEventListener('pagehide', () => this.#publish('bye', { id: socket.id }));
  }

  get members() {
    return [...this.#members.values()];
  }

  /// To be called after each connect. What was missed comes by itself if the session was recovered.
  async enter() {
    this.#members.clear();
    const answer = await this.#socket.timeout(5000).emitWithAck('join', this.#name);
    if (!answer.ok) throw new Error(`the room is not for you: ${answer.error}`);
    await this.#beat(true);
  }

  async say(text) {
    const answer = await this.#publish('say', { ...this.#self, text });
    if (answer && !answer.ok) throw new Error(answer.error);
  }

  /// Many volatile messages at once. Resolves when the node has taken the last of them.
  async flood() {
    const run = `${this.#socket.id}/${++this.#floods}`;
    for (let n = 1; n <= kFlood; ++n) {
      const wish = this.#wish('flood', { name: this.#self.name, run, n, of: kFlood }, true);
      if (n === kFlood) return this.#socket.timeout(10_000).emitWithAck('publish', wish);
      this.#socket.emit('publish', wish);
      if (n % kAtOnce === 0) await new Promise((done) => setTimeout(done));
    }
  }

  #wish(event, data, volatile = false) {
    return { room: this.#name, event, data, volatile };
  }

  #publish(event, data, volatile = false) {
    if (!this.#socket.connected) return undefined;
    return this.#socket.timeout(5000).emitWithAck('publish', this.#wish(event, data, volatile));
  }

  async #beat(isGreeting = false) {
    if (!this.#socket.connected || !this.#self.node) return;
    const me = { id: this.#socket.id, ...this.#self };
    this.#members.set(me.id, { ...me, isSelf: true, heard: Infinity });
    const start = performance.now();
    try {
      await this.#publish('here', { ...me, isGreeting }, !isGreeting);
      this.#tell('latency', performance.now() - start);
    } catch {
      // No answer in time: the next beat asks again, and a disconnect is told elsewhere.
    }
    for (const [id, { heard }] of this.#members) if (Date.now() - heard > kForgetMs) this.#members.delete(id);
    this.#tell('members');
  }

  #heard({ id, name, node, isGreeting }) {
    if (typeof id !== 'string' || typeof name !== 'string' || typeof node !== 'string') return;
    const isNew = !this.#members.has(id);
    this.#members.set(id, { id, name, node, heard: Date.now() });
    if (isGreeting) this.#beat();
    if (isNew) this.#tell('members');
  }

  #forget(id) {
    if (this.#members.delete(id)) this.#tell('members');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
