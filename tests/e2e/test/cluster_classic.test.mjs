// cluster_classic.test.mjs - push nodes in a cluster of Socket.IO servers over Redis: see lib/cluster_suite.mjs.
import { clusterSuite } from '../lib/cluster_suite.mjs';

clusterSuite('classic', 'Node.js servers alone');
clusterSuite('classic', 'push nodes');
clusterSuite('classic with pattern', 'push nodes');
clusterSuite('classic with own response channels', 'push nodes');
