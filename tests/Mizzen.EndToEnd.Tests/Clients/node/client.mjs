// One conversation of the Node client library with the cluster of KUBECONFIG: node client.mjs CONVERSATION. What it prints is compared.
import * as k8s from '@kubernetes/client-node';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const namespace = 'default';
const labelSelector = 'test=informer';
const map = (name, color) => ({ metadata: { name, labels: { test: 'informer' } }, data: { color } });

/** Collects what a stream is given until it ends, or until enough has come. */
function collect(stream, isEnough = () => false) {
  return new Promise((resolve) => {
    let said = '';
    stream.on('data', (part) => { said += part; if (isEnough(said)) resolve(said); });
    stream.on('end', () => resolve(said));
  });
}

const conversations = {
  async informer() {
    await core.createNamespacedConfigMap({ namespace, body: map('first', 'red') });
    const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace, labelSelector }), labelSelector);
    const seen = [];
    const done = new Promise((resolve) => {
      for (const verb of ['add', 'update', 'delete']) {
        informer.on(verb, (object) => {
          seen.push(`${verb} ${object.metadata.name} ${object.data.color}`);
          if (verb === 'delete') resolve();
        });
      }
    });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: map('second', 'red') });
    await core.replaceNamespacedConfigMap({ name: 'second', namespace, body: map('second', 'blue') });
    await core.deleteNamespacedConfigMap({ name: 'second', namespace });
    await done;
    console.log(seen.join('\n'));
    console.log(`kept ${informer.list().map((object) => object.metadata.name)}`);
    await informer.stop();
  },

  async exec() {
    const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    input.end('typed\n');
    const ended = new Promise((resolve, reject) => {
      const command = ['sh', '-c', 'cat; echo out; echo err >&2; exit 3'];
      new k8s.Exec(config).exec(namespace, 'web', 'main', command, output, errors, input, false, resolve).catch(reject);
    });
    const status = await ended;
    output.end();
    errors.end();
    console.log(await text(output) + await text(errors) + status.reason + ' ' + status.details.causes[0].message);
  },

  async 'port-forward'() {
    const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const answer = collect(output, (said) => said.endsWith('web\n'));
    await new k8s.PortForward(config).portForward(namespace, 'web', [8000], output, errors, input);
    input.write('GET /hostname HTTP/1.0\r\n\r\n');
    console.log((await answer).split('\r\n')[0]);
  },

  async log() {
    const output = new PassThrough();
    const started = collect(output, (said) => said.includes('\n'));
    await new k8s.Log(config).log(namespace, 'web', 'main', output, { follow: true });
    console.log((await started).split('\n')[0]);
  },

  async metrics() {
    const nodes = await new k8s.Metrics(config).getNodeMetrics();
    console.log(nodes.items.map((node) => node.metadata.name).sort().join(' '));
  },

  async errors() {
    const refused = await core.readNamespacedPod({ name: 'nobody', namespace }).catch((error) => error);
    console.log(`${refused.code} ${JSON.parse(refused.body).message}`);
  },
};

await conversations[process.argv[2]]();
process.exit(0);
