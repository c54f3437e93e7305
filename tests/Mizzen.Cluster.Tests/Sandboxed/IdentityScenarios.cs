using Mizzen.Cluster.Node;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Who programs are: all that a securityContext asks for where the sandbox has numbers for others (as root), a warning where not.</summary>
public sealed class IdentityScenarios
{
    private static readonly bool HasOthers = UserMap.Current.HasUser(1500);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task Containers_are_who_they_ask_to_be_or_the_pod_tells_why_not()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: Secret
            metadata: {name: keys}
            stringData: {password: hunter2}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: who}
            spec:
              terminationGracePeriodSeconds: 1
              securityContext: {runAsUser: 1500, runAsGroup: 1600, fsGroup: 1700, supplementalGroups: [1800]}
              initContainers:
              - name: first
                image: shell
                args: ["echo $(id -u) > /data/first; mkdir /data/open"]
                securityContext: {runAsUser: 1501}
                volumeMounts: [{name: data, mountPath: /data}]
              - name: helper
                image: shell
                restartPolicy: Always
                args: ["id -u > /data/helper; exec sleep 1000"]
                securityContext: {runAsUser: 0, runAsGroup: 0}
                startupProbe: {exec: {command: [test, -s, /data/helper]}, periodSeconds: 1}
                volumeMounts: [{name: data, mountPath: /data}]
              containers:
              - name: main
                image: shell
                args: ["id -u; id -g; id -G; echo $HOME; cat /data/first /data/helper; stat -c '%a %g' /data /data/open /keys/..data/password; cat /keys/password; echo; exec sleep 1000"]
                readinessProbe: {exec: {command: [sh, -c, "id -u > /data/probe"]}, periodSeconds: 1}
                volumeMounts: [{name: data, mountPath: /data}, {name: keys, mountPath: /keys}]
              volumes:
              - {name: data, emptyDir: {}}
              - {name: keys, secret: {secretName: keys, defaultMode: 0400}}
            """);
        await cluster.UntilReadyAsync("who");

        var log = "";
        await Eventually.HoldsAsync(async () => (log = await cluster.Api.KubectlAsync("logs who -c main")).EndsWith("hunter2\n", StringComparison.Ordinal), "it has told all", Token);

        var words = log.Split('\n');
        string[] expected = HasOthers
            ? ["1500", "1600", "1600 1700 1800", "/", "1501", "0", "2777 1700", "2755 1700", "440 1700", "hunter2", ""]
            : ["0", "0", words[2], words[3], "0", "0", "777 0", "755 0", "400 0", "hunter2", ""];
        Assert.Equal(expected, words);
        Assert.Equal(HasOthers ? "1500\n" : "0\n", await cluster.Api.KubectlAsync("exec who -c main -- id -u"));
        Assert.Equal(HasOthers ? "1500\n" : "0\n", await cluster.Api.KubectlAsync("exec who -c main -- cat /data/probe"));
        await RequireToldAsync(cluster, "who", "securityContext (runAsUser 1500, runAsGroup 1600, fsGroup 1700, supplementalGroups 1800) of container main is not applied: the cluster belongs to an ordinary user");
    }

    [SandboxedFact]
    public async Task A_program_that_its_user_cannot_get_to_runs_as_root_and_the_pod_tells_which_folder_is_closed()
    {
        await using var cluster = await RunningCluster.StartAsync();
        var folder = Directory.CreateTempSubdirectory("mizzen-closed-").FullName;
        var program = Path.Combine(folder, "program");
        await File.WriteAllTextAsync(program, "#!/bin/sh\nid -u\nexec sleep 1000\n", Token);
        File.SetUnixFileMode(program, (UnixFileMode)493);
        await cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: closed}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: main, image: shell, command: [{{program}}], securityContext: {runAsUser: 1500} }]
            """);
        await cluster.UntilReadyAsync("closed");

        await Eventually.HoldsAsync(async () => await cluster.Api.KubectlAsync("logs closed") == "0\n", "it runs", Token);
        var reason = HasOthers ? $"user 1500 may not open {folder}; this allows it: chmod o+x {folder}" : "the cluster belongs to an ordinary user";
        await RequireToldAsync(cluster, "closed", $"securityContext (runAsUser 1500) of container main is not applied: {reason}", always: true);
    }

    [SandboxedTheory]
    [InlineData("securityContext: {runAsNonRoot: true}", "", "container has runAsNonRoot and image will run as root")]
    [InlineData("securityContext: {runAsUser: 1500}", "securityContext: {runAsNonRoot: true, runAsUser: 0}", "container's runAsUser breaks non-root policy")]
    public async Task Who_must_not_be_root_and_would_be_is_not_started(string pod, string container, string reason)
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: refused}
            spec:
              {{pod}}
              containers: [{name: main, image: shell, args: ["exec sleep 1000"]{{(container.Length > 0 ? ", " + container : "")}} }]
            """);

        var refused = await cluster.UntilAsync("refused", found => found.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CreateContainerConfigError", "it is refused");

        Assert.Contains(reason, refused.Status!.ContainerStatuses![0].State!.Waiting!.Message, StringComparison.Ordinal);
        Assert.Equal("CreateContainerConfigError", await cluster.StatusAsync("refused"));
        await Eventually.HoldsAsync(async () => (await cluster.Api.KubectlAsync("get events")).Contains("Error: " + reason, StringComparison.Ordinal), "an event tells", Token);
    }

    [SandboxedFact]
    public async Task A_variable_from_what_is_not_there_is_a_configuration_error()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: Pod
            metadata: {name: asking}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: main, image: shell, args: ["exec sleep 1000"], env: [{name: A, valueFrom: {configMapKeyRef: {name: later, key: a} } }] }]
            """);
        await cluster.UntilAsync("asking", found => found.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CreateContainerConfigError", "it waits");

        await cluster.Api.KubectlAsync("create configmap later --from-literal=a=b");

        await cluster.UntilReadyAsync("asking");
    }

    private static async Task RequireToldAsync(RunningCluster cluster, string pod, string message, bool always = false)
    {
        if (HasOthers && !always)
        {
            Assert.DoesNotContain("SecurityContextNotApplied", await cluster.Api.KubectlAsync("get events"), StringComparison.Ordinal);
            return;
        }

        await Eventually.HoldsAsync(
            async () => (await cluster.Api.KubectlAsync($"get events --field-selector involvedObject.name={pod},type=Warning,reason=SecurityContextNotApplied -o jsonpath={{.items[*].message}}")).Contains(message, StringComparison.Ordinal),
            "an event tells",
            Token);
    }
}
