// The gRPC library's own xDS client against the control plane: routes, weights, faults and endpoints change under a running channel.
// GRPC_XDS_BOOTSTRAP names the file that `mizzen bootstrap grpc` has printed. What it prints is compared.
import * as grpc from '@grpc/grpc-js';
import * as xds from '@grpc/grpc-js-xds';
import { execFileSync } from 'node:child_process';

const path = '/echo.Echo/Who';
const host = 'echo.example';
const port = 7000;
const bytes = (value) => value;

/** A server that answers with its name; the port that it listens on. */
function serve(name) {
  const server = new grpc.Server();
  const method = { path, requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
  server.addService({ who: method }, { who: (call, answer) => answer(null, Buffer.from(name)) });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
}

const apply = (yaml) => execFileSync('kubectl', ['apply', '-f', '-'], { input: yaml, stdio: ['pipe', 'ignore', 'inherit'] });

const entry = (endpoints) => apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: echo, namespace: default}
spec:
  hosts: [${host}]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: ${port}, name: grpc, protocol: GRPC}]
  endpoints: [${endpoints.map(([version, own]) => `{address: 127.0.0.1, ports: {grpc: ${own}}, labels: {version: ${version}}}`)}]
`);

const subsets = () => apply(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: default}
spec: {host: ${host}, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
`);

const rule = (http) => apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: default}
spec: {hosts: [${host}], http: [${http}]}
`);

const to = (subset, weight = 100) => `{destination: {host: ${host}, subset: ${subset}}, weight: ${weight}}`;

/** One call: the name of who answered, or the status of the failure. */
function call(client, headers = {}) {
  const metadata = new grpc.Metadata();
  Object.entries(headers).forEach(([name, value]) => metadata.set(name, value));
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, { deadline: Date.now() + 5000 }, (error, answer) => {
      resolve(error ? grpc.status[error.code] : answer.toString());
    });
  });
}

async function count(client, calls, headers) {
  const counts = {};
  for (let i = 0; i < calls; i++) {
    const who = await call(client, headers);
    counts[who] = (counts[who] ?? 0) + 1;
    // An injected fault ends a call without the network: what the control plane sends must have its turn, too.
    await new Promise(setImmediate);
  }

  return counts;
}

/** Calls until the answers are as they should be: a change is on its way for a while. */
async function until(what, client, calls, headers, isRight) {
  const end = Date.now() + 30000;
  let counts;
  do {
    counts = await count(client, calls, headers);
  } while (!isRight(counts) && Date.now() < end);
  console.log(isRight(counts) ? what : `${what}: not so: ${JSON.stringify(counts)}`);
}

const only = (name) => (counts) => Object.keys(counts).join() === name;

const [first, second, third] = await Promise.all(['first', 'second', 'third'].map(serve));
xds.register();
entry([['v1', first], ['v2', second]]);
const client = new grpc.Client(`xds:///${host}:${port}`, grpc.credentials.createInsecure());
await until('both endpoints answer', client, 20, {}, (counts) => counts.first === 10 && counts.second === 10);

subsets();
rule(`{match: [{headers: {x-version: {exact: v2}}}], route: [${to('v2')}]}, {route: [${to('v1')}]}`);
await until('without the header the first', client, 20, {}, only('first'));
await until('with the header the second', client, 20, { 'x-version': 'v2' }, only('second'));

rule(`{match: [{uri: {prefix: /echo.Echo/}}], route: [${to('v1', 80)}, ${to('v2', 20)}]}`);
await until('four of five calls go to the first', client, 300, {}, (counts) => counts.first > 210 && counts.second > 30 && counts.first + counts.second === 300);

rule(`{fault: {abort: {grpcStatus: RESOURCE_EXHAUSTED, percentage: {value: 100}}}, route: [${to('v1')}]}`);
await until('an injected fault is the status', client, 5, {}, only('RESOURCE_EXHAUSTED'));

rule(`{route: [${to('v1')}]}`);
await until('and ends', client, 20, {}, only('first'));
entry([['v1', third], ['v2', second]]);
await until('another endpoint takes the place of the first', client, 20, {}, only('third'));
entry([['v2', second]]);
await until('without endpoints calls fail', client, 2, {}, only('UNAVAILABLE'));
entry([['v1', first]]);
await until('and come back', client, 20, {}, only('first'));
process.exit(0);
