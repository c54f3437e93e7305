using System.Text.RegularExpressions;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed partial class PodScenarios
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task A_pod_runs_says_who_it_is_and_ends_within_its_grace()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {color: blue, run.sh: "echo script ran"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys}
            stringData: {password: hunter2}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: talker, labels: {app: talker}}
            spec:
              containers:
              - name: main
                image: registry.example/shell:1
                workingDir: /usr
                command: [/bin/sh, -c]
                args:
                - |
                  echo "name=$NAME ip=$IP node=$NODE greeting=$GREETING color=$COLOR cpu=$CPU"
                  echo 'arg $(NAME) $$(NAME)'
                  echo "pwd $(pwd) host $(hostname) $(cat /etc/hostname)"
                  grep -q "search default.svc.cluster.local" /etc/resolv.conf && echo "resolv ok"
                  grep -q "$IP talker" /etc/hosts && echo "hosts ok"
                  cat /config/color /var/run/keys/password; echo
                  test -x /config/run.sh && /bin/sh /config/run.sh
                  cat /etc/info/labels; echo
                  cut -d. -f2 /var/run/secrets/kubernetes.io/serviceaccount/token | tr -d '\n' | head -c 10; echo
                  cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; echo
                  echo kept > /data/deep/file && cat /data/deep/file
                  echo secret > /etc/written && echo "etc is writable"
                  touch /config/x 2>/dev/null || echo "read only"
                  trap 'echo bye; exit 0' TERM
                  while true; do sleep 0.1; done
                env:
                - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
                - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
                - {name: GREETING, value: "hello $(NAME)"}
                - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
                resources: {limits: {cpu: 250m}}
                volumeMounts:
                - {name: config, mountPath: /config, readOnly: true}
                - {name: keys, mountPath: /var/run/keys}
                - {name: info, mountPath: /etc/info}
                - {name: scratch, mountPath: /data/deep}
              volumes:
              - {name: config, configMap: {name: settings, defaultMode: 0755}}
              - {name: keys, secret: {secretName: keys}}
              - {name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
              - {name: scratch, emptyDir: {}}
            """);

        var pod = await cluster.UntilReadyAsync("talker");
        await Eventually.HoldsAsync(async () => (await cluster.Api.KubectlAsync("logs talker")).Contains("read only", StringComparison.Ordinal), "the program speaks", Token);

        var log = await cluster.Api.KubectlAsync("logs talker");
        Assert.Equal(
            $"""
            name=talker ip={pod.Status!.PodIp} node={pod.Spec!.NodeName} greeting=hello talker color=blue cpu=250
            arg talker $(NAME)
            pwd /usr host talker talker
            resolv ok
            hosts ok
            bluehunter2
            script ran
            app="talker"
            """,
            string.Join('\n', log.Split('\n').Take(8)));
        Assert.Contains("\ndefault\nkept\netc is writable\nread only\n", log, StringComparison.Ordinal);
        Assert.Equal(["talker", "1/1", "Running", "0"], (await cluster.RowAsync("talker"))[..4]);
        Assert.Equal("Burstable", pod.Status.QosClass);
        Assert.NotNull(pod.Status.HostIp);
        Assert.False(File.Exists("/etc/written"));
        Assert.False(Directory.Exists("/config"));

        var start = TimeProvider.System.GetTimestamp();
        await cluster.Api.KubectlAsync("delete pod talker");
        await cluster.UntilGoneAsync("talker");
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(25), "SIGTERM is enough");
        Assert.Empty(cluster.Network.LinkNames());
    }

    [SandboxedFact]
    public async Task Host_aliases_are_names_in_the_pod()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: Pod
            metadata: {name: aliased}
            spec:
              hostname: me
              subdomain: friends
              hostAliases:
              - {ip: 10.1.2.3, hostnames: [old.example, older.example]}
              - {ip: 10.1.2.4, hostnames: [other.example]}
              terminationGracePeriodSeconds: 1
              containers: [{name: main, image: shell, args: ["getent hosts older.example; getent hosts other.example; getent hosts me.friends.default.svc.cluster.local; exec sleep 1000"]}]
            """);
        var pod = await cluster.UntilReadyAsync("aliased");

        string[] expected = ["10.1.2.3 old.example older.example", "10.1.2.4 other.example", $"{pod.Status!.PodIp} me.friends.default.svc.cluster.local me"];
        var found = Array.Empty<string>();
        await Eventually.HoldsAsync(
            async () => (found = [.. (await cluster.Api.KubectlAsync("logs aliased")).Split('\n', StringSplitOptions.RemoveEmptyEntries)]).Length == 3, "it has told all", Token);
        Assert.Equal(expected, found.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [SandboxedFact]
    public async Task Who_has_more_memory_than_allowed_is_ended_and_others_are_not()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("modest", "exec sleep 1000").Replace("image: shell", "image: shell\n    resources: {limits: {memory: 20Mi}}", StringComparison.Ordinal));
        await cluster.ApplyAsync(Pod("greedy", "sh -c 'x=$(head -c 40000000 /dev/zero | tr -c x x); sleep 1000' & wait", "Never").Replace("image: shell", "image: shell\n    resources: {limits: {memory: 20Mi}}", StringComparison.Ordinal));

        var pod = await cluster.UntilPhaseAsync("greedy", "Failed");

        Assert.Equal(("OOMKilled", 137), (pod.Status!.ContainerStatuses![0].State!.Terminated!.Reason, pod.Status.ContainerStatuses[0].State!.Terminated!.ExitCode));
        Assert.Equal("OOMKilled", await cluster.StatusAsync("greedy"));
        Assert.Equal(["1/1", "Running", "0"], (await cluster.RowAsync("modest"))[1..4]);
        Assert.Contains(
            "memory limits are watched once a second, processor limits are not enforced",
            await cluster.Api.KubectlAsync("get node node-1 -o jsonpath={.status.conditions[?(@.type=='Ready')].message}"),
            StringComparison.Ordinal);
    }

    [SandboxedFact]
    public async Task A_program_that_fails_is_started_again_and_then_backed_off()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("crasher", "echo attempt; exit 3"));

        var pod = await cluster.UntilAsync("crasher", pod => pod.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CrashLoopBackOff", "it is backed off");

        var status = pod.Status!.ContainerStatuses![0];
        Assert.Equal((1, 3, "Error"), (status.RestartCount, status.LastState!.Terminated!.ExitCode, status.LastState.Terminated.Reason));
        Assert.Equal("Running", pod.Status.Phase);
        Assert.Equal(["0/1", "CrashLoopBackOff", "1"], (await cluster.RowAsync("crasher"))[1..4]);
        Assert.Equal("attempt\n", await cluster.Api.KubectlAsync("logs crasher --previous"));
        await Eventually.HoldsAsync(
            async () => (await cluster.Api.KubectlAsync("get events")).Contains("Back-off restarting failed container", StringComparison.Ordinal), "an event tells", Token);
    }

    [SandboxedFact]
    public async Task Pods_that_are_to_run_once_end_completed_or_failed()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("good", "exit 0", "Never"));
        await cluster.ApplyAsync(Pod("bad", "kill -9 $$", "Never"));

        await cluster.UntilPhaseAsync("good", "Succeeded");
        var bad = await cluster.UntilPhaseAsync("bad", "Failed");

        Assert.Equal(137, bad.Status!.ContainerStatuses![0].State!.Terminated!.ExitCode);
        Assert.Equal("Completed", await cluster.StatusAsync("good"));
        Assert.Equal("Error", await cluster.StatusAsync("bad"));
    }

    [SandboxedFact]
    public async Task Init_containers_run_one_after_another_before_the_others()
    {
        await using var cluster = await RunningCluster.StartAsync();
        var gate = Path.Combine(Directory.CreateTempSubdirectory("mizzen-gate-").FullName, "open");
        await cluster.ApplyAsync($"""
            apiVersion: v1
            kind: Pod
            metadata: {"{"}name: ordered{"}"}
            spec:
              initContainers:
              - name: first
                image: shell
                args: ["until test -e {gate}; do sleep 0.05; done; echo one > /data/order"]
                volumeMounts: [{"{"}name: data, mountPath: /data{"}"}]
              - name: helper
                image: shell
                restartPolicy: Always
                args: ["echo helper >> /data/order; exec sleep 1000"]
                startupProbe: {"{"}exec: {"{"}command: [grep, helper, /data/order]{"}"}{"}"}
                volumeMounts: [{"{"}name: data, mountPath: /data{"}"}]
              containers:
              - name: main
                image: shell
                args: ["echo main >> /data/order; cat /data/order; exec sleep 1000"]
                volumeMounts: [{"{"}name: data, mountPath: /data{"}"}]
              volumes: [{"{"}name: data, emptyDir: {"{}"}{"}"}]
            """);
        await cluster.UntilAsync("ordered", pod => pod.Status?.InitContainerStatuses?[0].State?.Running is not null, "the first runs");
        Assert.Equal("Init:0/2", await cluster.StatusAsync("ordered"));
        Assert.Equal("PodInitializing", (await cluster.PodAsync("ordered"))!.Status!.ContainerStatuses![0].State!.Waiting!.Reason);

        await File.WriteAllTextAsync(gate, "", Token);
        await cluster.UntilReadyAsync("ordered");

        Assert.Equal("one\nhelper\nmain\n", await cluster.Api.KubectlAsync("logs ordered -c main"));
        Assert.Equal(["2/2", "Running"], (await cluster.RowAsync("ordered"))[1..3]);
    }

    [SandboxedFact]
    public async Task What_a_container_leaves_is_ended_but_nothing_of_a_container_that_starts_meanwhile()
    {
        await using var cluster = await RunningCluster.StartAsync();
        string[] names = [.. Enumerable.Range(0, 24).Select(i => $"pod-{i}")];

        // Every end of an init container frees a mount namespace, whose number another container then gets.
        await cluster.ApplyAsync(string.Join("\n---\n", names.Select(name => Pod(name, "exec sleep 1000").Replace(
            "  containers:",
            "  initContainers: [{name: first, image: shell, args: [exit 0]}, {name: second, image: shell, args: [exit 0]}]\n  containers:",
            StringComparison.Ordinal))));

        foreach (var name in names)
        {
            var pod = await cluster.UntilReadyAsync(name);
            Assert.All(pod.Status!.InitContainerStatuses!.Concat(pod.Status.ContainerStatuses!), status => Assert.Equal(0, status.RestartCount));
        }
    }

    [SandboxedFact]
    public async Task An_image_that_is_not_mapped_is_told_with_the_way_to_map_it()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("unknown", "true").Replace("image: shell", "image: shop/cart:2", StringComparison.Ordinal));

        var pod = await cluster.UntilAsync("unknown", pod => pod.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "ImagePullBackOff", "it waits for the image");

        Assert.Contains("mizzen image map shop/cart -- COMMAND", pod.Status!.ContainerStatuses![0].State!.Waiting!.Message, StringComparison.Ordinal);
        Assert.Equal("ImagePullBackOff", await cluster.StatusAsync("unknown"));
        Assert.Equal("Pending", pod.Status.Phase);
        await cluster.Api.KubectlAsync("delete pod unknown");
        await cluster.UntilGoneAsync("unknown");
    }

    [SandboxedFact]
    public async Task Probes_decide_about_readiness_and_restarts()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: Pod
            metadata: {name: probed}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: shell
                args: ["touch /run/alive; sleep 0.3; touch /run/ready; (sleep 1000 &) ; sleep 1000; echo unreachable"]
                readinessProbe: {exec: {command: [test, -e, /run/ready]}, periodSeconds: 1, failureThreshold: 1}
                livenessProbe: {exec: {command: [test, -e, /run/alive]}, periodSeconds: 1, failureThreshold: 1}
            """);
        await cluster.UntilReadyAsync("probed");
        var process = ProcessIn("probed");

        // The files are in the container's own /run: only from inside can they be taken away.
        File.Delete($"/proc/{process}/root/run/ready");
        await cluster.UntilAsync("probed", pod => !RunningCluster.IsReady(pod), "it is not ready any more");
        File.Delete($"/proc/{process}/root/run/alive");
        var pod = await cluster.UntilAsync("probed", pod => pod.Status?.ContainerStatuses?[0] is { RestartCount: 1, Ready: true }, "it is restarted");

        Assert.NotEqual(0, pod.Status!.ContainerStatuses![0].LastState!.Terminated!.ExitCode);
        Assert.False(Directory.Exists($"/proc/{process}"), "the old program is gone");
    }

    [SandboxedFact]
    public async Task Who_ignores_the_signal_is_killed_when_the_grace_is_over_and_so_are_its_children()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("stubborn", "trap '' TERM; (trap '' TERM; while true; do sleep 0.07; done) & while true; do sleep 0.1; done"));
        await cluster.UntilReadyAsync("stubborn");

        var start = TimeProvider.System.GetTimestamp();
        await cluster.Api.KubectlAsync("delete pod stubborn --grace-period=1");
        await cluster.UntilGoneAsync("stubborn");

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.9, 25);
        await Eventually.HoldsAsync(() => ShellsIn("stubborn").Count == 0, "no process is left", Token);
    }

    [SandboxedFact]
    public async Task Pods_start_quickly_after_they_are_bound()
    {
        await using var cluster = await RunningCluster.StartAsync();
        await cluster.ApplyAsync(Pod("warm", "exec sleep 1000"));
        await cluster.UntilReadyAsync("warm");
        var times = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            var pod = new Pod
            {
                Metadata = new Resources.Meta.ObjectMeta { Namespace = "default", Name = $"quick-{i}" },
                Spec = new PodSpec { NodeName = "node-1", Containers = [new Container { Name = "main", Image = "shell", Args = ["exec sleep 1000"] }] },
            };
            var start = TimeProvider.System.GetTimestamp();
            await cluster.Client.CreateAsync(pod, Token);
            while (await cluster.PodAsync(pod.Metadata.Name) is not { } now || !RunningCluster.IsReady(now))
            {
                await Task.Yield();
            }

            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        TestContext.Current.SendDiagnosticMessage($"pod start, ms: {string.Join(' ', times.Select(time => time.ToString("0")))}");
        // Far more than it takes, for machines that do other things too.
        Assert.True(times[5] < 5000, $"half of the pods took more than {times[5]} ms");
    }

    private static string Pod(string name, string script, string restartPolicy = "Always") => $"""
        apiVersion: v1
        kind: Pod
        metadata: {"{"}name: {name}{"}"}
        spec:
          restartPolicy: {restartPolicy}
          containers:
          - name: main
            image: shell
            args: ["{script}"]
        """;

    private static int ProcessIn(string pod) => ShellsIn(pod).Min();

    private static List<int> ShellsIn(string pod) => [.. Directory.EnumerateDirectories("/proc")
        .Where(folder => Number().IsMatch(Path.GetFileName(folder)))
        .Where(folder => ReadOrEmpty(folder + "/environ").Split('\0').Contains($"HOSTNAME={pod}"))
        .Select(folder => int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture))];

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Number();
}
