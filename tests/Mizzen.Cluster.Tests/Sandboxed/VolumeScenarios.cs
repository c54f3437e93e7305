using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class VolumeScenarios
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task What_is_mounted_follows_its_source_and_all_files_change_at_once()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(World);
        await cluster.UntilReadyAsync("reader");
        Assert.Equal("red 1 old app=\"reader\" fixed=red", await ReadAsync(cluster));
        Assert.Equal("..data/color\n", await cluster.Api.KubectlAsync("exec reader -- readlink /config/color"));

        await cluster.ApplyAsync(Settings);
        await cluster.ApplyAsync(Keys("new"));
        await cluster.Api.KubectlAsync("label pod reader app=other --overwrite");
        await Eventually.HoldsAsync(async () => await ReadAsync(cluster) == "blue none new app=\"other\" fixed=red", "the files follow", Token);
        Assert.Equal("color\nextra\n", await cluster.Api.KubectlAsync("exec reader -- ls /config"));

        await cluster.Api.KubectlAsync("delete cm settings");
        await cluster.ApplyAsync(Keys("newest"));
        await cluster.Api.KubectlAsync("create cm settings --from-literal=color=green");
        await Eventually.HoldsAsync(async () => await ReadAsync(cluster) == "green none newest app=\"other\" fixed=red", "a source that comes back is read again", Token);
    }

    private static async Task<string> ReadAsync(RunningCluster cluster) => (await cluster.Api.KubectlAsync("exec reader -- /bin/sh /script/read")).Trim();

    private static string Keys(string password) => $$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: keys}
        stringData: {password: {{password}}}
        """;

    private const string Settings = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {color: blue, extra: '2'}
        """;

    private const string World = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {color: red, size: '1'}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: script}
        data: {read: 'echo $(cat /config/color) $(cat /config/size 2>/dev/null || echo none) $(cat /all/keys/password) $(grep app /all/labels) fixed=$(cat /fixed)'}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: keys}
        stringData: {password: old}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: reader, labels: {app: reader}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: shell
            args: [exec sleep 1000]
            volumeMounts:
            - {name: config, mountPath: /config}
            - {name: config, mountPath: /fixed, subPath: color}
            - {name: script, mountPath: /script}
            - {name: all, mountPath: /all}
          volumes:
          - {name: config, configMap: {name: settings}}
          - {name: script, configMap: {name: script}}
          - name: all
            projected:
              sources:
              - secret: {name: keys, items: [{key: password, path: keys/password}]}
              - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
        """;
}
