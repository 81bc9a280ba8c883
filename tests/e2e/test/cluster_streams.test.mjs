// cluster_streams.test.mjs - push nodes in a cluster of Socket.IO servers over Redis: see lib/cluster_suite.mjs.
import { clusterSuite } from '../lib/cluster_suite.mjs';

clusterSuite('streams', 'Node.js servers alone');
clusterSuite('streams', 'push nodes');
