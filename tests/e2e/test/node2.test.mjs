// node2.test.mjs - Socket.IO clients of generation 2 and the push node: see lib/node_suite.mjs.
import { nodeSuite } from '../lib/node_suite.mjs';

nodeSuite(2, { agent: false });
nodeSuite(2, { agent: true });
