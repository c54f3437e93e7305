using System.Text.RegularExpressions;
using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests.Kubectl;

/// <summary>A cluster without an app, in which all rows run, some at a time.</summary>
public class KubectlMatrix : IAsyncLifetime
{
    private const int AtATime = 6;

    private readonly SemaphoreSlim _places = new(AtATime);
    private LocalCluster? _cluster;
    private Dictionary<string, Task<CommandResult>> _results = [];

    /// <summary>Whose cluster it is, and who runs kubectl.</summary>
    protected virtual string User => TestUser.This;

    public async ValueTask InitializeAsync()
    {
        _cluster = await LocalCluster.StartAsync("up", TestUser.Command(User));
        _results = KubectlCommands.All.ToDictionary(row => row.Name, row => RunAsync(row.Script));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_results.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _places.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Task<CommandResult> ResultOf(string row) => _results[row];

    private async Task<CommandResult> RunAsync(string script)
    {
        await _places.WaitAsync();
        try
        {
            var ns = $"m{Guid.NewGuid():N}"[..12];
            return await _cluster!.ShellAsync($$$"""
                NS={{{ns}}}
                MAP='apiVersion: v1
                kind: ConfigMap
                metadata: {name: colors}
                data: {color: red}'
                k() { kubectl -n $NS "$@"; }
                (kubectl create namespace $NS && k apply -f - && k rollout status deploy/web --timeout=60s) >/dev/null <<END
                {{{World}}}
                END
                exec 2>&1
                {{{script}}}
                kubectl delete namespace $NS --wait=false >/dev/null 2>&1
                """);
        }
        finally
        {
            _places.Release();
        }
    }

    private const string World = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {a: '0'}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web, row: $NS}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: main
                image: mizzen/istiod
                command: [/bin/sh, -c]
                args: ["echo started; python3 -m http.server 8000 -d /etc >/dev/null 2>&1 & while true; do echo tick; sleep 0.5; done"]
        """;
}

/// <summary>The same, for a user without privileges.</summary>
public sealed class OrdinaryUserKubectlMatrix : KubectlMatrix
{
    protected override string User => TestUser.Nobody;
}

/// <summary>
/// Every command of kubectl that people use, against the shipped program: what it says and what it does. Each row has a namespace of its
/// own with a Deployment <c>web</c> of one pod and a ConfigMap <c>settings</c>.
/// </summary>
public abstract class KubectlMatrixRows(KubectlMatrix matrix)
{
    public static TheoryData<string> Rows => [.. KubectlCommands.All.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_command_says_and_does_what_it_does_on_Kubernetes(string command)
    {
        var result = await matrix.ResultOf(command);

        var expected = KubectlCommands.All.Single(row => row.Name == command).Expected;
        Assert.True(Regex.IsMatch(result.Output, expected, RegexOptions.Singleline), $"expected: {expected}\n{result.Everything}");
    }
}

/// <inheritdoc/>
public sealed class KubectlMatrixTests(KubectlMatrix matrix) : KubectlMatrixRows(matrix), IClassFixture<KubectlMatrix>;

/// <inheritdoc/>
public sealed class OrdinaryUserKubectlMatrixTests(OrdinaryUserKubectlMatrix matrix) : KubectlMatrixRows(matrix), IClassFixture<OrdinaryUserKubectlMatrix>;
